import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';

import { joinPath, protectedPathsIn, type AbsolutePath, type ProtectedPath } from '../policy';

/** Packages hold many directories and are replaced as a whole; their files are protected by being looked up in the parent. */
const SKIPPED_DIRECTORY = 'node_modules';
/** More directories than this are not walked; the sandbox then refuses nothing less, but protects only what was found. */
const MAX_DIRECTORIES = 50_000;

/**
 * Protected files that exist somewhere below a directory: nested repositories, projects within the project.
 *
 * @param depth directories below the root that are looked into (srt: mandatoryDenySearchDepth)
 */
export async function scanProtectedPaths(root: AbsolutePath, depth: number, allowGitConfig: boolean): Promise<ProtectedPath[]> {
  const found: ProtectedPath[] = [];
  let level: AbsolutePath[] = [root];
  let walked = 0;
  for (let below = 0; below <= depth && level.length > 0; below++) {
    const next: AbsolutePath[] = [];
    for (const directory of level) {
      if (walked++ >= MAX_DIRECTORIES) return found;
      const entries = await readdir(directory, { withFileTypes: true }).catch((): Dirent[] => []);
      found.push(...protectedAmong(directory, entries, allowGitConfig));
      for (const entry of entries) if (entry.isDirectory() && entry.name !== SKIPPED_DIRECTORY) next.push(joinPath(directory, entry.name));
    }
    level = next;
  }
  return found;
}

/** A protection applies where its first component exists: `.git/hooks` belongs to a repository even before it is made. */
function protectedAmong(directory: AbsolutePath, entries: readonly Dirent[], allowGitConfig: boolean): ProtectedPath[] {
  const names = new Set(entries.map((entry) => entry.name));
  return protectedPathsIn(directory, allowGitConfig).filter(({ protection }) => names.has(protection.path.split('/')[0] ?? ''));
}
