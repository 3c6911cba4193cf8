import { lutimesSync, type Stats } from 'node:fs';

import type { AbsolutePath } from '../policy';

/** Seconds since 1970. What is put into a placeholder gives it another time: native/src/placeholders.h. */
export const PLACEHOLDER_TIME = 981173106;

/** An empty directory or file that a session made so that something can be mounted there. */
export function isPlaceholder(found: Stats): boolean {
  return found.mtimeMs === PLACEHOLDER_TIME * 1000 && (found.isDirectory() || (found.isFile() && found.size === 0));
}

export function markPlaceholder(path: AbsolutePath): void {
  lutimesSync(path, PLACEHOLDER_TIME, PLACEHOLDER_TIME);
}
