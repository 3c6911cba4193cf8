import { randomBytes } from 'node:crypto';
import { closeSync, constants, fchmodSync, fstatSync, openSync, readdirSync, readFileSync, readSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { chained, NO_LINES, placeIn, startOfFile, type LogPlace } from './audit-chain';
import { hashOf, type AuditLine } from './audit-record';

/** Files that were rotated out and are kept; the oldest goes first. */
const MAX_ARCHIVES = 8;
/** The last line is nearly always in the first; the second is enough for one whose size a command's arguments decide. */
const TAILS = [64 * 1024, 4 * 1024 * 1024];

/** A file that several processes append lines to, each with a single write. */
export interface AuditFile {
  /** The hash of the last record when it was opened; null in a new file. */
  readonly last: string | null;
  /**
   * Throws what the system says.
   *
   * @param lineAt the line for this place in the log
   * @returns its hash
   */
  append(lineAt: (place: LogPlace) => AuditLine): string;
  close(): void;
}

/** @param maxBytes a file that would grow beyond is renamed, and a new one begun */
export function openAuditFile(path: string, maxBytes: number): AuditFile {
  let file = open(path);
  const { last, known } = lookBack(file);
  let place = known ?? placeOfNew(path);
  const reopen = (): void => {
    closeSync(file);
    file = open(path);
    place = placeOfNew(path);
  };
  return {
    last,
    append(lineAt) {
      if (!isFileAt(path, file)) reopen(); // another process rotated it
      let { line, hash } = lineAt((place = readOn(file, place)));
      const { size } = fstatSync(file);
      if (size > 0 && size + Buffer.byteLength(line) + 1 > maxBytes) {
        renameSync(path, archiveName(path));
        removeOldest(path);
        reopen();
        ({ line, hash } = lineAt((place = readOn(file, place))));
      }
      const bytes = Buffer.from(line + '\n');
      if (writeSync(file, bytes) !== bytes.length) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
      return hash;
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
function lookBack(file: number): { readonly last: string | null; readonly known: LogPlace | undefined } {
  const { last, known, isCut } = endingOf(file);
  if (isCut) writeSync(file, '\n');
  return { last, known };
}

function endingOf(file: number): { readonly last: string | null; readonly known: LogPlace | undefined; readonly isCut: boolean } {
  const { size } = fstatSync(file);
  let ending: ReturnType<typeof endingOf> = { last: null, known: undefined, isCut: false };
  for (const tail of TAILS) {
    const lines = read(file, Math.max(0, size - tail), size).toString('utf8').split('\n').reverse();
    ending = { last: lines.map(hashOf).find((hash) => hash !== undefined) ?? null, known: lines.map(placeIn).find((place) => place !== undefined), isCut: lines[0] !== '' };
    if (ending.known || size <= tail) break;
  }
  return ending;
}

/** A file that nothing is known of: what was rotated out is before its first line. */
function placeOfNew(path: string): LogPlace {
  const archive = archivesOf(path).at(-1);
  return { bytes: 0, hash: archive === undefined ? NO_LINES : endOf(archive) };
}

function endOf(archive: string): string {
  const file = openSync(archive, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return readOn(file, endingOf(file).known ?? { bytes: 0, hash: NO_LINES }).hash;
  } finally {
    closeSync(file);
  }
}

/** Past the lines that were written since; one that is not complete yet comes with the next look. */
function readOn(file: number, { bytes, hash }: LogPlace): LogPlace {
  const { size } = fstatSync(file);
  const from = size < bytes ? 0 : bytes; // somebody emptied it
  const added = read(file, from, size);
  const end = added.lastIndexOf('\n') + 1;
  const lines = added.toString('utf8', 0, end).split('\n').slice(0, -1);
  return { bytes: from + end, hash: lines.reduce(chained, from === 0 && lines[0] !== undefined ? startOfFile(lines[0]) : hash) };
}

function read(file: number, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from);
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
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
