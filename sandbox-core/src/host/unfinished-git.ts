import { existsSync } from 'node:fs';

import { joinPath, type AbsolutePath } from '../policy';
import { settingsIn } from './git-config';
import { readSmallFile } from './repository-settings';

/** Of a rebase, a cherry-pick or a revert that was begun: what `git rebase --continue` and its like would run besides git. */
export interface UnfinishedGit {
  readonly file: AbsolutePath;
  readonly programs: readonly string[];
}

/** Whatever it held before. */
const UNREADABLE = 'what cannot be read';

/** git runs what it finds as "git merge-STRATEGY", which a directory of the repository may have become. */
const OWN_STRATEGIES: ReadonlySet<string> = new Set(['', 'ort', 'recursive', 'resolve', 'octopus', 'ours', 'subtree']);

/** What of git-rebase(1) is run or obeyed when it goes on; other files of it hold names, messages and options of git's. */
const FILES: readonly (readonly [name: string, programs: (text: string) => string[]])[] = [
  ['rebase-merge/git-rebase-todo', (text) => text.split('\n').flatMap((line) => /^[ \t]*(?:x|exec)[ \t]+(.*)$/.exec(line)?.[1] ?? []).map((command) => `exec ${command}`)],
  ['rebase-merge/strategy', (text) => foreign([text.trim()])],
  ['sequencer/opts', (text) => foreign(settingsIn(text).flatMap(({ name, value }) => (name === 'options.strategy' ? [value] : [])))],
];

function foreign(strategies: readonly string[]): string[] {
  return strategies.filter((strategy) => !OWN_STRATEGIES.has(strategy)).map((strategy) => `strategy ${strategy}`);
}

export async function unfinishedGit(gitDirectories: readonly AbsolutePath[]): Promise<UnfinishedGit[]> {
  const begun = gitDirectories.flatMap((directory) => FILES.map(([name, programs]) => ({ file: joinPath(directory, name), programs }))).filter(({ file }) => existsSync(file));
  const all = await Promise.all(begun.map(async ({ file, programs }) => {
    const text = await readSmallFile(file);
    return { file, programs: text === undefined ? [UNREADABLE] : [...new Set(programs(text))] };
  }));
  return all.filter(({ programs }) => programs.length > 0);
}

/** Without what was in the same file before. */
export function addedSince(before: readonly UnfinishedGit[], now: readonly UnfinishedGit[]): UnfinishedGit[] {
  const known = new Map(before.map(({ file, programs }) => [file, new Set(programs)]));
  return now.map(({ file, programs }) => ({ file, programs: programs.filter((program) => program === UNREADABLE || known.get(file)?.has(program) !== true) })).filter(({ programs }) => programs.length > 0);
}
