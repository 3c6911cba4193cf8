import { isatty } from 'node:tty';

/** What the CLI prints with: results on stdout, everything about them on stderr. */
export interface Output {
  result(text: string): void;
  error(text: string): void;
  /** Styles for stderr; they do nothing unless it is a terminal (and NO_COLOR is not set, https://no-color.org). */
  readonly style: Style;
  /** The same for stdout. */
  readonly resultStyle: Style;
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
}

/** This process's own. Node makes its streams, which takes milliseconds, only if something is printed. */
export function standardOutput(environment: Readonly<Record<string, string | undefined>>): Output {
  const sink = (fd: number, stream: () => NodeJS.WriteStream): Sink => ({ isTTY: isatty(fd), write: (text) => stream().write(text) });
  return createOutput(sink(1, () => process.stdout), sink(2, () => process.stderr), environment);
}

export function createOutput(stdout: Sink, stderr: Sink, environment: Readonly<Record<string, string | undefined>>): Output {
  const wantsColor = (sink: Sink): boolean => sink.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  return {
    result: (text) => void stdout.write(text + '\n'),
    error: (text) => void stderr.write(text + '\n'),
    style: createStyle(wantsColor(stderr)),
    resultStyle: createStyle(wantsColor(stdout)),
  };
}

/** SGR parameters, ECMA-48 §8.3.117. */
function createStyle(color: boolean): Style {
  const wrap = (on: number, off: number) => (text: string): string => (color ? `\x1b[${on}m${text}\x1b[${off}m` : text);
  return { bold: wrap(1, 22), dim: wrap(2, 22), red: wrap(31, 39), yellow: wrap(33, 39), green: wrap(32, 39), cyan: wrap(36, 39) };
}
