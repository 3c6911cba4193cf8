import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { posix } from 'node:path';

import { absolutePath, containsPath, joinPath, parentPath, type AbsolutePath, type PathContext } from '../policy';
import { settingsIn } from './git-config';
import type { TreeFindings } from './tree-scan';

/** What git itself reads of a `.git` file at the most. */
const MAX_POINTER_BYTES = 1024 * 1024;
const MAX_CONFIG_BYTES = 256 * 1024;
/** As git has it: include.path in git-config(1). */
const MAX_INCLUDES = 10;

/** Where a `.git` that is no directory leads: a git directory, nowhere (undefined), or to a name that this process cannot say. */
export function pointedTo(pointer: AbsolutePath): AbsolutePath | 'unspeakable' | undefined {
  try {
    const [, target = ''] = /^gitdir: ([^]*?)[\r\n]*$/.exec(readSmallFile(pointer, MAX_POINTER_BYTES) ?? '') ?? [];
    const path = realpathSync(target === '' ? pointer : posix.resolve(parentPath(pointer), target));
    if (path.includes('\ufffd')) return 'unspeakable';
    return statSync(path).isDirectory() ? absolutePath(path) : undefined;
  } catch (error) {
    return String(error).includes('\ufffd') ? 'unspeakable' : undefined;
  }
}

/** @property group of protections that it belongs to */
export interface GitLead {
  readonly group: 'git-hooks' | 'git-config';
  readonly path: AbsolutePath;
}

/** Files that git directories lead to, which git runs or obeys as if they were inside: targets of links among the hooks, `core.hooksPath`, included settings. */
export function leadsOf({ gitDirectories, pointers, pointedTo: others }: Pick<TreeFindings, 'gitDirectories' | 'pointers' | 'pointedTo'>, { home }: Pick<PathContext, 'home'>): GitLead[] {
  return [...gitDirectories, ...others].flatMap((directory) => {
    const worktrees = pointers.filter(({ target }) => containsPath(directory, target)).map(({ path }) => parentPath(path));
    const settings = { directory, home, worktrees: [directory.endsWith('/.git') ? parentPath(directory) : directory, ...worktrees], includes: 0 };
    return [...linksIn(joinPath(directory, 'hooks')), ...['config', 'config.worktree'].flatMap((name) => leadsOfSettings(joinPath(directory, name), settings))];
  });
}

interface Settings {
  readonly directory: AbsolutePath;
  readonly home: AbsolutePath;
  /** What a relative core.hooksPath may be relative to. */
  readonly worktrees: readonly AbsolutePath[];
  readonly includes: number;
}

function leadsOfSettings(file: AbsolutePath, settings: Settings): GitLead[] {
  const found = settingsIn(readSmallFile(file, MAX_CONFIG_BYTES) ?? '');
  const from = (base: AbsolutePath, path: string): AbsolutePath => absolutePath(path.startsWith('~/') ? posix.join(settings.home, path.slice(2)) : posix.resolve(base, path));
  const worktrees = [...settings.worktrees, ...found.flatMap(({ name, value }) => (name === 'core.worktree' ? [from(settings.directory, value)] : []))];
  return found.flatMap(({ name, value }) => {
    if (value === '' || value.includes('\0')) return [];
    if (name === 'core.hookspath') return worktrees.map((worktree) => from(worktree, value)).flatMap((hooks) => [{ group: 'git-hooks', path: hooks }, ...linksIn(hooks)]);
    if (!/^include(if)?\.path$/.test(name)) return [];
    const included = from(parentPath(file), value);
    return [{ group: 'git-config', path: included }, ...(settings.includes < MAX_INCLUDES ? leadsOfSettings(included, { ...settings, worktrees, includes: settings.includes + 1 }) : [])];
  });
}

/** Of a link its own name: what it leads to is looked up with everything else. */
function linksIn(hooks: AbsolutePath): GitLead[] {
  try {
    return readdirSync(hooks, { withFileTypes: true }).flatMap((entry) => (entry.isSymbolicLink() ? [{ group: 'git-hooks', path: joinPath(hooks, entry.name) }] : []));
  } catch {
    return []; // there are none, or git cannot read them either
  }
}

function readSmallFile(path: AbsolutePath, maxBytes: number): string | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const found = fstatSync(file);
      return found.isFile() && found.size <= maxBytes ? readFileSync(file, 'utf8') : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
