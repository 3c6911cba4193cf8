import { expandPath } from '../absolute-path';
import { decide } from '../decide';
import { placesOf } from '../policy-facts';
import { toPointer } from '../pointer';
import type { PolicyRule } from '../validate';

/** Where programs keep credentials in plain sight of every program of the user. */
const SECRETS = [
  '~/.ssh',
  '~/.aws',
  '~/.gnupg',
  '~/.kube',
  '~/.azure',
  '~/.config/gcloud',
  '~/.config/gh',
  '~/.docker/config.json',
  '~/.git-credentials',
  '~/.netrc',
  '~/.npmrc',
  '~/.pypirc',
  '~/.cargo/credentials.toml',
  '~/.password-store',
  './.env',
  './.env.local',
];

/** Credentials that exist on this machine and that the policy leaves readable. */
export const secretsReadable: PolicyRule = {
  codes: ['secrets-readable'],
  about: 'paths',
  asks: (facts) => SECRETS.map((secret) => expandPath(secret, placesOf(facts))),
  check({ policy, facts, lists, problem }) {
    if (!facts || !policy.filesystem || policy.filesystem.disabled === true || policy.filesystem.defaultRead === 'deny') return [];
    const masked = new Set((policy.credentials?.files ?? []).flatMap((file) => (file?.path === undefined ? [] : [expandPath(file.path, placesOf(facts))])));
    const readable = SECRETS.filter((secret) => {
      const path = expandPath(secret, placesOf(facts));
      const kind = facts.kindOf(path);
      return (kind === 'directory' || kind === 'file') && !masked.has(path) && decide(lists, { kind: 'read', path }).outcome === 'allow';
    });
    if (readable.length === 0) return [];
    const pointer = toPointer(['filesystem', 'denyRead']);
    const fixes = readable.map((secret) => ({ title: `Deny reading ${secret}`, edit: { kind: 'append', pointer, value: secret } as const, preferred: false }));
    return [problem('secrets-readable', `every command can read ${readable.join(', ')}; deny what it does not need`, pointer, fixes)];
  },
};
