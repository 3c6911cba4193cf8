import { readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { absolutePath, type AbsolutePath } from '../policy';
import type { Architecture, Platform } from './facts';
import { homeDirectory } from './home-directory';

/** What the engine takes from the machine and the process it runs in, gathered in one place so that it can be replaced. */
export interface Host {
  readonly platform: Platform;
  readonly architecture: Architecture;
  readonly user: number;
  readonly home: AbsolutePath;
  readonly temporary: AbsolutePath;
  /** Where /etc/resolv.conf leads, if it exists. */
  readonly resolverFile?: AbsolutePath;
  readonly environment: Readonly<Record<string, string>>;
  /** Where macOS has them, unless given. */
  readonly seatbelt?: SeatbeltTools;
  /** Text of a small file of the system, or undefined. */
  readText(path: string): string | undefined;
}

/** Programs of macOS that a session runs. */
export interface SeatbeltTools {
  readonly sandboxExec: string;
  readonly log: string;
}

export function currentHost(): Host {
  const resolverFile = realPath('/etc/resolv.conf');
  return {
    platform: PLATFORMS[process.platform] ?? 'other',
    architecture: process.arch === 'x64' || process.arch === 'arm64' ? process.arch : 'other',
    user: process.getuid?.() ?? 0,
    home: homeDirectory(),
    temporary: absolutePath(realPath(tmpdir()) ?? '/tmp'),
    ...(resolverFile && { resolverFile }),
    environment: definedVariables(process.env),
    readText,
  };
}

const PLATFORMS: Readonly<Partial<Record<NodeJS.Platform, Platform>>> = { linux: 'linux', darwin: 'macos', win32: 'windows' };

function definedVariables(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function realPath(path: string): AbsolutePath | undefined {
  try {
    return absolutePath(realpathSync(path));
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
