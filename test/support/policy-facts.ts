import { absolutePath, type AbsolutePath, type PathKind, type PolicyFacts } from 'sandbox-core/policy';

import { BASE, HOME } from './policies';

const EXISTING: Readonly<Record<string, PathKind>> = {
  '/': 'directory',
  '/usr': 'directory',
  '/usr/share': 'directory',
  '/work': 'directory',
  '/work/src': 'directory',
  '/work/src/[id]': 'directory',
  '/work/src/keys.txt': 'file',
  '/work/sandbox.json': 'file',
  '/home/me': 'directory',
  '/home/me/.ssh': 'directory',
  '/home/me/.aws': 'directory',
};

/** A machine with a project in /work, whose policy is sandbox.json there, and with keys in the home directory. */
export const FACTS: PolicyFacts = {
  home: HOME,
  base: BASE,
  policyFile: absolutePath('/work/sandbox.json'),
  kindOf: (path: AbsolutePath) => EXISTING[path] ?? 'missing',
};
