import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';

import type { PlannedContainer } from '../../plan/plan';
import { joinPath, type AbsolutePath } from '../../policy';
import { followCommand, type CommandEvents } from '../command-channel';
import { controlOf, type SandboxProcess, type StandardStreams } from '../sandbox-process';

/** What a container is started with. */
export interface ContainerLaunch {
  readonly container: PlannedContainer;
  /** native/src/init.h */
  readonly settings: Buffer;
  readonly environment: Readonly<Record<string, string>>;
  /** Of the session; a UUID-like name in it is used for a moment. */
  readonly sessionDirectory: AbsolutePath;
}

/** The command has no terminal, and neither has the engine: it would take signals from it that are the command's. */
const INIT = ['init', '3', '4', 'background', '0', '0'];

/**
 * Starts one command in a container of its own. pid 1 in it ends with its channel, so the container ends if this process is
 * killed; the engine's monitor, which nobody waits for, removes it then.
 */
export function startContainerProcess({ container, settings, environment, sessionDirectory }: ContainerLaunch, streams: StandardStreams, events: CommandEvents): SandboxProcess {
  const settingsFile = openSettings(settings, sessionDirectory);
  const child = spawn(container.engine, [...container.arguments, ...INIT], { stdio: [...streams, 'pipe', settingsFile], env: { ...environment }, cwd: '/', detached: true });
  closeSync(settingsFile);
  const channel = followCommand(child.stdio[3] as Socket, events); // Node makes a socket pair for a fourth pipe
  return controlOf(child, channel, 'the container engine');
}

/** A descriptor of a file without a name, for reading. */
function openSettings(settings: Buffer, sessionDirectory: AbsolutePath): number {
  const path = joinPath(sessionDirectory, `launch-${process.hrtime.bigint()}`);
  writeFileSync(path, settings, { mode: 0o600, flag: 'wx' });
  try {
    return openSync(path, 'r');
  } finally {
    rmSync(path);
  }
}
