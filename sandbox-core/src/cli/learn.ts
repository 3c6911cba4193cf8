import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';

import { SandboxError } from '../errors';
import type { Host } from '../host/host';
import { learn, writeLearned, type Learned } from '../learn/learn';
import { absolutePath, printable, type LearnedEntry, type NotProposed } from '../policy';
import type { Output, Style } from './output';
import { receiveSignals } from './terminal-signals';

interface LearnFlags {
  readonly settings?: string;
  readonly write?: string;
  readonly json?: boolean;
  readonly portable?: boolean;
  readonly layer?: boolean;
  readonly localServices?: boolean;
}

/** The policy of a project, unless one is named. */
const DEFAULT_FILE = '.srt-settings.json';
const MAX_TEXT = 160;

/** `srt learn -- COMMAND…`: runs it, proposes a policy, and writes that if it is wanted. Resolves with the command's exit status. */
export async function learnCommand(argv: readonly string[], flags: LearnFlags, host: Host, output: Output): Promise<number> {
  if (argv.length === 0 || argv[0] === '') throw new SandboxError('usage', 'expected a command to learn from, found none: srt learn -- npm ci');
  const file = absolutePath(resolve(flags.write ?? flags.settings ?? DEFAULT_FILE));
  const isJson = flags.json === true;
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY ? 'inherit' : 'none';
  const signals = receiveSignals(terminal);
  const learned = await learn({
    file,
    trusted: flags.settings !== undefined && resolve(flags.settings) === file,
    host,
    command: { argv, directory: absolutePath(process.cwd()), terminal },
    // The result has stdout to itself.
    streams: ['inherit', isJson ? 2 : 'inherit', 'inherit'],
    portable: flags.portable === true,
    layer: flags.layer !== false,
    localServices: flags.localServices === true,
    onStopped: signals.stopWithCommand,
    started: (running) => {
      signals.deliverTo(running);
      if (signals.first !== undefined) running.signal(signals.first); // it came while the sandbox was made
    },
    notice: (text) => output.error(`srt: ${text}`),
  }).finally(() => {
    signals.reclaimTerminal();
    signals.release();
  });
  if (isJson) output.result(JSON.stringify(learned, null, 2));
  else describeLearned(learned, output);
  if (learned.diff !== '' && (await isWanted(learned, flags, output))) {
    writeLearned(learned);
    output.error(`srt: wrote ${printable(learned.file, MAX_TEXT)}`);
  }
  return learned.exit.code;
}

/** What `--write` says, or whoever sits at the terminal. */
async function isWanted({ file, directories }: Learned, { write, json }: LearnFlags, output: Output): Promise<boolean> {
  if (write !== undefined) return true;
  if (json === true) return false;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    output.error('srt: nothing was written; --write FILE writes the policy');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const also = directories.length > 0 ? ` and make ${directories.length === 1 ? 'the directory' : 'the directories'} above` : '';
    const typed = await terminal.question(`srt: write ${printable(file, MAX_TEXT)}${also}? [y/N] `).catch(() => undefined); // Ctrl-C, or the end of the input
    if (typed === undefined) output.error('\nsrt: nothing was written');
    return typed !== undefined && /^y(es)?$/i.test(typed.trim());
  } finally {
    terminal.close();
  }
}

function describeLearned({ exit, diff, entries, notProposed, directories, file }: Learned, { error: say, style }: Output): void {
  say(style.bold(`srt: the command ended with status ${exit.code}${exit.signal === undefined ? '' : ` (${exit.signal})`}`) + (exit.code === 0 ? '' : '; what it would have done next is not known'));
  if (diff === '') say(`  ${printable(file, MAX_TEXT)} allows everything that can be proposed`);
  else say(`\n${colored(diff, style)}`);
  const reasons = entries.filter(({ because }) => because.length > 0);
  if (reasons.length > 0) say(style.bold('because of'));
  for (const entry of reasons) say(describeEntry(entry, style));
  if (directories.length > 0) say(style.bold('to be made, as an entry for what is missing allows nothing'));
  for (const directory of directories) say(`  ${printable(directory, MAX_TEXT)}`);
  if (notProposed.length > 0) say(style.bold('left out'));
  for (const each of notProposed) say(describeNotProposed(each, style));
}

/** The header with the file's path is that of the tool; the rest is JSON of ours. */
function colored(diff: string, style: Style): string {
  const paint = (line: string): string => (line.startsWith('+') ? style.green(line) : line.startsWith('-') ? style.red(line) : style.dim(line));
  return diff.split('\n').slice(2).map((line) => paint(printable(line, 400))).join('\n');
}

function describeEntry({ value, because, count, refused }: LearnedEntry, style: Style): string {
  const more = count > because.length ? style.dim(` and ${count - because.length} more`) : '';
  return `  ${style.green(printable(value, MAX_TEXT))}  ${because.map((text) => printable(text, MAX_TEXT)).join(', ')}${more}${refused ? style.yellow('  refused while recording: learn again to see what follows') : ''}`;
}

function describeNotProposed({ kind, target, reason, count }: NotProposed, style: Style): string {
  return `  ${style.yellow(kind.padEnd(9))} ${printable(target, MAX_TEXT)}${count > 1 ? style.dim(` ×${count}`) : ''}  ${style.dim(printable(reason, MAX_TEXT))}`;
}
