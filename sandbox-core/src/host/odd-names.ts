import { readdirSync, type Dirent } from 'node:fs';

import { printable, type AbsolutePath } from '../policy';

/** A tree below such a name that is larger than this counts as one with a repository in it. */
const MAX_DIRECTORIES = 2_000;
const MAX_SHOWN = 200;

/** Whether a name, as this process was given it, may stand for bytes that are not UTF-8. */
export function isOdd(name: string): boolean {
  return name.includes('\ufffd');
}

/**
 * Git directories below entries whose names are not UTF-8. No path of this process leads there, so they can be found and told of,
 * not held.
 */
export function repositoriesBelowOddNames(directory: AbsolutePath): string[] {
  return entriesIn(Buffer.from(directory))
    .filter((entry) => entry.isDirectory() && !Buffer.from(entry.name.toString()).equals(entry.name))
    .flatMap((entry) => repositoriesIn(Buffer.concat([Buffer.from(directory === '/' ? '/' : `${directory}/`), entry.name])));
}

function repositoriesIn(top: Buffer): string[] {
  const pending = [top];
  let left = MAX_DIRECTORIES;
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const entries = entriesIn(at);
    const names = new Set(entries.map((entry) => entry.name.toString()));
    if (names.has('.git') || (names.has('HEAD') && (names.has('commondir') || (names.has('objects') && names.has('refs')))) || left-- <= 0) return [printable(at.toString(), MAX_SHOWN)];
    for (const entry of entries) if (entry.isDirectory()) pending.push(Buffer.concat([at, Buffer.from('/'), entry.name]));
  }
  return [];
}

function entriesIn(directory: Buffer): Dirent<Buffer>[] {
  try {
    return readdirSync(directory, { withFileTypes: true, encoding: 'buffer' });
  } catch {
    return [];
  }
}
