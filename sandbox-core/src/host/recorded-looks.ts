import processes from 'node:child_process';
import disk, { constants, type BigIntStats, type Dirent, type Stats } from 'node:fs';

import { isPlaceholder } from './placeholder';

/** One look at the disk, and what it found, as native/front/looks.h takes it again. */
export interface Look {
  readonly kind: 'lstat' | 'stat' | 'readlink' | 'realpath' | 'list' | 'access' | 'exists' | 'text' | 'stamp';
  readonly path: string;
  readonly found: string | Uint8Array;
  /** Of `access`: access(2). */
  readonly mode?: number;
}

export interface RecordedLooks {
  readonly looks: readonly Look[];
  /** Programs that were started meanwhile. */
  readonly programs: readonly string[];
  /** What was done that cannot be told from a look, if anything was: then the looks are not all that counted. */
  readonly spoiled: string | undefined;
}

export interface LookRecorder {
  stop(): RecordedLooks;
}

/** Contents above are told by their file's time and inode instead. */
const MAX_TEXT_BYTES = 64 * 1024;
/** A file that changed this recently may change again without another time. */
const TIMESTAMP_GRAIN_NS = 1_000_000_000n;
/** Say something else each time, and nothing that a plan depends on: a random id, and whether this job is in the foreground. */
const NO_LOOKS = ['/proc/sys/kernel/random/uuid', '/proc/self/stat'];

/** What they write is looked at by others, or by nobody. */
const WRITING = ['appendFileSync', 'chmodSync', 'closeSync', 'lutimesSync', 'mkdirSync', 'mkdtempSync', 'renameSync', 'rmSync', 'rmdirSync', 'unlinkSync', 'utimesSync', 'writeFileSync', 'writeSync', 'futimesSync', 'fchmodSync', 'fsyncSync'];
const STARTING = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawnSync'];

export type AnyFunction = (...values: unknown[]) => unknown;
type Replaceable = Record<string, unknown>;

interface Recording {
  add(look: Look): void;
  spoil(what: string): void;
  readonly original: typeof disk;
}

/**
 * Records every look at the disk that this process takes from now on, until it is stopped: all of them, as whatever a plan may
 * depend on has to be among them. So functions of node:fs are replaced, for as long as that takes; what cannot be told as a look spoils the
 * recording. For a process that does nothing else meanwhile.
 */
export function recordLooks(): LookRecorder {
  const looks = new Map<string, Look>();
  const programs: string[] = [];
  let spoiled: string | undefined;
  const original = { ...disk };
  const recording: Recording = {
    original,
    add: (look) => void looks.set(`${look.kind} ${look.mode ?? ''} ${look.path} ${typeof look.found === 'string' ? look.found : Buffer.from(look.found).toString('base64')}`, look),
    spoil: (what) => (spoiled ??= what),
  };
  const restore = [...replaceLooks(recording), ...replaceStarts(recording, programs)];
  return {
    stop() {
      restore.forEach((put) => put());
      if (hasLoaded('fs/promises')) recording.spoil('fs/promises');
      return { looks: [...looks.values()], programs, spoiled };
    },
  };
}

/** Its functions are not watched. */
function hasLoaded(module: string): boolean {
  const { moduleLoadList } = process as unknown as { readonly moduleLoadList?: readonly string[] };
  return moduleLoadList?.includes(`NativeModule ${module}`) !== false;
}

/** @returns puts the function back */
export function replace(target: Replaceable, name: string, by: (own: AnyFunction) => AnyFunction): () => void {
  const own = target[name] as AnyFunction; // callers pass names of functions
  target[name] = Object.defineProperties(by(own), Object.getOwnPropertyDescriptors(own)); // promisify's, too
  return () => (target[name] = own);
}

function replaceStarts({ spoil }: Recording, programs: string[]): (() => void)[] {
  const target = processes as unknown as Replaceable;
  return [
    replace(target, 'spawn', (own) => (program, ...rest) => (programs.push(String(program)), own(program, ...rest))),
    ...STARTING.map((name) => replace(target, name, (own) => (...values) => (spoil(name), own(...values)))),
  ];
}

function replaceLooks(recording: Recording): (() => void)[] {
  const target = disk as unknown as Replaceable;
  const recorders = recordersOf(recording);
  return Object.keys(disk).flatMap((name) => {
    if (name === 'promises' || typeof target[name] !== 'function' || /^[A-Z_]/.test(name) || WRITING.includes(name)) return [];
    return [replace(target, name, recorders[name] ?? ((own) => (...values) => (recording.spoil(name), own(...values))))];
  });
}

function recordersOf(recording: Recording): Readonly<Record<string, (own: AnyFunction) => AnyFunction>> {
  const { add, original } = recording;
  const look = (kind: Look['kind'], describe: (value: never) => string | Uint8Array, extra: (values: readonly unknown[]) => object = () => ({})) => (own: AnyFunction): AnyFunction => (...values) => {
    const path = textOf(values[0], recording);
    const { value, error } = attempt(() => own(...values));
    if (path !== undefined) add({ kind, path, found: error ? failure(error, recording) : describe(value as never), ...extra(values) });
    if (error) throw error as Error;
    return value;
  };
  const files = recordFiles(recording);
  return {
    lstatSync: look('lstat', (stats: Stats | undefined) => statText(stats)),
    statSync: look('stat', (stats: Stats | undefined) => statText(stats)),
    readlinkSync: look('readlink', (target: string) => target),
    realpathSync: look('realpath', (path: string) => path),
    accessSync: look('access', () => '0', ([, mode]) => ({ mode: mode ?? constants.F_OK })),
    existsSync: look('exists', (there: boolean) => (there ? 'yes' : 'no')),
    readdirSync: (own) => (...values) => (isTyped(values[1]) ? look('list', listText)(own)(...values) : (listNames(values, original, add, recording), own(...values))),
    openSync: () => (path, flags, mode) => files.open(path, flags, mode),
    readFileSync: () => (file, options) => files.read(file, options),
    fstatSync: (own) => (file, ...rest) => (files.require(file), own(file, ...rest)),
    readSync: (own) => (file, ...rest) => (files.require(file), own(file, ...rest)),
  };
}

function attempt(act: () => unknown): { readonly value?: unknown; readonly error?: unknown } {
  try {
    return { value: act() };
  } catch (error) {
    return { error };
  }
}

function failure(error: unknown, { spoil }: Recording): string {
  const errno = error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : undefined;
  if (errno === undefined) spoil(String(error));
  return `!${-(errno ?? 0)}`;
}

/** A path that a frame can hold. */
function textOf(path: unknown, { spoil }: Recording): string | undefined {
  if (typeof path === 'string' && path !== '' && !path.includes('\0') && !path.includes('\ufffd')) return path;
  spoil('a path that is no text');
  return undefined;
}

function statText(stats: Stats | BigIntStats | undefined): string {
  if (stats === undefined) return '!missing';
  const { mode, dev, ino, uid, gid } = stats as Stats; // big ones are of no look of ours, and are told apart by their numbers
  return `${mode.toString(8)} ${dev} ${ino} ${uid} ${gid} ${isPlaceholder(stats as Stats) ? 1 : 0}`;
}

export function isTyped(options: unknown): boolean {
  return JSON.stringify(options) === '{"withFileTypes":true}';
}

function listText(entries: readonly Dirent[]): Uint8Array {
  const texts = entries.map((entry) => Buffer.from(`${letterOf(entry)}${entry.name}`));
  return Buffer.concat(texts.sort((one, other) => Buffer.compare(one, other)).flatMap((text) => [text, Buffer.of(0)]));
}

function letterOf(entry: Dirent): string {
  return entry.isFile() ? 'f' : entry.isDirectory() ? 'd' : entry.isSymbolicLink() ? 'l' : 'o';
}

/** A list of names alone: the same look, with the types. */
function listNames(values: readonly unknown[], { readdirSync }: typeof disk, add: Recording['add'], recording: Recording): void {
  const path = textOf(values[0], recording);
  if (values[1] !== undefined) recording.spoil('readdirSync');
  if (path === undefined) return;
  const { value, error } = attempt(() => readdirSync(path, { withFileTypes: true }));
  add({ kind: 'list', path, found: error ? failure(error, recording) : listText(value as Dirent[]) });
}

/** Files that are opened to be read, and read. */
function recordFiles({ original, add, spoil }: Recording): { open(path: unknown, flags: unknown, mode: unknown): number; read(file: unknown, options: unknown): unknown; require(file: unknown): void } {
  const known = new Map<unknown, Uint8Array | undefined>();
  let isReadingNoLook = false;
  /** Of a file whose size is not known, Node's own readFileSync reads with the function that was replaced. */
  const readNoLook = (file: string, options: unknown): unknown => {
    isReadingNoLook = true;
    try {
      return original.readFileSync(file, options as 'utf8');
    } finally {
      isReadingNoLook = false;
    }
  };
  const open = (path: unknown, flags: unknown, mode: unknown): number => {
    if (!isReading(flags) || isNoLook(path)) return original.openSync(path as string, flags as string, mode as number);
    const { value, error } = attempt(() => original.openSync(path as string, flags as string));
    const name = textOf(path, { original, add, spoil });
    if (error) {
      if (name !== undefined) add({ kind: 'text', path: name, found: failure(error, { original, add, spoil }) });
      throw error as Error;
    }
    if (name !== undefined) known.set(value, recordContent(name, value as number, { original, add, spoil }));
    return value as number;
  };
  return {
    open,
    read(file, options) {
      if (isNoLook(file)) return readNoLook(file as string, options);
      const descriptor = typeof file === 'number' ? file : open(file, 'r', undefined);
      try {
        const bytes = original.readFileSync(descriptor);
        const before = known.get(descriptor);
        if (!known.has(descriptor) || (before && !bytes.equals(before))) spoil('a file that changed meanwhile');
        const encoding = typeof options === 'string' ? options : (options as { readonly encoding?: BufferEncoding } | null | undefined)?.encoding;
        return encoding ? bytes.toString(encoding as BufferEncoding) : bytes;
      } finally {
        if (typeof file !== 'number') original.closeSync(descriptor);
      }
    },
    require(file) {
      if (!isReadingNoLook && !known.has(file)) spoil('a descriptor of something else');
    },
  };
}

function isNoLook(path: unknown): boolean {
  return NO_LOOKS.some((file) => file === path);
}

export function isReading(flags: unknown): boolean {
  if (flags === undefined || flags === 'r') return true;
  return typeof flags === 'number' && (flags & (constants.O_WRONLY | constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_DIRECTORY)) === 0;
}

/** What is in it, unless it is large. */
function recordContent(path: string, file: number, { original, add, spoil }: Recording): Uint8Array | undefined {
  const stats = original.fstatSync(file, { bigint: true });
  if (!stats.isFile()) spoil('something else than a file');
  if (!stats.isFile()) return undefined;
  if (stats.size > MAX_TEXT_BYTES) {
    const stamp = stampOf(path, stats);
    if (stamp) add(stamp);
    else spoil('a file that changed just now');
    return undefined;
  }
  const bytes = Buffer.alloc(MAX_TEXT_BYTES + 1);
  const content = bytes.subarray(0, original.readSync(file, bytes, 0, bytes.length, 0));
  add({ kind: 'text', path, found: content });
  return content;
}

function stampOf(path: string, stats: BigIntStats): Look | undefined {
  if (BigInt(Date.now()) * 1_000_000n - stats.ctimeNs < TIMESTAMP_GRAIN_NS) return undefined;
  return { kind: 'stamp', path, found: `${stats.dev} ${stats.ino} ${stats.size} ${timeText(stats.mtimeNs)} ${timeText(stats.ctimeNs)}` };
}

/** Of a file as it is now. Undefined: it changed too recently for its time to tell of the next change. */
export function stampLook(path: string): Look | undefined {
  return stampOf(path, disk.statSync(path, { bigint: true }));
}

function timeText(nanoseconds: bigint): string {
  return `${nanoseconds / 1_000_000_000n}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}`;
}
