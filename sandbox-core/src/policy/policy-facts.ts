import type { AbsolutePath, PathContext } from './absolute-path';
import type { CheckMemory } from './check-memory';
import { readEntry } from './entry-pattern';
import type { Policy } from './policy.generated';
import { protectionsInForce, rulesBelow, rulesIn, rulesInHome } from './protections';
import type { ResolveContext } from './resolve';
import type { PartialPolicy } from './validate';

/**
 * What rules may know of the machine that a policy is for. The CLI and the language server look it up; without it, rules
 * that need it stay silent.
 *
 * @property home what a leading `~` stands for
 * @property base what relative paths are relative to; absent for a policy that is used from everywhere
 * @property policyFile where the policy itself is kept
 */
export interface PolicyFacts {
  readonly home: AbsolutePath;
  readonly base?: AbsolutePath;
  readonly policyFile?: AbsolutePath;
  /** What is at a path, links followed. Undefined: not known, for one because too much was asked. */
  kindOf(path: AbsolutePath): PathKind | undefined;
}

export type PathKind = 'directory' | 'file' | 'missing';

/** Stand-ins for what is not known: no real path is above or below them, and a few `..` do not leave them. */
const UNKNOWN_HOME = '/\0home/\0/\0/\0/\0/\0' as AbsolutePath; // never meets a real path
const UNKNOWN_BASE = '/\0base/\0/\0/\0/\0/\0' as AbsolutePath; // as above
const UNKNOWN_FILE = '/\0file'; // as above

/** Where entries are compared: as spelled, without following links. */
export function placesOf(facts: PolicyFacts | undefined): PathContext {
  return { home: facts?.home ?? UNKNOWN_HOME, base: facts?.base ?? UNKNOWN_BASE };
}

/** Whether a path, made absolute by `placesOf`, is one that exists outside of this program's imagination. */
export function isKnownPlace(path: AbsolutePath): boolean {
  return !path.includes('\0');
}

/** Whether it is known how a path lies to all of some others: below an unknown home, only if those are there too. */
export function comparableWith(others: readonly AbsolutePath[]): (path: AbsolutePath) => boolean {
  const spaces = new Set(others.map(spaceOf));
  return (path) => spaces.size === 0 || (spaces.size === 1 && spaces.has(spaceOf(path)));
}

function spaceOf(path: AbsolutePath): string {
  return isKnownPlace(path) ? '' : (path.split('/')[1] ?? '');
}

/** A policy with everything that resolving its path lists looks at, of one that may be half written. Hosts are compared elsewhere. */
export function completed(policy: PartialPolicy): Policy {
  const { network, filesystem, credentials, ...rest } = policy;
  return {
    ...rest,
    network: { ...network, allowedDomains: [], deniedDomains: [], allowUnixSockets: (network?.allowUnixSockets ?? []).filter((path) => path !== undefined) },
    filesystem: { denyRead: [], allowWrite: [], denyWrite: [], ...filesystem },
    // Ill-formed entries keep their places, so that the others keep their pointers.
    credentials: { files: (credentials?.files ?? []).map((file) => (file?.mode === 'deny' && file.path !== undefined ? file : { path: UNKNOWN_FILE, mode: 'mask' })) },
  } as unknown as Policy; // holes in the lists are passed over by what reads them
}

/** For resolving without a disk: what links lead to is not known, what the project and the home directory protect is. */
export function comparisonContext(policy: PartialPolicy, facts: PolicyFacts | undefined, memory: CheckMemory): ResolveContext {
  const places = placesOf(facts);
  const lifted = (policy.filesystem?.liftProtections ?? []).flatMap((name) => name ?? []);
  const allowsGitConfig = policy.filesystem?.allowGitConfig === true;
  const { base, home } = places;
  const builtIn = memory.recall(`protections ${base} ${home} ${allowsGitConfig} ${lifted.join(' ')}`, () => {
    const inForce = protectionsInForce(lifted, allowsGitConfig);
    return [...rulesIn(base, 'project', inForce), ...rulesBelow(base, inForce), ...rulesInHome(home, inForce)];
  });
  const context = { ...places, canonicalPath: (path: AbsolutePath) => path };
  return { ...context, builtIn, readEntry: (spelled, literal) => memory.recall(`path ${base} ${home} ${literal} ${spelled}`, () => readEntry(spelled, literal, context)) };
}
