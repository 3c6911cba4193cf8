import { containsPath, type AbsolutePath } from 'sandbox-core/policy';

import type { Runtime } from '../runtime';
import { createFileTree, type FileTree } from './file-tree';

/** The file trees of the workspace, and small ones of what policies name elsewhere. */
export interface FileTrees {
  /** The tree that holds the path, or one made for it. */
  around(path: AbsolutePath): FileTree;
  /** Of the workspace folders. */
  readonly workspace: readonly FileTree[];
  setFolders(folders: readonly AbsolutePath[]): void;
  changed(path: AbsolutePath): void;
  /** Without a client that says what changed, what was read is believed for a while only. */
  believeFor(milliseconds: number): void;
}

const MAX_WORKSPACE_ENTRIES = 200_000;
/** Enough to say "many" of a cache or a home directory. */
const MAX_ENTRIES_ELSEWHERE = 2_000;
const MAX_TREES_ELSEWHERE = 50;
/** Nobody says what changes outside of the workspace. */
const ELSEWHERE_MS = 30_000;

interface DatedTree {
  readonly tree: FileTree;
  readonly since: number;
}

export function createFileTrees(runtime: Runtime): FileTrees {
  let folders: DatedTree[] = [];
  let lifetime = Infinity;
  const elsewhere = new Map<AbsolutePath, DatedTree>();
  const dated = (root: AbsolutePath, maxEntries: number): DatedTree => ({ tree: createFileTree(root, runtime, maxEntries), since: runtime.now() });
  const renew = (): void => {
    folders = folders.map((entry) => (runtime.now() - entry.since > lifetime ? dated(entry.tree.root, MAX_WORKSPACE_ENTRIES) : entry));
  };
  return {
    around(path) {
      renew();
      const inWorkspace = folders.find(({ tree }) => containsPath(tree.root, path));
      if (inWorkspace) return inWorkspace.tree;
      const known = elsewhere.get(path);
      if (known && runtime.now() - known.since <= ELSEWHERE_MS) return known.tree;
      elsewhere.delete(path);
      const oldest = elsewhere.keys().next();
      if (elsewhere.size >= MAX_TREES_ELSEWHERE && oldest.done !== true) elsewhere.delete(oldest.value);
      const fresh = dated(path, MAX_ENTRIES_ELSEWHERE);
      elsewhere.set(path, fresh);
      return fresh.tree;
    },
    get workspace() {
      renew();
      return folders.map(({ tree }) => tree);
    },
    setFolders(roots) {
      folders = roots.map((root) => folders.find(({ tree }) => tree.root === root) ?? dated(root, MAX_WORKSPACE_ENTRIES));
    },
    changed: (path) => folders.filter(({ tree }) => containsPath(tree.root, path)).forEach(({ tree }) => tree.changed(path)),
    believeFor(milliseconds) {
      lifetime = milliseconds;
    },
  };
}
