import { joinPath, parentPath, type AbsolutePath } from 'sandbox-core/policy';

import type { Runtime } from '../runtime';
import type { FileCount } from './count-files';

/** A directory as it was read. Links and special files count as files; links are not followed. */
export interface TreeDirectory {
  readonly path: AbsolutePath;
  files: ReadonlySet<string>;
  directories: ReadonlyMap<string, TreeDirectory>;
  /** Of the directory and everything below. */
  fileCount: number;
}

/** The files of a directory and below, read once and then kept current by what is said to have changed. */
export interface FileTree {
  readonly root: AbsolutePath;
  /** Waits until everything is read, or the limit is reached. Undefined: there is no such directory. */
  current(): Promise<TreeDirectory | undefined>;
  /** Whether there is more than was read. */
  readonly isCut: boolean;
  /** Grows with every change. */
  readonly generation: number;
  /** What patterns matched in this generation. */
  readonly matched: Map<string, FileCount>;
  /** Something at this path came or went. */
  changed(path: AbsolutePath): void;
}

/** How many directories are read at the same time. */
const READERS = 8;

export function createFileTree(root: AbsolutePath, runtime: Runtime, maxEntries: number): FileTree {
  return new ReadTree(root, runtime, maxEntries);
}

class ReadTree implements FileTree {
  isCut = false;
  generation = 0;
  readonly matched = new Map<string, FileCount>();
  private entries = 0;
  private top: TreeDirectory | undefined;
  private readonly known = new Map<AbsolutePath, TreeDirectory>();
  private readonly stale: Set<AbsolutePath>;
  private reading: Promise<void> = Promise.resolve();

  constructor(
    readonly root: AbsolutePath,
    private readonly runtime: Runtime,
    private readonly maxEntries: number,
  ) {
    this.stale = new Set([root]);
  }

  async current(): Promise<TreeDirectory | undefined> {
    // One reader after the other: two would undo each other's counts.
    this.reading = this.reading.then(() => this.catchUp());
    await this.reading;
    return this.top;
  }

  changed(path: AbsolutePath): void {
    const directory = parentPath(path);
    if (this.known.has(directory)) this.stale.add(directory);
    else if (path === this.root || this.top === undefined) this.stale.add(this.root);
  }

  private async catchUp(): Promise<void> {
    if (this.stale.size === 0) return;
    this.generation++;
    this.matched.clear();
    while (this.stale.size > 0) {
      const batch = [...this.stale].slice(0, READERS);
      for (const path of batch) this.stale.delete(path);
      await Promise.all(batch.map((path) => this.read(path)));
    }
    if (this.top) countFiles(this.top);
  }

  /** Reads one directory, and has those that are new below it read. */
  private async read(path: AbsolutePath): Promise<void> {
    const listing = await this.runtime.readDirectory(path);
    const before = this.known.get(path);
    if (!listing) return this.forget(path);
    const room = Math.max(0, this.maxEntries - this.entries + (before ? sizeOf(before) : 0));
    if (listing.length > room) this.isCut = true;
    const kept = listing.slice(0, room);
    this.entries += kept.length - (before ? sizeOf(before) : 0);
    const node: TreeDirectory = before ?? { path, files: new Set(), directories: new Map(), fileCount: 0 };
    node.files = new Set(kept.flatMap(({ name, kind }) => (kind === 'directory' ? [] : [name])));
    const earlier = node.directories;
    node.directories = new Map(kept.flatMap(({ name, kind }) => (kind === 'directory' ? [[name, earlier.get(name) ?? this.announce(joinPath(path, name))]] : [])));
    for (const [name, gone] of earlier) if (!node.directories.has(name)) this.drop(gone);
    this.known.set(path, node);
    if (path === this.root) this.top = node;
  }

  private announce(path: AbsolutePath): TreeDirectory {
    const node: TreeDirectory = { path, files: new Set(), directories: new Map(), fileCount: 0 };
    this.known.set(path, node);
    this.stale.add(path);
    return node;
  }

  private forget(path: AbsolutePath): void {
    const node = this.known.get(path);
    if (node) this.drop(node);
    if (path === this.root) this.top = undefined;
  }

  private drop(node: TreeDirectory): void {
    this.entries -= sizeOf(node);
    this.known.delete(node.path);
    for (const child of node.directories.values()) this.drop(child);
    node.files = new Set();
    node.directories = new Map();
  }
}

function sizeOf(node: TreeDirectory): number {
  return node.files.size + node.directories.size;
}

/** Without recursion: a tree may be deeper than the stack. */
function countFiles(top: TreeDirectory): void {
  const order: TreeDirectory[] = [top];
  for (const node of order) order.push(...node.directories.values());
  for (const node of order.reverse()) {
    node.fileCount = node.files.size;
    for (const child of node.directories.values()) node.fileCount += child.fileCount;
  }
}
