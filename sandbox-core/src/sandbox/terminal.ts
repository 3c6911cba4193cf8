import { unavailableHere } from '../errors';
import { locateHelper } from '../host/locate';
import { exitStatus, type ExitStatus } from '../launch/command-channel';
import type { Session } from '../launch/session';
import { violationsOf } from '../monitor/command-violations';
import type { Violation } from '../policy';

/** The size of a terminal that nobody looks at. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** As shells: and the number of the signal. */
const SIGNALLED = 128;

/** @property name what TERM is set to; xterm-256color unless given */
export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly name?: string;
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly label?: string;
}

/** A command with a terminal to itself: job control, window size and full-screen programs work as in any terminal. When it has ended, its methods do nothing. */
export interface SandboxTerminal {
  readonly pid: number;
  /** As if it was typed. */
  write(text: string): void;
  resize(columns: number, rows: number): void;
  onData(listener: (text: string) => void): void;
  kill(): void;
  readonly result: Promise<ExitStatus & { readonly violations: readonly Violation[] }>;
}

/** What of node-pty is used. */
interface PtyModule {
  spawn(file: string, args: string[], options: { name: string; cols: number; rows: number; cwd: string; env: Record<string, string> }): PtyProcess;
}

interface PtyProcess {
  readonly pid: number;
  write(text: string): void;
  resize(columns: number, rows: number): void;
  kill(signal?: string): void;
  onData(listener: (text: string) => void): void;
  onExit(listener: (exit: { exitCode: number; signal?: number }) => void): void;
}

export interface TerminalStart extends TerminalOptions {
  readonly words: readonly string[];
  readonly directory: string;
  readonly label: string;
  readonly environment: Readonly<Record<string, string>>;
}

export async function openTerminal(session: Session, start: TerminalStart): Promise<SandboxTerminal> {
  const { words, label, columns = DEFAULT_COLUMNS, rows = DEFAULT_ROWS, name = 'xterm-256color' } = start;
  const pty = loadPty();
  const socket = await session.openSocket();
  const refused = violationsOf(session.violations, label);
  const args = ['run', '--session', socket, '--label', label, '--', ...words];
  const process = pty.spawn(locateHelper(), args, { name, cols: columns, rows, cwd: start.directory, env: { ...start.environment, TERM: name } });
  let hasEnded = false;
  const result = new Promise<ExitStatus>((resolve) =>
    process.onExit(({ exitCode, signal = 0 }) => {
      hasEnded = true;
      resolve(signal === 0 ? { code: exitCode } : exitStatus(SIGNALLED + signal, signal));
    }),
  );
  return {
    pid: process.pid,
    write: (text) => process.write(text),
    resize: (width, height) => resizeUnlessClosed(process, width, height),
    onData: (listener) => process.onData(listener),
    kill: () => {
      if (!hasEnded) process.kill('SIGKILL'); // its id may be another one's by now
    },
    result: result.then((status) => ({ ...status, violations: refused.violations() })).finally(refused.close),
  };
}

/** The terminal is closed a moment before it is said that the command has ended. */
function resizeUnlessClosed(process: PtyProcess, columns: number, rows: number): void {
  try {
    process.resize(columns, rows);
  } catch (error) {
    if (!(error instanceof Error && error.message.endsWith('EBADF'))) throw error;
  }
}

/** It is a native module that most programs do without, so it is a peer dependency that may be missing. */
function loadPty(): PtyModule {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- only here, and only now
    return require('node-pty') as PtyModule; // its own interface
  } catch (error) {
    throw unavailableHere(`a terminal needs the package node-pty beside sandbox-core (npm install node-pty): ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
  }
}
