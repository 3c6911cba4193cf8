import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { resolve } from 'node:path';

import { printable, type AbsolutePath } from '../policy';

const MAX_CONFIG_BYTES = 256 * 1024;
const MAX_NAMES = 10;
const READING_MS = 5000;

/** What `git init`, `git clone` and `git submodule` write, and everyday settings; none of them names a program: git-config(1). */
const HARMLESS_SETTINGS = /^(core\.(repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol)|extensions\.(objectformat|compatobjectformat|refstorage|partialclone)|remote\..+\.(url|pushurl|fetch|tagopt|mirror|promisor|partialclonefilter)|branch\..+\.(remote|merge|rebase|pushremote|description)|submodule\.(active|.+\.(url|active))|user\.(name|email)|init\.defaultbranch|pull\.(rebase|ff)|push\.(default|autosetupremote)|lfs\.repositoryformatversion)$/is;

/** What each repository's settings were when they were read last, and the names of those that may run programs. */
export type ReadSettings = Map<AbsolutePath, { readonly text: string; readonly names: readonly string[] | undefined }>;

/**
 * Names of what in a repository may make git run programs: its hooks, and all settings but those that are known not to.
 * Nothing of the repository is obeyed in reading them. What cannot be read is said instead.
 *
 * @param gitDirectory a `.git` directory, or a bare repository
 * @param git the program's path
 * @param read git is asked about no text that it was asked about last
 */
export async function runningSettings(gitDirectory: AbsolutePath, git: AbsolutePath | undefined, read: ReadSettings): Promise<string[]> {
  const text = await readSmallFile(`${gitDirectory}/config`);
  const before = read.get(gitDirectory);
  const names = text === '' ? [] : git === undefined || text === undefined ? undefined : before?.text === text ? before.names : await settingsOf(text, gitDirectory, git);
  if (text !== undefined) read.set(gitDirectory, { text, names });
  // git would take its settings from where this file says. That of a worktree says: from its repository, which is looked at too.
  const elsewhere = await readSmallFile(`${gitDirectory}/commondir`);
  const isWorktree = /\/\.git\/worktrees\/[^/]+$/.test(gitDirectory) && elsewhere?.trim() === '../..';
  const hooks = (await readdir(`${gitDirectory}/hooks`).catch(() => [])).filter((name) => !name.endsWith('.sample'));
  return [...(hooks.length > 0 ? ['hooks'] : []), ...(elsewhere !== '' && !isWorktree ? ['a file commondir'] : []), ...(names ?? ['what cannot be read'])];
}

/** Empty: there is none. Undefined: it is no plain file, or a huge one. */
export async function readSmallFile(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      return found.isFile() && found.size <= MAX_CONFIG_BYTES ? await file.readFile('utf8') : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? '' : undefined;
  }
}

/** git reads a text, in no repository and with no settings of its own. */
function settingsOf(text: string, gitDirectory: AbsolutePath, git: AbsolutePath): Promise<string[] | undefined> {
  const environment = { GIT_DIR: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', PATH: '/usr/bin:/bin' };
  return new Promise((done) => {
    const child = execFile(git, ['--no-pager', 'config', '--file', '-', '--no-includes', '--null', '--list'], { cwd: '/', env: environment, maxBuffer: 4 * MAX_CONFIG_BYTES, timeout: READING_MS }, (error, stdout) => {
      if (error) return done(undefined);
      const settings = stdout.split('\0').filter((entry) => entry !== '').map((entry) => entry.split('\n'));
      const names = settings.filter(([name = '', value]) => !HARMLESS_SETTINGS.test(name) && !isOwnWorktree(gitDirectory, name, value)).map(([name = '']) => printable(name, 100));
      done([...new Set(names)].slice(0, MAX_NAMES));
    });
    child.stdin?.on('error', () => undefined); // git is gone: said by its exit
    child.stdin?.end(text);
  });
}

/** A submodule's: below the repository that it belongs to. */
function isOwnWorktree(gitDirectory: AbsolutePath, name: string, value: string | undefined): boolean {
  const [owner, ...below] = gitDirectory.split('/.git/modules/');
  return name === 'core.worktree' && owner !== undefined && below.length > 0 && resolve(gitDirectory, value ?? '').startsWith(`${owner}/`);
}
