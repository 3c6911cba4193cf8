import { lstatSync, realpathSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

import { SandboxError } from '../errors';
import { isChangedSince } from '../host/changed-since';
import type { Host } from '../host/host';
import type { ExitStatus } from '../launch/command-channel';
import type { Throwaway } from '../launch/layers';
import type { PlannableCommand } from '../launch/prepare-command';
import type { SandboxProcess, StandardStreams } from '../launch/sandbox-process';
import { createSession, type CommandRequest, type Session, type SessionOptions } from '../launch/session';
import { absolutePath, containsPath, recordingPolicy, type AbsolutePath, type Observations, type Policy } from '../policy';
import { writtenInLayer } from './written-paths';

/** Files' times lag behind the clock by up to this: what the sandbox made for the command has to be older than what the command makes. */
const CLOCK_TICK_MS = 10;
/** Of a project; beyond, it is taken to be changed. */
const MAX_LOOKED_AT = 200_000;

/**
 * @property base the policy that the recording starts from
 * @property layer whether the home directory may be written, into a layer that is thrown away; else it is read-only
 * @property localServices whether services of this machine may be connected to
 * @property started told of the process once it runs
 */
export interface RecordOptions extends Pick<SessionOptions, 'lookup' | 'notice' | 'policyFiles'> {
  readonly base: Policy;
  readonly command: PlannableCommand;
  readonly streams: StandardStreams;
  readonly host: Host;
  readonly layer: boolean;
  readonly localServices: boolean;
  readonly onStopped?: CommandRequest['onStopped'];
  readonly started?: (process: SandboxProcess) => void;
}

export interface Recording {
  readonly exit: ExitStatus;
  readonly observed: Observations;
}

/** Runs a command under the recording policy and says what it did. Throws a SandboxError where that is not possible. */
export async function record(options: RecordOptions): Promise<Recording> {
  const { host, command, base, layer, localServices, lookup, notice, policyFiles, streams, onStopped } = options;
  const [home, project] = [canonical(host.home), canonical(command.directory)];
  if (containsPath(project, home)) throw new SandboxError('usage', `expected a project's directory, but ${project} holds the home directory: what a command writes in its project stays. Start in a directory of its own`);
  const throwaway = layer ? throwawayHome(home, project, host) : undefined;
  const session = await createSession({
    policy: recordingPolicy(base, { home: layer, localServices }),
    host,
    directory: command.directory,
    ...(throwaway && { throwaway }),
    ...(lookup && { lookup }),
    ...(notice && { notice }),
    ...(policyFiles && { policyFiles }),
  });
  try {
    let before = 0;
    const prepared = async (): Promise<void> => {
      before = Date.now() + 1;
      await setTimeout(2 * CLOCK_TICK_MS);
    };
    const process = await session.run({ ...command, streams, prepared, ...(onStopped && { onStopped }) });
    options.started?.(process);
    const exit = await process.exited;
    return { exit, observed: observe(session, project, before) };
  } finally {
    await session.stop();
  }
}

function observe(session: Session, project: AbsolutePath, before: number): Observations {
  const { violations, network, layers } = session;
  return {
    changedProject: isChangedSince(project, before, MAX_LOOKED_AT) ?? true,
    // The project is a mount point in the layer, and its directory there no trace of the command.
    written: layers.flatMap((each) => writtenInLayer(each, [project], before)),
    hosts: network.allowed.hosts,
    violations: violations.violations,
  };
}

/** Other file systems mounted in the home directory are not in the layer; they stay as they are, which is refused if the project needs them. */
function throwawayHome(home: AbsolutePath, project: AbsolutePath, host: Host): Throwaway {
  const mounts = (host.readText('/proc/self/mountinfo') ?? '').split('\n').flatMap((line) => mountPointOf(line) ?? []).filter((path) => path !== home && containsPath(home, path) && !containsPath(project, path));
  const [around] = mounts.filter((path) => containsPath(path, project));
  if (around ?? mounts[0]) throw new SandboxError('usage', `the home directory holds another file system, at ${around ?? mounts[0]}, whose changes cannot be thrown away. Record with --no-layer: what the command writes outside of its project is then refused and reported`);
  return { directories: [home], kept: containsPath(home, project) ? [project] : [] };
}

/** proc(5): the fifth field, with blanks and backslashes as octal numbers. */
function mountPointOf(line: string): AbsolutePath | undefined {
  const field = line.split(' ')[4];
  return field?.startsWith('/') === true ? absolutePath(field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))) : undefined;
}

function canonical(path: AbsolutePath): AbsolutePath {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined ? path : absolutePath(realpathSync(path));
}
