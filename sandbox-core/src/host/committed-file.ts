import { execFile } from 'node:child_process';
import { basename, dirname, resolve } from 'node:path';

import { SandboxError } from '../errors';
import { MAX_POLICY_CHARACTERS } from '../policy';
import { locateGit } from './locate';

/**
 * The text of a file as it was committed last. The repository may be anybody's: `cat-file` runs no filter, hook or pager
 * that it configures, and an object that is missing is not fetched from where it says.
 *
 * @param environment of git: HOME and PATH
 */
export async function committedText(path: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const full = resolve(path);
  const argv = ['--no-pager', '-c', 'protocol.allow=never', '-c', 'core.fsmonitor=false', 'cat-file', 'blob', `HEAD:./${basename(full)}`];
  const env = { ...withoutGitVariables(environment), GIT_NO_LAZY_FETCH: '1', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
  const git = process.platform === 'win32' ? 'git' : locateGit();
  if (git === undefined) throw new SandboxError('policy-file', 'expected git in a directory of the system (/usr/bin), found none there. Install it, or name two files to compare');
  return new Promise((done, fail) => {
    execFile(git, argv, { cwd: dirname(full), env, encoding: 'utf8', maxBuffer: 3 * MAX_POLICY_CHARACTERS, timeout: 10_000 }, (error, stdout, stderr) => {
      if (!error) return done(stdout);
      const found = (stderr.trim() || error.message).split('\n')[0] ?? '';
      fail(new SandboxError('policy-file', `expected ${path} in the last commit (HEAD), but git says: ${found.slice(0, 200)}. Commit it, or name two files to compare`));
    });
  });
}

/** They would send git to another repository than the one that the file lies in. */
function withoutGitVariables(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('GIT_')));
}
