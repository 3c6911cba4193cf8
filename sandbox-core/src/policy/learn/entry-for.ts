import { containsPath, expandPath, joinPath, parentPath, ROOT_DIRECTORY, type AbsolutePath, type PathContext } from '../absolute-path';
import { SECRET_PLACES } from '../secret-places';
import { PROGRAMS, SHARED, spelledPath } from './paths';
import { isSecret, SHARED_PLACES } from './refused';

/**
 * The entry of allowWrite under which a write would pass that was refused for want of one: the path, or the nearest directory
 * that is there, as an entry for what is missing allows nothing. Undefined: that is a place of credentials or programs, or has one in it,
 * or is one that the whole machine or all programs of the user share.
 */
export function entryForWrite(target: AbsolutePath, context: Pick<PathContext, 'home'>, exists: (path: AbsolutePath) => boolean): string | undefined {
  let path = target;
  while (path !== ROOT_DIRECTORY && !exists(path)) path = parentPath(path);
  const { home } = context;
  const inHome = containsPath(home, path);
  const isShared = containsPath(path, home) || SHARED.some((name) => joinPath(home, name) === path) || (!inHome && SHARED_PLACES.some((place) => containsPath(place, path)));
  const touches = (places: readonly string[]): boolean => places.some((place) => areNested(expandPath(place, { home, base: home }), path));
  return isShared || touches(PROGRAMS) || touches(SECRET_PLACES) || isSecret(target, { home, base: home }) ? undefined : spelledPath(path, context);
}

function areNested(a: AbsolutePath, b: AbsolutePath): boolean {
  return containsPath(a, b) || containsPath(b, a);
}
