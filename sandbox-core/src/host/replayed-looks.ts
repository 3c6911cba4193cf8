import disk, { constants, type Dirent, type Stats } from 'node:fs';
import { constants as system } from 'node:os';
import { getSystemErrorName } from 'node:util';

import { PLACEHOLDER_TIME } from './placeholder';
import { isReading, isTyped, replace, type AnyFunction, type Look } from './recorded-looks';

export interface LookReplay {
  stop(): void;
}

interface Replaying {
  /** What such a look found. Undefined: nobody took it, so it is taken now. */
  foundBy(kind: Look['kind'], path: unknown, mode?: number): Buffer | undefined;
}

/**
 * Answers looks at the disk with what they found when they were recorded (src/host/recorded-looks.ts), until it is stopped. For a process
 * that goes on with what another one began: a command runs already, and neither what it has made of the disk meanwhile nor what its user
 * made of the policy may count.
 */
export function replayLooks(looks: readonly Look[]): LookReplay {
  const found = new Map(looks.map(({ kind, path, mode, found: text }) => [`${kind} ${mode ?? ''} ${path}`, Buffer.from(text)]));
  const target = disk as unknown as Record<string, unknown>;
  const replayers = replayersOf({ foundBy: (kind, path, mode) => found.get(`${kind} ${mode ?? ''} ${String(path)}`) });
  const restore = Object.entries(replayers).map(([name, by]) => replace(target, name, by));
  return { stop: () => restore.forEach((put) => put()) };
}

function replayersOf(replaying: Replaying): Readonly<Record<string, (own: AnyFunction) => AnyFunction>> {
  const { foundBy } = replaying;
  const replay = (kind: Look['kind'], read: (found: Buffer, options: unknown) => unknown, isMeant: (options: unknown) => boolean = () => true) => (own: AnyFunction): AnyFunction => (...values) => {
    const [path, options] = values;
    const found = isMeant(options) ? foundBy(kind, path, kind === 'access' ? (typeof options === 'number' ? options : constants.F_OK) : undefined) : undefined;
    if (found === undefined) return own(...values);
    const errno = errnoIn(found);
    if (errno === undefined) return read(found, options);
    if (isMissing(errno) && isField(options, 'throwIfNoEntry', false)) return undefined;
    throw failureOf(errno, kind, path);
  };
  const isPlain = (options: unknown): boolean => !isField(options, 'bigint', true);
  return {
    lstatSync: replay('lstat', statsOf, isPlain),
    statSync: replay('stat', statsOf, isPlain),
    readlinkSync: replay('readlink', String),
    realpathSync: replay('realpath', String),
    accessSync: replay('access', () => undefined),
    existsSync: replay('exists', (found) => found.toString() === 'yes'),
    readdirSync: replay('list', entriesOf, (options) => options === undefined || isTyped(options)),
    ...replayedFiles(replaying),
  };
}

/** Files that were read whole. Their descriptors are none of the system's. */
function replayedFiles({ foundBy }: Replaying): Readonly<Record<string, (own: AnyFunction) => AnyFunction>> {
  const open = new Map<unknown, Buffer>();
  let last = -1;
  return {
    openSync: (own) => (path, flags, ...rest) => {
      const found = isReading(flags) ? foundBy('text', path) : undefined;
      if (found === undefined) return own(path, flags, ...rest);
      const errno = errnoIn(found);
      if (errno !== undefined) throw failureOf(errno, 'open', path);
      open.set(--last, found);
      return last;
    },
    fstatSync: (own) => (file, ...rest) => {
      const content = open.get(file);
      return content ? madeStats({ mode: constants.S_IFREG, size: content.length }) : own(file, ...rest);
    },
    readFileSync: (own) => (file, options) => {
      const content = open.get(file) ?? foundBy('text', file);
      if (content === undefined) return own(file, options);
      const errno = open.has(file) ? undefined : errnoIn(content);
      if (errno !== undefined) throw failureOf(errno, 'open', file);
      const encoding = typeof options === 'string' ? options : (options as { readonly encoding?: BufferEncoding } | undefined)?.encoding;
      return encoding ? content.toString(encoding as BufferEncoding) : Buffer.from(content);
    },
    closeSync: (own) => (file) => (open.delete(file) ? undefined : own(file)),
  };
}

function errnoIn(found: Buffer): number | undefined {
  const text = found.length > 8 ? '' : found.toString();
  if (text === '!missing') return system.errno.ENOENT;
  return /^!\d+$/.test(text) ? Number(text.slice(1)) : undefined;
}

function isMissing(errno: number): boolean {
  return errno === system.errno.ENOENT || errno === system.errno.ENOTDIR;
}

function isField(options: unknown, name: string, value: boolean): boolean {
  return typeof options === 'object' && options !== null && (options as Readonly<Record<string, unknown>>)[name] === value;
}

function failureOf(errno: number, syscall: string, path: unknown): Error {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${code}: ${syscall} '${String(path)}'`), { errno: -errno, code, syscall, path });
}

/** Changed at no time that anything could be compared with, so whoever remembers a time looks again later. */
function statsOf(found: Buffer): Stats {
  const [mode = '', dev, ino, uid, gid, placeholder] = found.toString().split(' ');
  return madeStats({ mode: parseInt(mode, 8), dev: Number(dev), ino: Number(ino), uid: Number(uid), gid: Number(gid), size: 0, mtimeMs: placeholder === '1' ? PLACEHOLDER_TIME * 1000 : NaN, ctimeMs: NaN });
}

function madeStats(values: Partial<Stats>): Stats {
  return Object.assign(Object.create(disk.Stats.prototype) as Stats, values);
}

/** A letter and a name: native/front/looks.h. */
function entriesOf(found: Buffer, options: unknown): Pick<Dirent, 'name' | 'isFile' | 'isDirectory' | 'isSymbolicLink'>[] | string[] {
  const texts = found.toString().split('\0').slice(0, -1);
  if (options === undefined) return texts.map((text) => text.slice(1));
  return texts.map((text) => {
    const is = (letter: string) => (): boolean => text.startsWith(letter);
    return { name: text.slice(1), isFile: is('f'), isDirectory: is('d'), isSymbolicLink: is('l') };
  });
}
