import { randomBytes } from 'node:crypto';
import { closeSync, constants, fchmodSync, fstatSync, openSync, readdirSync, readFileSync, readSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { hashOf } from './audit-record';

/** Files that were rotated out and are kept; the oldest goes first. */
const MAX_ARCHIVES = 8;
/** Enough for the last line, whose size a command's arguments decide. */
const MAX_TAIL = 4 * 1024 * 1024;

/** A file that several processes append lines to, each with a single write. */
export interface AuditFile {
  /** The hash of the last record when it was opened; null in a new file. */
  readonly last: string | null;
  /** Throws what the system says. */
  append(line: string): void;
  close(): void;
}

/** @param maxBytes a file that would grow beyond is renamed, and a new one begun */
export function openAuditFile(path: string, maxBytes: number): AuditFile {
  let file = open(path);
  const last = lastHash(file);
  const reopen = (): void => {
    closeSync(file);
    file = open(path);
  };
  return {
    last,
    append(line) {
      const bytes = Buffer.from(line + '\n');
      if (!isFileAt(path, file)) reopen(); // another process rotated it
      const { size } = fstatSync(file);
      if (size > 0 && size + bytes.length > maxBytes) {
        renameSync(path, archiveName(path));
        removeOldest(path);
        reopen();
      }
      const written = writeSync(file, bytes);
      if (written !== bytes.length) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
    },
    close: () => closeSync(file),
  };
}

/** A log and what was rotated out of it, the oldest first, one file in memory at a time. Throws what the system says. */
export function* auditTexts(path: string): Generator<{ readonly file: string; readonly text: string }> {
  const file = resolve(path);
  for (const archive of archivesOf(file)) yield { file: archive, text: readFileSync(archive, 'utf8') };
  yield { file: path, text: readFileSync(file, 'utf8') };
}

function open(path: string): number {
  const file = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  const { mode } = fstatSync(file);
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) {
    closeSync(file);
    throw Object.assign(new Error('not a regular file'), { code: 'not a regular file' });
  }
  if ((mode & 0o077) !== 0) fchmodSync(file, 0o600);
  return file;
}

function isFileAt(path: string, file: number): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const own = fstatSync(file);
  return there?.ino === own.ino && there.dev === own.dev;
}

/** A line that a full disk cut short is ended, so that it stays the only one that is broken. */
function lastHash(file: number): string | null {
  const { size } = fstatSync(file);
  const tail = Buffer.alloc(Math.min(size, MAX_TAIL));
  readSync(file, tail, 0, tail.length, size - tail.length);
  const text = tail.toString('utf8');
  if (text !== '' && !text.endsWith('\n')) writeSync(file, '\n');
  return text.split('\n').reverse().map(hashOf).find((hash) => hash !== undefined) ?? null;
}

/** Microseconds in names sort, also of files that fill up within one millisecond; the rest keeps two processes that rotate at once from overwriting each other. */
function archiveName(path: string): string {
  return `${path}.${Math.round((performance.timeOrigin + performance.now()) * 1000)}-${randomBytes(3).toString('hex')}`;
}

function archivesOf(path: string): string[] {
  const isArchive = (name: string): boolean => name.startsWith(basename(path)) && /^\.\d{16}-[0-9a-f]{6}$/.test(name.slice(basename(path).length));
  return readdirSync(dirname(path)).filter(isArchive).sort().map((name) => join(dirname(path), name));
}

function removeOldest(path: string): void {
  for (const archive of archivesOf(path).slice(0, -MAX_ARCHIVES)) unlinkSync(archive);
}
