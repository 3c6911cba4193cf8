import type { AbsolutePath, PathKind, PolicyPlatform } from 'sandbox-core/policy';

/** What the server needs of the world besides its connection. Nothing here throws: what cannot be read is not there. */
export interface Runtime {
  /** What `~` stands for. */
  readonly home: AbsolutePath;
  /** Undefined: one that policies do not know. */
  readonly platform: PolicyPlatform | undefined;
  /** Where the page about a problem code is shipped, as a uri; undefined: it is not. */
  problemPage(code: string): string | undefined;
  /** The text of a file that is not open in the client; undefined if it cannot be read, or is not a file at all. */
  readFile(uri: string): string | undefined;
  /** What is at a path, links followed; undefined: not known. At once, so to be asked sparingly. */
  kindOf(path: AbsolutePath): PathKind | undefined;
  /** The beginning of a file. */
  readStart(path: AbsolutePath, maxBytes: number): Promise<string | undefined>;
  /** In the order of the directory; undefined if there is no such directory. */
  readDirectory(path: AbsolutePath): Promise<readonly DirectoryEntry[] | undefined>;
  /** What the path leads to, links followed. */
  inspect(path: AbsolutePath): Promise<FoundPath | undefined>;
  /** @param milliseconds at least */
  schedule(task: () => void, milliseconds: number): Scheduled;
  /** Lets waiting requests and notifications in. */
  yield(): Promise<void>;
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
}

export type EntryKind = 'file' | 'directory' | 'link' | 'other';

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: EntryKind;
}

export interface FoundPath {
  readonly kind: 'file' | 'directory' | 'other';
  /** Free of links. */
  readonly canonical: AbsolutePath;
}

export interface Scheduled {
  cancel(): void;
}
