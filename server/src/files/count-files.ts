import type { AbsolutePath, GlobPattern, PathPattern } from 'sandbox-core/policy';
import type { CancellationToken } from 'vscode-languageserver';

import type { Runtime } from '../runtime';
import type { FileTree, TreeDirectory } from './file-tree';
import type { FileTrees } from './file-trees';

/** The files that a path of a policy covers. */
export interface FileCount {
  readonly files: number;
  /** There are more than were looked at. */
  readonly isAtLeast: boolean;
  /** What the path itself is; of a pattern, undefined. */
  readonly kind: 'file' | 'directory' | 'missing' | 'pattern';
  /** A few that a pattern matches. */
  readonly examples: readonly AbsolutePath[];
}

/** A pattern with more could take longer to match than anybody waits (each star multiplies the ways to fail). */
const MAX_STARS_IN_COMPONENT = 3;
const MAX_SUBTREE_STARS = 3;
const MAX_EXAMPLES = 3;
/** Between two looks at the clock. */
const NAMES_A_STEP = 500;
/** Others are let in after so long. */
const STEP_MS = 10;

export interface CountContext {
  readonly trees: FileTrees;
  readonly runtime: Runtime;
  readonly token: CancellationToken;
}

/** Undefined: cancelled, or a pattern too costly to try. */
export async function countFiles(pattern: PathPattern, context: CountContext): Promise<FileCount | undefined> {
  if (pattern.kind === 'glob' && isCostly(pattern.rest)) return undefined;
  const start = pattern.kind === 'literal' ? pattern.path : pattern.prefix;
  const tree = context.trees.around(start);
  const top = await tree.current();
  if (context.token.isCancellationRequested) return undefined;
  if (!top) return pattern.kind === 'literal' ? countLone(start, context) : { files: 0, isAtLeast: false, kind: 'pattern', examples: [] };
  const place = find(top, start);
  if (pattern.kind === 'glob') return place?.directory ? countMatches(place.directory, pattern, tree, context) : { files: 0, isAtLeast: tree.isCut, kind: 'pattern', examples: [] };
  if (place?.directory) return { files: place.directory.fileCount, isAtLeast: tree.isCut, kind: 'directory', examples: [] };
  // What was not read may still be there.
  return place || tree.isCut ? countLone(start, context) : { files: 0, isAtLeast: false, kind: 'missing', examples: [] };
}

async function countLone(path: AbsolutePath, { runtime }: CountContext): Promise<FileCount> {
  const found = await runtime.inspect(path);
  if (!found) return { files: 0, isAtLeast: false, kind: 'missing', examples: [] };
  return found.kind === 'directory' ? { files: 0, isAtLeast: true, kind: 'directory', examples: [] } : { files: 1, isAtLeast: false, kind: 'file', examples: [] };
}

/** The directory at the path, or the one that has it as a file. */
function find(top: TreeDirectory, path: AbsolutePath): { readonly directory?: TreeDirectory } | undefined {
  if (path === top.path) return { directory: top };
  const names = path.slice(top.path === '/' ? 1 : top.path.length + 1).split('/');
  let node: TreeDirectory = top;
  for (const [index, name] of names.entries()) {
    const next = node.directories.get(name);
    if (!next) return index === names.length - 1 && node.files.has(name) ? {} : undefined;
    node = next;
  }
  return { directory: node };
}

/** What matches counts with everything below it, as the rule holds for all of that. */
async function countMatches(top: TreeDirectory, { prefix, rest, names: isNamed }: GlobPattern, tree: FileTree, { runtime, token }: CountContext): Promise<FileCount | undefined> {
  const glob = `${prefix} ${rest}`;
  const known = tree.matched.get(glob);
  if (known) return known;
  const { generation } = tree;
  const examples: AbsolutePath[] = [];
  const matches = (path: AbsolutePath): boolean => {
    const isMatch = isNamed(path);
    if (isMatch && examples.length < MAX_EXAMPLES) examples.push(path);
    return isMatch;
  };
  if (matches(top.path)) return { files: top.fileCount, isAtLeast: tree.isCut, kind: 'pattern', examples };
  let files = 0;
  let names = 0;
  let since = runtime.now();
  for (const waiting = [top]; waiting.length > 0; ) {
    const directory = waiting.pop();
    for (const entry of directory ? entriesOf(directory) : []) {
      if (matches(entry.path)) files += entry.files;
      else if (entry.directory) waiting.push(entry.directory);
      if (++names % NAMES_A_STEP > 0 || runtime.now() - since < STEP_MS) continue;
      await runtime.yield();
      if (token.isCancellationRequested) return undefined;
      since = runtime.now();
    }
  }
  const count: FileCount = { files, isAtLeast: tree.isCut, kind: 'pattern', examples };
  if (tree.generation === generation) tree.matched.set(glob, count);
  return count;
}

interface TreeEntry {
  readonly path: AbsolutePath;
  readonly files: number;
  readonly directory?: TreeDirectory;
}

function* entriesOf(directory: TreeDirectory): Generator<TreeEntry> {
  const prefix = directory.path === '/' ? '/' : directory.path + '/';
  for (const name of directory.files) yield { path: (prefix + name) as AbsolutePath, files: 1 }; // a name of a directory has no separators
  for (const child of directory.directories.values()) yield { path: child.path, files: child.fileCount, directory: child };
}

function isCostly(glob: string): boolean {
  const subtrees = glob.match(/\*\*+/g)?.length ?? 0;
  const worst = Math.max(...glob.split('/').map((component) => component.match(/\*/g)?.length ?? 0));
  return subtrees > MAX_SUBTREE_STARS || worst > MAX_STARS_IN_COMPONENT;
}
