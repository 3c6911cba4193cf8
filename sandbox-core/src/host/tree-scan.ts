import type { Dirent, Stats } from 'node:fs';
import { constants, lstatSync, readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import { containsPath, folded, patternNames, type AbsolutePath, type GlobPattern } from '../policy';
import { isAccessible } from './accessible';
import { createDirectoryWatch, tellsChanges } from './directory-watch';
import { pointedTo } from './git-leads';
import { isOdd, repositoriesBelowOddNames } from './odd-names';

/** More directories than this below all roots are not looked into; the rules that would need it are refused by name. */
const MAX_DIRECTORIES = 50_000;
/** Other work of this process gets its turn this often. */
const SLICE_MS = 10;
/** A directory that changed this recently may change again without another time stamp. */
const TIMESTAMP_GRAIN_MS = 50;
const SCANS_BEFORE_WATCHING = 3;
/** File systems of the kernel's own: endless, and nothing in them is a file. */
const NOT_FILES = new Set(['/proc', '/sys', '/dev']);

export interface TreeFindings {
  /** What some pattern names, links included. */
  readonly found: readonly AbsolutePath[];
  /** Everything that was looked into. */
  readonly directories: readonly AbsolutePath[];
  readonly gitDirectories: readonly AbsolutePath[];
  /** `.git` files: worktrees and submodules. */
  readonly gitPointers: readonly AbsolutePath[];
  /** These, and links of that name, with the directories they lead to. */
  readonly pointers: readonly GitPointer[];
  /** What these lead to, wherever it is, beside `gitDirectories`. */
  readonly pointedTo: readonly AbsolutePath[];
  /** What the user may not look into, but could pass through. */
  readonly shut: readonly AbsolutePath[];
  /** Git directories, made printable, which no path of this process leads to. */
  readonly unspeakable: readonly string[];
  /** Some names are not UTF-8: what is below them is not told by the watch. */
  readonly hasOddNames: boolean;
  /** Roots that were too large to be seen whole. */
  readonly incomplete: readonly AbsolutePath[];
}

export interface GitPointer {
  readonly path: AbsolutePath;
  readonly target: AbsolutePath;
}

/** What is below some directories, remembered from one look to the next: only directories that changed are read again. */
export interface TreeIndex {
  /** `mayBeLast`: nothing is begun that pays only where other looks follow. */
  scan(mayBeLast?: boolean): Promise<TreeFindings>;
  close(): void;
}

interface SeenDirectory {
  /** When it changed: its entries, and whatever else of it, which nobody can set back. */
  readonly changed: string;
  readonly inode: number;
  readonly below: readonly AbsolutePath[];
  readonly found: readonly AbsolutePath[];
  readonly isGitDirectory: boolean;
  readonly gitPointer?: AbsolutePath;
  readonly gitLink?: AbsolutePath;
  readonly hasOddNames: boolean;
  readonly isShut: boolean;
}

/**
 * Packages hold many directories and no protected files (policy/protections.ts), and git's objects are many and of no
 * interest: only for a pattern of the user's are they looked into.
 */
const PASSED_OVER = 'node_modules';
const GIT_SUBDIRECTORIES = new Set(['modules', 'worktrees']);

/** @param options.thorough look into everything: the patterns are not those of protections alone */
export function createTreeIndex(roots: readonly AbsolutePath[], patterns: readonly GlobPattern[], options: { readonly thorough: boolean; readonly maxDirectories?: number }): TreeIndex {
  const seen = new Map<AbsolutePath, SeenDirectory>();
  const matches = createMatcher(patterns);
  const watch = createDirectoryWatch();
  let scans = 0;
  let isWatching = false;
  let last: TreeFindings | undefined;
  const look = (directory: AbsolutePath): SeenDirectory | undefined => {
    const isRoot = roots.includes(directory);
    if (!isRoot && watch.isUnchanged(directory)) return seen.get(directory);
    watch.seen(directory);
    const stat = lstatSync(directory, { throwIfNoEntry: false });
    if (!stat?.isDirectory()) return undefined;
    const before = seen.get(directory);
    if (before && before.inode !== stat.ino) watch.forget(directory);
    const changed = `${stat.mtimeMs} ${stat.ctimeMs}`;
    if (before?.changed === changed && before.inode === stat.ino) return before;
    const isSettled = Date.now() - Math.max(stat.mtimeMs, stat.ctimeMs) > TIMESTAMP_GRAIN_MS;
    const entries = entriesOf(directory);
    const entry: SeenDirectory = { changed: isSettled ? changed : '', inode: stat.ino, ...inspect(directory, entries ?? [], matches, options.thorough), isShut: isShut(directory, stat, entries !== undefined) };
    seen.set(directory, entry);
    for (const below of entry.below) watch.doubt(below);
    return entry;
  };
  const rootsAreTheSame = (): boolean => roots.every((root) => lstatSync(root, { throwIfNoEntry: false })?.ino === seen.get(root)?.inode);
  return {
    async scan(mayBeLast = false) {
      await watch.settled();
      if (last && watch.isQuiet && rootsAreTheSame()) return last;
      last = await walk(roots, look, options.maxDirectories ?? MAX_DIRECTORIES);
      // A session that runs one command is over before watches would pay.
      if (++scans >= SCANS_BEFORE_WATCHING && !mayBeLast && !isWatching && last.incomplete.length === 0 && !last.hasOddNames && roots.every(tellsChanges)) {
        isWatching = true;
        void watch.watchAll(last.directories).finally(() => (isWatching = false));
      }
      return last;
    },
    close: () => watch.close(),
  };
}

async function walk(roots: readonly AbsolutePath[], look: (directory: AbsolutePath) => SeenDirectory | undefined, maxDirectories: number): Promise<TreeFindings> {
  const looked = new Map<AbsolutePath, SeenDirectory>();
  const incomplete: AbsolutePath[] = [];
  let left = maxDirectories;
  let pauseAt = now() + SLICE_MS;
  for (const root of roots) {
    const pending = [root];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (left-- <= 0) {
        incomplete.push(root);
        break;
      }
      const directory = lookIfAllowed(look, at);
      if (!directory) continue;
      looked.set(at, directory);
      for (const below of directory.below) pending.push(below);
      if (now() > pauseAt) {
        await setImmediate();
        pauseAt = now() + SLICE_MS;
      }
    }
  }
  return findingsOf(looked, incomplete);
}

function findingsOf(looked: ReadonlyMap<AbsolutePath, SeenDirectory>, incomplete: readonly AbsolutePath[]): TreeFindings {
  const directories = [...looked.keys()];
  const which = (is: (seen: SeenDirectory) => boolean): AbsolutePath[] => [...looked].flatMap(([path, seen]) => (is(seen) ? [path] : []));
  const gitDirectories = which(({ isGitDirectory }) => isGitDirectory);
  const gitPointers = [...looked.values()].flatMap(({ gitPointer }) => gitPointer ?? []);
  const gitLinks = [...looked.values()].flatMap(({ gitLink }) => gitLink ?? []);
  const leads = [...gitPointers, ...gitLinks].map((path) => ({ path, target: pointedTo(path) }));
  const pointers = leads.filter((lead): lead is GitPointer => lead.target !== undefined && lead.target !== 'unspeakable');
  const known = new Set(gitDirectories);
  const oddPlaces = which(({ hasOddNames }) => hasOddNames);
  return {
    found: [...looked.values()].flatMap(({ found }) => found),
    directories,
    gitDirectories,
    gitPointers,
    pointers,
    pointedTo: [...new Set(pointers.map(({ target }) => target))].filter((target) => !known.has(target)),
    shut: which((seen) => seen.isShut),
    hasOddNames: oddPlaces.length > 0,
    unspeakable: [...oddPlaces.flatMap(repositoriesBelowOddNames), ...leads.flatMap(({ path, target }) => (target === 'unspeakable' ? [path] : []))],
    incomplete,
  };
}

/** Milliseconds; without the module behind `performance`, which takes one to load. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function lookIfAllowed(look: (directory: AbsolutePath) => SeenDirectory | undefined, directory: AbsolutePath): SeenDirectory | undefined {
  try {
    return look(directory);
  } catch {
    return undefined; // it cannot be reached from inside either
  }
}

function entriesOf(directory: AbsolutePath): Dirent[] | undefined {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

/** A directory of the user's can be opened again, and what is known by its name needs no list. What is closed to the user altogether is closed to git too. */
function isShut(directory: AbsolutePath, { uid, mode }: Stats, isListed: boolean): boolean {
  if (process.geteuid?.() === 0) return false;
  if (uid === process.geteuid?.()) return !isListed || (mode & constants.S_IXUSR) === 0;
  return !isListed && isAccessible(directory, constants.X_OK);
}

function inspect(directory: AbsolutePath, entries: readonly Dirent[], matches: (path: AbsolutePath, name: string) => boolean, thorough: boolean): Omit<SeenDirectory, 'changed' | 'inode' | 'isShut'> {
  const isGitDirectory = looksLikeGitDirectory(directory, entries);
  const prefix = directory === '/' ? '/' : directory + '/';
  const below: AbsolutePath[] = [];
  const found: AbsolutePath[] = [];
  let gitPointer: AbsolutePath | undefined;
  let gitLink: AbsolutePath | undefined;
  for (const entry of entries) {
    const path = (prefix + entry.name) as AbsolutePath; // a normalized directory and a name
    if (matches(path, entry.name)) found.push(path);
    if (entry.name === '.git' && entry.isFile()) gitPointer = path;
    if (entry.name === '.git' && entry.isSymbolicLink()) gitLink = path;
    if (entry.isDirectory() && !NOT_FILES.has(path) && (thorough || (isGitDirectory ? GIT_SUBDIRECTORIES.has(entry.name) : entry.name !== PASSED_OVER))) below.push(path);
  }
  return { below, found, isGitDirectory, hasOddNames: entries.some((entry) => isOdd(entry.name)), ...(gitPointer !== undefined && { gitPointer }), ...(gitLink !== undefined && { gitLink }) };
}

/** A repository's, a submodule's, a worktree's or a bare repository. */
function looksLikeGitDirectory(directory: AbsolutePath, entries: readonly Dirent[]): boolean {
  if (directory.endsWith('/.git')) return true;
  const names = new Set(entries.map((entry) => entry.name));
  return names.has('HEAD') && ((names.has('objects') && names.has('refs')) || names.has('commondir'));
}

/** Patterns that end in a plain name are found by it; only the others are tried on every path. */
function createMatcher(patterns: readonly GlobPattern[]): (path: AbsolutePath, name: string) => boolean {
  const named = new Map<string, GlobPattern[]>();
  const wild: GlobPattern[] = [];
  for (const pattern of patterns) {
    if (pattern.lastName === undefined) wild.push(pattern);
    else named.set(pattern.lastName, [...(named.get(pattern.lastName) ?? []), pattern]);
  }
  const isMatch = (pattern: GlobPattern, path: AbsolutePath): boolean => containsPath(pattern.prefix, path) && patternNames(pattern, path);
  return (path, name) => (named.get(folded(name)) ?? []).some((pattern) => isMatch(pattern, path)) || wild.some((pattern) => isMatch(pattern, path));
}
