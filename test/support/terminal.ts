import { spawn, type IPty } from 'node-pty';

import type { Cleanup } from './temporary';

/** A program on a terminal of its own, driven like a person would: type, wait for text. */
export interface TestTerminal {
  readonly pty: IPty;
  readonly exited: Promise<{ readonly exitCode: number; readonly signal?: number }>;
  type(text: string): void;
  /** As a terminal's window is closed. */
  hangUp(): void;
  /** Waits until the text (of what came since the last call) matches, and returns the match. */
  expect(pattern: RegExp): Promise<RegExpExecArray>;
}

const TIME_LIMIT_MS = 20_000;

export function openTerminal(context: Cleanup, file: string, args: readonly string[], options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> }): TestTerminal {
  const pty = spawn(file, [...args], { cwd: options.cwd, cols: 80, rows: 24, env: { ...process.env, TERM: 'dumb', PS1: '$ ', ...options.env } });
  let unread = '';
  let waiting: (() => void) | undefined;
  pty.onData((text) => {
    unread += text;
    waiting?.();
  });
  let hasExited = false;
  const exited = new Promise<{ readonly exitCode: number; readonly signal?: number }>((resolve) =>
    pty.onExit((status) => {
      hasExited = true;
      resolve(status);
    }),
  );
  context.after(() => {
    if (!hasExited) pty.kill('SIGKILL');
  });
  return {
    pty,
    exited,
    type: (text) => pty.write(text),
    hangUp: () => (pty as IPty & { destroy(): void }).destroy(), // left out of its types
    expect: (pattern) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${pattern} did not appear within ${TIME_LIMIT_MS / 1000} s; the terminal shows:\n${unread}`)), TIME_LIMIT_MS);
        waiting = () => {
          const found = pattern.exec(unread);
          if (!found) return;
          unread = unread.slice(found.index + found[0].length);
          waiting = undefined;
          clearTimeout(timer);
          resolve(found);
        };
        waiting();
      }),
  };
}
