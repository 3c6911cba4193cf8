import { constants, existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { bubblewrapMissing, helperMissing } from '../errors';
import { absolutePath, type AbsolutePath } from '../policy';
import { isAccessible } from './accessible';
import type { EngineKind } from './facts';

/**
 * Directories that only the administrator can write, in which the programs that run outside are looked for. PATH is not: a
 * writable directory in it could offer another bwrap. /usr/bin comes first, as AppArmor's exception on Ubuntu is for that path.
 */
const SYSTEM_DIRECTORIES = ['/usr/bin', '/bin', '/usr/local/bin', '/run/current-system/sw/bin'];

/** @param configured srt: bwrapPath, absolute */
export function locateBubblewrap(configured: string | undefined): AbsolutePath {
  const candidates = configured === undefined ? SYSTEM_DIRECTORIES.map((directory) => join(directory, 'bwrap')) : [configured];
  const found = candidates.find(isExecutable);
  if (found === undefined) throw bubblewrapMissing(configured === undefined ? SYSTEM_DIRECTORIES : [configured]);
  return absolutePath(found);
}

/** A container engine of this machine. */
export interface EngineHere {
  readonly kind: EngineKind;
  readonly program: AbsolutePath;
}

/** By the same reasoning. Podman before Docker, as it needs no daemon, unless one of them is wanted. */
export function locateEngine(wanted?: EngineKind): EngineHere | undefined {
  const kinds: readonly EngineKind[] = wanted === undefined ? ['podman', 'docker'] : [wanted];
  const candidates = kinds.flatMap((kind) => SYSTEM_DIRECTORIES.map((directory) => ({ kind, program: join(directory, kind) })));
  const found = candidates.find(({ program }) => isExecutable(program));
  return found && { ...found, program: absolutePath(found.program) };
}

/** By the same reasoning: what a command once put into a directory of PATH (node_modules/.bin, ~/.local/bin) must not run here. */
export function locateGit(): AbsolutePath | undefined {
  const found = SYSTEM_DIRECTORIES.map((directory) => join(directory, 'git')).find(isExecutable);
  return found === undefined ? undefined : absolutePath(found);
}

/** Below the home directory: the directory in which launches are kept for the native front, native/front/key.c. */
export const KEPT_LAUNCHES = '.local/state/srt';

/** Those of containers. */
export const RUNTIMES = ['crun', 'runc', 'runsc'] as const;

export function locateRuntimes(): string[] {
  return RUNTIMES.filter((name) => [...SYSTEM_DIRECTORIES, '/usr/sbin'].some((directory) => isExecutable(join(directory, name))));
}

/** Native files lie beside the bundled ones, where a checkout or a package builds them, or come with the package for some processors. */
const NATIVE_DIRECTORIES = [__dirname, join(__dirname, '..', '..', 'native', 'build'), join(__dirname, '..', 'native', 'build'), join(__dirname, '..', 'native', 'prebuilt', `${process.platform}-${process.arch}`)];

export function locateHelper(): AbsolutePath {
  const found = locateNative('srt-helper');
  if (found === undefined) throw helperMissing(join(NATIVE_DIRECTORIES[__filename.endsWith('locate.js') ? 1 : 2] ?? '', 'srt-helper'));
  return found;
}

/** The library that makes watching cheap. Nothing depends on it, so it may be missing. */
export function locateWatchLibrary(): AbsolutePath | undefined {
  return locateNative('srt-watch.so');
}

function locateNative(name: string): AbsolutePath | undefined {
  const found = NATIVE_DIRECTORIES.map((directory) => join(directory, name)).find((candidate) => existsSync(candidate));
  return found === undefined ? undefined : absolutePath(realpathSync(found));
}

/**
 * What the next session is started from: whoever may write it decides what that does. Of a package all of it; of a checkout,
 * in which this program itself is worked on, only what runs.
 */
export function locateOwnProgram(): AbsolutePath[] {
  const code = __filename.endsWith('locate.js') ? join(__dirname, '..') : __dirname;
  const root = dirname(code);
  const core = [root, join(root, 'sandbox-core')].find((directory) => existsSync(join(directory, 'src', 'host')));
  const parts = core === undefined ? [root] : [code, ...['bin', 'out', 'native/build'].map((name) => join(core, name))];
  return [...parts, process.execPath].filter((path) => existsSync(path)).map((path) => absolutePath(realpathSync(path)));
}

function isExecutable(path: string): boolean {
  return isAccessible(path, constants.X_OK);
}
