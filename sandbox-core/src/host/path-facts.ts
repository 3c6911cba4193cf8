import type { Stats } from 'node:fs';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';

import { absolutePath, joinPath, parentPath, ROOT_DIRECTORY, type AbsolutePath } from '../policy';
import type { PathFact } from './facts';

/** As path_resolution(7). */
const MAX_LINKS = 40;
/** Enough to hide the latency of a disk, few enough to leave descriptors for others. */
const MAX_PARALLEL = 64;

/** Looks at paths, links followed. A path that may not be looked at counts as missing: the command could not either. */
export async function probePaths(paths: Iterable<AbsolutePath>): Promise<Map<AbsolutePath, PathFact>> {
  const pending = [...new Set(paths)];
  const facts = new Map<AbsolutePath, PathFact>();
  const work = async (): Promise<void> => {
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) facts.set(path, await probePath(path, MAX_LINKS));
  };
  await Promise.all(Array.from({ length: Math.min(MAX_PARALLEL, pending.length) }, work));
  return facts;
}

async function probePath(path: AbsolutePath, linksLeft: number): Promise<PathFact> {
  const own = await lstat(path).catch(() => undefined);
  if (own === undefined) return probeMissing(path, linksLeft);
  const isLink = own.isSymbolicLink();
  try {
    const canonical = absolutePath(await realpath(path));
    return { kind: kindOf(isLink ? await stat(path) : own), canonical, isLink };
  } catch {
    return { ...(await probeDangling(path, linksLeft)), isLink };
  }
}

/** A link to nothing means the missing file that it names: creating that would bring the path to life. */
async function probeDangling(path: AbsolutePath, linksLeft: number): Promise<PathFact> {
  const target = linksLeft > 0 ? await readlink(path).catch(() => undefined) : undefined;
  if (target === undefined) return { kind: 'missing', canonical: path, isLink: true };
  return probePath(absolutePath(posix.resolve(parentPath(path), target)), linksLeft - 1);
}

async function probeMissing(path: AbsolutePath, linksLeft: number): Promise<PathFact> {
  const parent = parentPath(path);
  if (parent === path) return { kind: 'missing', canonical: ROOT_DIRECTORY, isLink: false };
  const above = await probePath(parent, linksLeft);
  const canonical = joinPath(above.canonical, posix.basename(path));
  if (above.kind === 'missing') return { kind: 'missing', canonical, isLink: false, firstMissing: above.firstMissing ?? above.canonical };
  return { kind: 'missing', canonical, isLink: false, ...(above.kind === 'directory' && { firstMissing: canonical }) };
}

function kindOf(found: Stats): PathFact['kind'] {
  if (found.isDirectory()) return 'directory';
  return found.isFile() ? 'file' : 'other';
}
