import { posix } from 'node:path';

import { expandWindowsPath, isAbsoluteOnWindows } from './windows-path';

/** An absolute, normalized POSIX path: no `.` or `..` components, no repeated or trailing slashes (except the root's). */
export type AbsolutePath = string & { readonly brand: 'AbsolutePath' };

export const ROOT_DIRECTORY = '/' as AbsolutePath; // normalized by definition

/**
 * Where a policy's paths start from.
 *
 * @property base what relative paths are relative to: the directory the sandbox was started in (srt: the process's cwd)
 * @property home what a leading `~` stands for
 * @property platform how paths are spelled: as POSIX has it unless given. Those of Windows are judged as windows-path.ts says
 */
export interface PathContext {
  readonly base: AbsolutePath;
  readonly home: AbsolutePath;
  readonly platform?: 'windows';
}

/** Throws if the path is not absolute: callers hold paths of the host, not of a policy. Those of a host with Windows become what windows-path.ts says. */
export function absolutePath(path: string): AbsolutePath {
  if (isAbsoluteOnWindows(path)) return expandWindowsPath(path, { base: ROOT_DIRECTORY, home: ROOT_DIRECTORY });
  if (!path.startsWith('/')) throw new RangeError(`Expected an absolute path, got ${JSON.stringify(path)}`);
  return normalize(path);
}

/** Expands `~` and `~/…` (only those: `~user` and variables are ordinary names) and makes the path absolute. */
export function expandPath(path: string, context: PathContext): AbsolutePath {
  if (context.platform === 'windows') return expandWindowsPath(path, context);
  if (path === '~') return context.home;
  if (path.startsWith('~/')) return normalize(posix.join(context.home, path.slice(2)));
  return normalize(path.startsWith('/') ? path : posix.join(context.base, path));
}

/** The short form that `expandPath` takes: `./…` in the working directory, `~/…` in the home directory. */
export function spellPath(path: AbsolutePath, { base, home }: { readonly base?: AbsolutePath | undefined; readonly home: AbsolutePath }): string {
  if (base !== undefined && base !== ROOT_DIRECTORY && containsPath(base, path)) return path === base ? '.' : `./${posix.relative(base, path)}`;
  return home !== ROOT_DIRECTORY && containsPath(home, path) ? `~${path.slice(home.length)}` : path;
}

/** Compares components, so `/home` does not contain `/homeevil`. A path contains itself. */
export function containsPath(ancestor: AbsolutePath, path: AbsolutePath): boolean {
  return ancestor === ROOT_DIRECTORY || path === ancestor || path.startsWith(ancestor + '/');
}

export function parentPath(path: AbsolutePath): AbsolutePath {
  return posix.dirname(path) as AbsolutePath; // dirname of a normalized absolute path is one
}

export function joinPath(directory: AbsolutePath, ...names: readonly string[]): AbsolutePath {
  return normalize(posix.join(directory, ...names));
}

/** The number of components: 0 for the root. */
export function pathDepth(path: AbsolutePath): number {
  return path === ROOT_DIRECTORY ? 0 : path.split('/').length - 1;
}

/** The path and all directories above it, the root first. */
export function ancestorsAndSelf(path: AbsolutePath): AbsolutePath[] {
  const found: AbsolutePath[] = [ROOT_DIRECTORY];
  for (let slash = path.indexOf('/', 1); slash !== -1; slash = path.indexOf('/', slash + 1))
    found.push(path.slice(0, slash) as AbsolutePath); // cut at a separator
  if (path !== ROOT_DIRECTORY) found.push(path);
  return found;
}

/** Of nested directories only the outer ones. */
export function outermost(paths: readonly AbsolutePath[]): AbsolutePath[] {
  const kept = new Set<AbsolutePath>();
  for (const path of [...paths].sort((a, b) => pathDepth(a) - pathDepth(b))) if (!ancestorsAndSelf(path).some((around) => kept.has(around))) kept.add(path);
  return [...kept];
}

function normalize(path: string): AbsolutePath {
  const normalized = posix.normalize(path);
  return (normalized.length > 1 && normalized.endsWith('/') ? normalized.slice(0, -1) : normalized) as AbsolutePath;
}
