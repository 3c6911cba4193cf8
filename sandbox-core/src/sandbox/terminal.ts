import { unavailableHere } from '../errors';
import { locateHelper } from '../host/locate';
import type { ExitStatus } from '../launch/command-channel';
import type { Session } from '../launch/session';
import { violationsOf } from '../monitor/command-violations';
import type { Violation } from '../policy';

/** The size of a terminal that nobody looks at. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** @property name what TERM is set to; xterm-256color unless given */
export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly name?: string;
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly label?: string;
}

/** A command with a terminal to itself: job control, window size and full-screen programs work as in any terminal. */
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
  const result = new Promise<ExitStatus>((resolve) => process.onExit(({ exitCode }) => resolve({ code: exitCode })));
  return {
    pid: process.pid,
    write: (text) => process.write(text),
    resize: (width, height) => process.resize(width, height),
    onData: (listener) => process.onData(listener),
    kill: () => process.kill('SIGKILL'),
    result: result.then((status) => ({ ...status, violations: refused.violations() })).finally(refused.close),
  };
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
