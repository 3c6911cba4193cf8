import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';

import { SandboxError } from '../errors';
import type { LoadedPolicy } from '../host/policy-file';
import type { AskAboutHost, HostAnswer, HostQuestion } from '../network/ask';
import { applyEdit, printable } from '../policy';
import type { Output } from './output';

const ANSWERS: Readonly<Record<string, HostAnswer>> = { o: 'once', s: 'session', a: 'always', n: 'deny' };

/** Asks on the terminal, one question after another; whatever is not a clear yes is a no. */
export function createTerminalAsker(loaded: LoadedPolicy, output: Output): AskAboutHost {
  if (!process.stdin.isTTY) throw new SandboxError('usage', '--ask needs a terminal to ask on, but standard input is not one');
  let last: Promise<unknown> = Promise.resolve();
  return (question, lapsed) => {
    const answer = last.then(() => askOnTerminal(question, lapsed, loaded, output));
    last = answer.catch(() => undefined);
    return answer;
  };
}

async function askOnTerminal(question: HostQuestion, lapsed: AbortSignal, loaded: LoadedPolicy, output: Output): Promise<HostAnswer> {
  if (lapsed.aborted) return 'deny';
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const interrupted = new AbortController();
  terminal.once('SIGINT', () => {
    interrupted.abort();
    process.kill(process.pid, 'SIGINT'); // it was meant for the command
  });
  try {
    const always = loaded.file ? ', [a]lways' : '';
    const typed = await terminal.question(`srt: ${questionText(question)}? [o]nce, [s]ession${always}, [N]o: `, { signal: AbortSignal.any([lapsed, interrupted.signal]) });
    const answer = ANSWERS[typed.trim().toLowerCase()] ?? 'deny';
    if (answer !== 'always') return answer;
    if (!loaded.file) return 'session';
    const { path } = loaded.file;
    writeFileSync(path, applyEdit(readFileSync(path, 'utf8'), question.edit));
    output.error(`srt: added to ${path}`);
    return 'always';
  } finally {
    terminal.close();
  }
}

/** The host is in its ASCII form; the program's name is whatever its author chose. */
function questionText({ host, port, caller }: HostQuestion): string {
  const program = caller && caller.program !== '' ? printable(caller.program, 80) : 'a program';
  return `allow ${program} to connect to ${printable(host, 253)} port ${port}`;
}
