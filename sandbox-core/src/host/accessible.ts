import { accessSync } from 'node:fs';

/** @param mode as access(2) has it: constants of node:fs */
export function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
