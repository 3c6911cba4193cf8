import { isatty } from 'node:tty';

/** What the CLI prints with: results on stdout, everything about them on stderr. */
export interface Output {
  result(text: string): void;
  error(text: string): void;
  /** Styles for stderr; they do nothing unless it is a terminal (and NO_COLOR is not set, https://no-color.org). */
  readonly style: Style;
  /** The same for stdout. */
  readonly resultStyle: Style;
  /** Why not all results could be written; undefined also where the reader wanted no more. */
  failure(): Promise<Error | undefined>;
}

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
  cyan(text: string): string;
}

interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
  failure?(): Promise<Error | undefined>;
}

/** This process's own. */
export function standardOutput(environment: Readonly<Record<string, string | undefined>>): Output {
  return createOutput(watchedSink(1, () => process.stdout), watchedSink(2, () => process.stderr), environment);
}

/** Node makes its streams, which takes milliseconds, only if something is printed. */
function watchedSink(fd: number, stream: () => NodeJS.WriteStream): Sink {
  let used: NodeJS.WriteStream | undefined;
  let failed: Error | undefined;
  const open = (): NodeJS.WriteStream => {
    used = stream();
    return used.on('error', (error: Error) => void (failed ??= error));
  };
  return {
    isTTY: isatty(fd),
    write: (text) => (used ?? open()).write(text),
    async failure() {
      if (used) await new Promise((resolve) => setImmediate(resolve)); // it is told after the write
      return failed && 'code' in failed && failed.code === 'EPIPE' ? undefined : failed;
    },
  };
}

export function createOutput(stdout: Sink, stderr: Sink, environment: Readonly<Record<string, string | undefined>>): Output {
  const wantsColor = (sink: Sink): boolean => sink.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  return {
    result: (text) => void stdout.write(text + '\n'),
    error: (text) => void stderr.write(text + '\n'),
    style: createStyle(wantsColor(stderr)),
    resultStyle: createStyle(wantsColor(stdout)),
    failure: async () => stdout.failure?.(),
  };
}

/** SGR parameters, ECMA-48 §8.3.117. */
function createStyle(color: boolean): Style {
  const wrap = (on: number, off: number) => (text: string): string => (color ? `\x1b[${on}m${text}\x1b[${off}m` : text);
  return { bold: wrap(1, 22), dim: wrap(2, 22), red: wrap(31, 39), yellow: wrap(33, 39), green: wrap(32, 39), cyan: wrap(36, 39) };
}
