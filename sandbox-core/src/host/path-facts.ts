import { constants, lstatSync, readlinkSync, realpathSync, statSync, type Stats } from 'node:fs';
import { posix } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { absolutePath, joinPath, parentPath, ROOT_DIRECTORY, type AbsolutePath } from '../policy';
import { isAccessible } from './accessible';
import type { PathFact } from './facts';
import { isPlaceholder } from './placeholder';

/** As path_resolution(7). */
const MAX_LINKS = 40;
/** Other work of this process gets its turn this often: a look takes microseconds, and handing it to another thread a multiple. */
const SLICE_MS = 10;

/** Looks at paths, links followed. A path that may not be looked at counts as missing: the command could not either. */
export async function probePaths(paths: Iterable<AbsolutePath>): Promise<Map<AbsolutePath, PathFact>> {
  const facts = new Map<AbsolutePath, PathFact>();
  const known = new Map<AbsolutePath, PathFact>();
  let sliceEnds = Date.now() + SLICE_MS;
  for (const path of paths) {
    facts.set(path, probePath(path, MAX_LINKS, known));
    if (Date.now() < sliceEnds) continue;
    await setImmediate();
    sliceEnds = Date.now() + SLICE_MS;
  }
  return facts;
}

/** @param known what was found in this round, with the directories on the way */
function probePath(path: AbsolutePath, linksLeft: number, known: Map<AbsolutePath, PathFact>): PathFact {
  const before = known.get(path);
  if (before) return before;
  const found = lookAt(path, linksLeft, known);
  const fact = found.isLink || found.canonical !== path ? { ...found, links: linksOnTheWay(path) } : found;
  known.set(path, fact);
  return fact;
}

function lookAt(path: AbsolutePath, linksLeft: number, known: Map<AbsolutePath, PathFact>): PathFact {
  const own = orUndefined(() => lstatSync(path, { throwIfNoEntry: false }));
  if (own === undefined) return probeMissing(path, linksLeft, known);
  if (!own.isSymbolicLink()) return { kind: kindOf(own), canonical: canonicalOf(path, linksLeft, known), isLink: false, ...(isPlaceholder(own) && { isPlaceholder: true }) };
  const target = orUndefined(() => ({ kind: kindOf(statSync(path)), canonical: absolutePath(realpathSync(path)) }));
  return { ...(target ?? probeDangling(path, linksLeft, known)), isLink: true };
}

/** The symbolic links on the way to a path, as the kernel follows them, one component after the other: path_resolution(7). */
export function linksOnTheWay(path: AbsolutePath): AbsolutePath[] {
  const links: AbsolutePath[] = [];
  const left = path.split('/');
  let at = ROOT_DIRECTORY;
  for (let name = left.shift(); name !== undefined && links.length < MAX_LINKS; name = left.shift()) {
    if (name === '' || name === '.') continue;
    const next = name === '..' ? parentPath(at) : joinPath(at, name);
    const target = orUndefined(() => readlinkSync(next));
    if (target === undefined) at = next;
    else {
      links.push(next);
      left.unshift(...target.split('/'));
      if (target.startsWith('/')) at = ROOT_DIRECTORY;
    }
  }
  return links;
}

/** Of what is no link itself. */
function canonicalOf(path: AbsolutePath, linksLeft: number, known: Map<AbsolutePath, PathFact>): AbsolutePath {
  return path === ROOT_DIRECTORY ? path : joinPath(probePath(parentPath(path), linksLeft, known).canonical, posix.basename(path));
}

/** A link to nothing means the missing file that it names: creating that would bring the path to life. */
function probeDangling(path: AbsolutePath, linksLeft: number, known: Map<AbsolutePath, PathFact>): PathFact {
  const target = linksLeft > 0 ? orUndefined(() => readlinkSync(path)) : undefined;
  if (target === undefined) return { kind: 'missing', canonical: path, isLink: true };
  return probePath(absolutePath(posix.resolve(parentPath(path), target)), linksLeft - 1, known);
}

function probeMissing(path: AbsolutePath, linksLeft: number, known: Map<AbsolutePath, PathFact>): PathFact {
  const parent = parentPath(path);
  if (parent === path) return { kind: 'missing', canonical: ROOT_DIRECTORY, isLink: false };
  const above = probePath(parent, linksLeft, known);
  const canonical = joinPath(above.canonical, posix.basename(path));
  if (above.kind === 'missing') return { kind: 'missing', canonical, isLink: false, firstMissing: above.firstMissing ?? above.canonical, ...(above.cannotBeMade && { cannotBeMade: true }) };
  return { kind: 'missing', canonical, isLink: false, ...(above.kind === 'directory' && { firstMissing: canonical, ...(!isAccessible(above.canonical, constants.W_OK | constants.X_OK) && { cannotBeMade: true }) }) };
}

function orUndefined<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined; // it may not be looked at, or links lead in a circle
  }
}

function kindOf(found: Stats): PathFact['kind'] {
  if (found.isDirectory()) return 'directory';
  return found.isFile() ? 'file' : 'other';
}
