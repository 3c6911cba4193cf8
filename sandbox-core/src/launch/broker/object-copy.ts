import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { RepositoryError, type OpenedDirectory } from './opened-directory';

/** A larger repository is refused, not cut. */
const MAX_BYTES = 4 * 1024 * 1024 * 1024;
const MAX_FILES = 100_000;
const COPIED_TOGETHER = 16;

/** gitrepository-layout(5): what git needs of `objects` to read it. What else there is only makes it faster, or leads elsewhere. */
const LOOSE_DIRECTORY = /^[0-9a-f]{2}$/;
const LOOSE_OBJECT = /^([0-9a-f]{38}|[0-9a-f]{62})$/;
const PACK_FILE = /^(pack|loose)-([0-9a-f]{40}|[0-9a-f]{64})\.(pack|idx|promisor)$/;

interface Room {
  bytes: number;
  files: number;
}

/**
 * Objects are copied, not read in place: git follows every link that it finds there, also one that was made after a look, and
 * outside that leads to what is hidden inside.
 */
export async function copyObjects(repository: OpenedDirectory, into: string): Promise<void> {
  const objects = await repository.directory('objects');
  if (!objects) throw new RepositoryError('it has no objects');
  const room: Room = { bytes: MAX_BYTES, files: MAX_FILES };
  try {
    await requireOwnObjects(objects);
    await mkdir(join(into, 'objects', 'info'), { recursive: true });
    for (const name of await objects.names()) {
      const wanted = name === 'pack' ? PACK_FILE : LOOSE_DIRECTORY.test(name) ? LOOSE_OBJECT : undefined;
      if (wanted) await copyFiles(objects, name, { wanted, into: join(into, 'objects', name), room });
    }
  } finally {
    await objects.close();
  }
}

/** Those of another repository are not copied: without them git would only say that something is missing. */
async function requireOwnObjects(objects: OpenedDirectory): Promise<void> {
  const info = await objects.directory('info');
  const names = info ? await info.names().finally(() => info.close()) : [];
  if (names.includes('alternates')) throw new RepositoryError('it borrows objects from another repository (objects/info/alternates); run "git repack -ad" and remove that file');
}

interface Copying {
  readonly wanted: RegExp;
  readonly into: string;
  readonly room: Room;
}

async function copyFiles(parent: OpenedDirectory, name: string, { wanted, into, room }: Copying): Promise<void> {
  const from = await parent.directory(name);
  if (!from) return;
  try {
    await mkdir(into, { recursive: true });
    const names = (await from.names()).filter((file) => wanted.test(file));
    for (let at = 0; at < names.length; at += COPIED_TOGETHER) {
      const ended = await Promise.allSettled(names.slice(at, at + COPIED_TOGETHER).map((file) => copyFile(from, file, join(into, file), room)));
      const failed = ended.find((end) => end.status === 'rejected');
      if (failed) throw failed.reason;
    }
  } finally {
    await from.close();
  }
}

async function copyFile(from: OpenedDirectory, name: string, into: string, room: Room): Promise<void> {
  const file = await from.file(name, room.bytes);
  if (!file) return;
  try {
    room.bytes -= file.size;
    if (--room.files < 0 || room.bytes < 0) throw new RepositoryError(`it has more than ${MAX_BYTES / 1024 ** 3} GiB or ${MAX_FILES} files of objects`);
    await file.copyTo(into);
  } catch (error) {
    throw explained(error);
  } finally {
    await file.close();
  }
}

function explained(error: unknown): unknown {
  const isFull = error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT'].includes(String(error.code));
  return isFull ? new RepositoryError('there is no room for a copy of its objects in the directory for temporary files') : error;
}
