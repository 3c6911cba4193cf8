import { fileURLToPath, pathToFileURL } from 'node:url';

import { absolutePath, containsPath, describeWindowsPath, parentPath, type AbsolutePath, type PathContext } from 'sandbox-core/policy';

import type { Runtime } from './runtime';

/** Where a policy lies, and with it where its paths start from. */
export interface PolicyPlace extends PathContext {
  /** The policy's own file; absent where it is not on this disk. */
  readonly file?: AbsolutePath;
}

/**
 * Relative paths start where a sandbox is started: the workspace folder around the policy, else the first folder (the
 * user's own policy is used there), else the policy's own directory.
 */
export function placeOf(uri: string, folders: readonly AbsolutePath[], { home, platform }: Pick<Runtime, 'home' | 'platform'>): PolicyPlace {
  const file = pathOf(uri);
  const around = file && folders.filter((folder) => containsPath(folder, file)).sort((a, b) => b.length - a.length)[0];
  const base = around ?? folders[0] ?? (file && parentPath(file)) ?? home;
  return { ...(file !== undefined && { file }), base, home, ...(platform === 'windows' && { platform }) };
}

/** Undefined: not a file of this machine. */
export function pathOf(uri: string, platform: NodeJS.Platform = process.platform): AbsolutePath | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return absolutePath(fileURLToPath(uri, { windows: platform === 'win32' }));
  } catch {
    return undefined;
  }
}

/** As the file system of this machine takes it. */
export function nativePath(path: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' && path.startsWith('/') ? describeWindowsPath(path as AbsolutePath) : path; // absolute as it begins so
}

export function uriOf(path: string, platform: NodeJS.Platform = process.platform): string {
  return pathToFileURL(nativePath(path, platform), { windows: platform === 'win32' }).toString();
}

/** For people, in the spelling of their system. */
export function shownPath(path: AbsolutePath, { platform }: PathContext): string {
  return platform === 'windows' ? describeWindowsPath(path) : path;
}
