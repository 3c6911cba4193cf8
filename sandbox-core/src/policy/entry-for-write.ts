import { absolutePath, containsPath, expandPath, joinPath, parentPath, pathDepth, ROOT_DIRECTORY, type AbsolutePath, type PathContext } from './absolute-path';
import { CODE_PLACES } from './code-places';
import { SYSTEM_DIRECTORIES } from './default-read';
import { printable } from './parse';
import { isGlob } from './path-pattern';
import { UNPROPOSED_PLACES } from './secret-places';

/** Directories of the home directory that hold those of many programs: no entry of its own. The first is the home directory. */
export const SHARED = ['', '.cache', '.config', '.local', '.local/share', '.local/state', '.var/app', 'Library', 'Library/Caches', 'snap'];
/** More of the system that the whole machine shares. */
export const SHARED_PLACES: readonly AbsolutePath[] = [...SYSTEM_DIRECTORIES, ...['/boot', '/dev', '/home', '/proc', '/root', '/run', '/sys', '/Users', '/var'].map(absolutePath)];

/**
 * The entry of allowWrite under which a write would pass that was refused for want of one: the path, or the nearest directory
 * that is there, as an entry for what is missing allows nothing. Undefined: that is a place of credentials or programs, or has one in it,
 * or is one that the whole machine or all programs of the user share, or its name cannot be shown.
 *
 * @param isWritten it was opened to be written: if it is there, it is a file
 */
export function entryForWrite(target: AbsolutePath, isWritten: boolean, context: PathContext, exists: (path: AbsolutePath) => boolean): string | undefined {
  let path = target;
  while (path !== ROOT_DIRECTORY && !exists(path)) path = parentPath(path);
  const isFile = isWritten && path === target;
  if (isShared(path, isFile, context) || (!isFile && holdsOthers(path, context, exists))) return undefined;
  return touches(CODE_PLACES, path, context) || touches(UNPROPOSED_PLACES, path, context) || isSecret(target, context) || !isPrintable(target) ? undefined : spelledPath(path, context);
}

/** By all programs of the user, or the whole machine. The project is the user's own, wherever it lies. */
function isShared(path: AbsolutePath, isFile: boolean, { base, home }: PathContext): boolean {
  if (containsPath(path, home) || SHARED.some((name) => joinPath(home, name) === path)) return true;
  if (containsPath(home, path) || containsPath(base, path)) return false;
  return (!isFile && pathDepth(path) < 2) || SHARED_PLACES.some((place) => containsPath(place, path));
}

/**
 * Whether a directory holds more than what one program keeps: the working directory and with it projects beside it, or what the
 * user put directly below the home directory.
 */
export function holdsOthers(directory: AbsolutePath, { base, home }: PathContext, exists: (path: AbsolutePath) => boolean): boolean {
  if (directory === base) return false;
  return containsPath(directory, base) || (parentPath(directory) === home && !isHiddenAt(home, directory) && exists(directory));
}

/** Programs keep their own things under such names. */
function isHiddenAt(home: AbsolutePath, path: AbsolutePath): boolean {
  return path.startsWith(`${home === ROOT_DIRECTORY ? '' : home}/.`);
}

export function isSecret(target: string, context: PathContext): boolean {
  return UNPROPOSED_PLACES.some((place) => containsPath(expandPath(place, context), target as AbsolutePath));
}

/** Whether a path is, or has in it, a place of credentials or of what was typed. */
export function holdsSecrets(path: AbsolutePath, context: PathContext): boolean {
  return touches(UNPROPOSED_PLACES, path, context);
}

function touches(places: readonly string[], path: AbsolutePath, context: PathContext): boolean {
  return places.map((place) => expandPath(place, context)).some((place) => containsPath(place, path) || containsPath(path, place));
}

/** As a policy spells it: below the home directory with `~`. */
export function spelledPath(path: AbsolutePath, { home }: Pick<PathContext, 'home'>): string {
  return containsPath(home, path) ? `~${path.slice(home.length)}` : path;
}

/** Shown honestly, and meaning itself. */
export function isSpellable(path: AbsolutePath): boolean {
  return isPrintable(path) && !isGlob(path);
}

function isPrintable(path: AbsolutePath): boolean {
  return printable(path, path.length) === path;
}
