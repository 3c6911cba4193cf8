import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Is this module the program that was started (rather than imported)? Also when started through a symlink. */
export function isMain({ url }) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);
}
