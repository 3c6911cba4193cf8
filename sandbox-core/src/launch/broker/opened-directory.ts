import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';

import { joinPath, printable, ROOT_DIRECTORY, type AbsolutePath } from '../../policy';

/** open(2); Node has no name for it. With it, a directory that may only be searched can be passed through. */
const O_PATH = 0o10000000;
const COPIED_AT_ONCE = 1024 * 1024;

/** Why a repository cannot be used outside. The message is for whoever called git inside. */
export class RepositoryError extends Error {
  override readonly name = 'RepositoryError';
}

export interface OpenedFile {
  readonly size: number;
  read(): Promise<Buffer>;
  /** Nothing beyond `size`, however it grows meanwhile. */
  copyTo(path: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * A directory that is reached over no link, and held open: whatever is renamed or put in its place meanwhile, names are looked
 * up in this one, and what they find is no link either. So what is read lies where `path` says, which the policy is asked about.
 */
export interface OpenedDirectory {
  readonly path: AbsolutePath;
  names(): Promise<string[]>;
  /** Undefined: there is nothing of that name. Rejects with a RepositoryError if it is something else. */
  directory(name: string): Promise<OpenedDirectory | undefined>;
  file(name: string, limit: number): Promise<OpenedFile | undefined>;
  close(): Promise<void>;
}

type MayRead = (path: AbsolutePath) => boolean;

/** @param mayRead asked about everything whose contents are read */
export async function openDirectory(path: AbsolutePath, mayRead: MayRead): Promise<OpenedDirectory> {
  let at = openedDirectory(await open('/', O_PATH | constants.O_DIRECTORY), ROOT_DIRECTORY, mayRead);
  for (const name of path.split('/').filter((part) => part !== '')) {
    const next: OpenedDirectory | undefined = await at.directory(name).finally(at.close);
    if (!next) throw new RepositoryError(`${printable(path, 200)} is gone`);
    at = next;
  }
  return at;
}

function openedDirectory(handle: FileHandle, path: AbsolutePath, mayRead: MayRead): OpenedDirectory {
  // Of this very directory, as openat(2) has it: Node cannot say that otherwise.
  const own = `/proc/self/fd/${handle.fd}`;
  const requireReadable = (place: AbsolutePath): void => {
    if (!mayRead(place)) throw new RepositoryError(`${printable(place, 200)} may not be read`);
  };
  return {
    path,
    names() {
      requireReadable(path);
      return readdir(own);
    },
    async directory(name) {
      const found = await opened(`${own}/${name}`, O_PATH | constants.O_DIRECTORY, joinPath(path, name), 'directory');
      return found && openedDirectory(found, joinPath(path, name), mayRead);
    },
    async file(name, limit) {
      const place = joinPath(path, name);
      const found = await opened(`${own}/${name}`, constants.O_RDONLY | constants.O_NONBLOCK, place, 'file');
      try {
        const stats = await found?.stat();
        if (!found || !stats) return undefined;
        if (!stats.isFile() || stats.size > limit) throw new RepositoryError(`${printable(place, 200)} is no file of at most ${limit} bytes`);
        requireReadable(place);
        return openedFile(found, stats.size);
      } catch (error) {
        await found?.close();
        throw error;
      }
    },
    close: () => handle.close(),
  };
}

async function opened(path: string, flags: number, place: AbsolutePath, wanted: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags | constants.O_NOFOLLOW);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    throw new RepositoryError(code === 'ENOTDIR' || code === 'ELOOP' ? `${printable(place, 200)} is no ${wanted}; links are not followed` : `${printable(place, 200)} cannot be read`);
  }
}

function openedFile(handle: FileHandle, size: number): OpenedFile {
  const readInto = async (buffer: Buffer, wanted: number): Promise<Buffer> => {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, wanted), null);
    return buffer.subarray(0, bytesRead);
  };
  const parts = async (take: (part: Buffer) => Promise<void>): Promise<void> => {
    const buffer = Buffer.alloc(Math.min(size, COPIED_AT_ONCE));
    for (let left = size; left > 0; ) {
      const part = await readInto(buffer, left);
      if (part.length === 0) return;
      await take(part);
      left -= part.length;
    }
  };
  return {
    size,
    async read() {
      const all: Buffer[] = [];
      await parts((part) => Promise.resolve(void all.push(Buffer.from(part))));
      return Buffer.concat(all);
    },
    async copyTo(path) {
      const copy = await open(path, 'wx', 0o600);
      try {
        await parts(async (part) => copy.writeFile(part));
      } finally {
        await copy.close();
      }
    },
    close: () => handle.close(),
  };
}
