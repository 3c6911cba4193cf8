import { fileURLToPath } from 'node:url';

import { absolutePath, containsPath, parentPath, type AbsolutePath, type PathContext } from 'sandbox-core/policy';

/** Where a policy lies, and with it where its paths start from. */
export interface PolicyPlace extends PathContext {
  /** The policy's own file; absent where it is not on this disk. */
  readonly file?: AbsolutePath;
}

/**
 * Relative paths start where a sandbox is started: the workspace folder around the policy, else the first folder (the
 * user's own policy is used there), else the policy's own directory.
 */
export function placeOf(uri: string, folders: readonly AbsolutePath[], home: AbsolutePath): PolicyPlace {
  const file = pathOf(uri);
  const around = file && folders.filter((folder) => containsPath(folder, file)).sort((a, b) => b.length - a.length)[0];
  const base = around ?? folders[0] ?? (file && parentPath(file)) ?? home;
  return file === undefined ? { base, home } : { file, base, home };
}

/** Undefined: not a file of this machine. */
export function pathOf(uri: string): AbsolutePath | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return absolutePath(fileURLToPath(uri));
  } catch {
    return undefined;
  }
}
