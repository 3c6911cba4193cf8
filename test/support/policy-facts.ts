import { absolutePath, type AbsolutePath, type PathKind, type PolicyFacts } from 'sandbox-core/policy';

import { BASE, HOME } from './policies';

const EXISTING: Readonly<Record<string, PathKind>> = {
  '/': 'directory',
  '/bin': 'directory',
  '/etc': 'directory',
  '/lib': 'directory',
  '/usr': 'directory',
  '/usr/share': 'directory',
  '/usr/local/bin': 'directory',
  '/usr/local/bin/node': 'file',
  '/tmp': 'directory',
  '/tmp/secret': 'file',
  '/repo': 'directory',
  '/repo/src': 'directory',
  '/repo/src/[id]': 'directory',
  '/repo/src/keys.txt': 'file',
  '/repo/sandbox.json': 'file',
  '/home/me': 'directory',
  '/home/me/.ssh': 'directory',
  '/home/me/.aws': 'directory',
  '/home/me/.nvm': 'directory',
  '/home/me/.nvm/versions/node': 'directory',
};

/** A machine with a project in /repo, whose policy is sandbox.json there, and with keys in the home directory. */
export const FACTS: PolicyFacts = {
  home: HOME,
  base: BASE,
  policyFile: absolutePath('/repo/sandbox.json'),
  kindOf: (path: AbsolutePath) => EXISTING[path] ?? 'missing',
};
