import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';

import { SandboxError } from '../errors';
import type { LoadedPolicy } from '../host/policy-file';
import { replaceFile } from '../host/replace-file';
import type { AskAboutCommand } from '../launch/broker/broker';
import type { AskAboutHost, HostAnswer, HostQuestion } from '../network/ask';
import { applyEdit, printable } from '../policy';
import type { Output } from './output';

const ANSWERS: Readonly<Record<string, HostAnswer>> = { o: 'once', s: 'session', a: 'always', n: 'deny' };

export interface TerminalAskers {
  readonly ask: AskAboutHost;
  readonly askCommand: AskAboutCommand;
}

/** Asks on the terminal, one question after another; whatever is not a clear yes is a no. */
export function createTerminalAskers(loaded: LoadedPolicy, output: Output): TerminalAskers {
  if (!process.stdin.isTTY) throw new SandboxError('usage', '--ask needs a terminal to ask on, but standard input is not one');
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Answer>(pose: () => Promise<Answer>): Promise<Answer> => {
    const answer = last.then(pose);
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    ask: (question, lapsed) => inTurn(() => askAboutHost(question, lapsed, loaded, output)),
    askCommand: ({ command, directory }, lapsed) => inTurn(async () => (await typedAnswer(`run outside of the sandbox: ${command}\n     called in ${directory}? [y]es, [N]o`, lapsed)) === 'y'),
  };
}

async function askAboutHost(question: HostQuestion, lapsed: AbortSignal, loaded: LoadedPolicy, output: Output): Promise<HostAnswer> {
  const always = loaded.file ? ', [a]lways' : '';
  const answer = ANSWERS[await typedAnswer(`${questionText(question)}? [o]nce, [s]ession${always}, [N]o`, lapsed)] ?? 'deny';
  if (answer !== 'always') return answer;
  if (!loaded.file) return 'session';
  const { path } = loaded.file;
  const failure = replaceFile(path, applyEdit(readFileSync(path, 'utf8'), question.edit));
  output.error(failure === undefined ? `srt: added to ${path}` : `srt: ${path} could not be written (${failure}); allowed for this session`);
  return failure === undefined ? 'always' : 'session';
}

/** In lower case; empty if the question lapsed before it was put. */
async function typedAnswer(question: string, lapsed: AbortSignal): Promise<string> {
  if (lapsed.aborted) return '';
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const interrupted = new AbortController();
  terminal.once('SIGINT', () => {
    interrupted.abort();
    process.kill(process.pid, 'SIGINT'); // it was meant for the command
  });
  try {
    return (await terminal.question(`srt: ${question}: `, { signal: AbortSignal.any([lapsed, interrupted.signal]) })).trim().toLowerCase();
  } finally {
    terminal.close();
  }
}

/** The host is in its ASCII form; the program's name is whatever its author chose. */
function questionText({ host, port, caller }: HostQuestion): string {
  const program = caller && caller.program !== '' ? printable(caller.program, 80) : 'a program';
  return `allow ${program} to connect to ${printable(host, 253)} port ${port}`;
}
