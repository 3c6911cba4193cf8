import type { HostFacts } from '../host/facts';
import { isGlob, pathDepth, type AbsolutePath, type GlobPattern, type PathRule, type ResolvedPolicy } from '../policy';
import type { MountPoint, PlannedGuards } from './plan';

/**
 * What the supervisor has to ask about: names that a rule denies and that no mount can hold, because a pattern names them, because
 * nothing is there yet, or because something else will be. Where the host replaces what a mount is on (an editor that saves, `git config`,
 * `git checkout`), the kernel takes the mount away, in the sandbox too. Too much may be asked about, never too little: native/src/guards.h.
 */
export function planGuards(policy: ResolvedPolicy): PlannedGuards {
  const names = new Set<string>();
  const patterns = new Set<string>();
  const links = new Set<string>();
  const literals: AbsolutePath[] = [];
  for (const rule of policy.filesystem.rules) {
    if (rule.list !== 'denyRead' && rule.list !== 'denyWrite') continue;
    if (rule.list === 'denyWrite' && (rule.pattern.kind === 'literal' || rule.pattern.appearing !== true)) for (const name of directoriesOf(rule)) links.add(name);
    if (rule.pattern.kind === 'glob') addPattern(rule.pattern, names, patterns);
    else if (rule.list === 'denyWrite' || rule.whenMissing === 'guard') literals.push(rule.pattern.path);
  }
  for (const path of literals) if (!names.has(lastComponents(path, 1))) names.add(lastComponents(path, Math.min(2, pathDepth(path))));
  return { performs: performs(policy), names: [...names], patterns: [...patterns], links: links.has('*') ? ['*'] : [...links] };
}

/**
 * A placeholder that the user may not make is none. What kept the user from it may not keep the command (a directory of the user's
 * own takes other rights, the one around it another directory in its place), so the supervisor holds the name.
 */
export function withGuardsForUnmade(policy: ResolvedPolicy, mountPoints: readonly MountPoint[], { paths }: Pick<HostFacts, 'paths'>): ResolvedPolicy {
  const unmade = new Set(mountPoints.map(({ path }) => path).filter((path) => paths.get(path)?.cannotBeMade));
  if (unmade.size === 0) return policy;
  const rules = policy.filesystem.rules.map((rule) => (rule.pattern.kind === 'literal' && unmade.has(rule.pattern.path) ? ({ ...rule, whenMissing: 'guard' } as const) : rule));
  return { ...policy, filesystem: { ...policy.filesystem, rules } };
}

/** Changes even where no name is held: of set-id bits, and of named pipes, which the kernel opens for writing on a read-only mount too. */
function performs({ source, filesystem }: ResolvedPolicy): PlannedGuards['performs'] {
  if (source.allowNestedUserNamespaces === true) return 'nothing';
  return filesystem.rules.some((rule) => rule.list === 'denyRead' && (rule.pattern.kind === 'glob' || rule.whenMissing === 'guard')) ? 'reads' : 'changes';
}

/** What a symbolic link would have to be called to stand for a directory on the way to what the rule names. Everywhere below a directory that is any name. */
function directoriesOf({ pattern, rule }: PathRule): string[] {
  if (pattern.kind === 'literal') return pattern.path.split('/').slice(1, -1).map(escaped);
  const below = pattern.rest.split('/').slice(0, -1);
  // Of the built-in rules, each directory that may be written has the same.
  if (rule.kind === 'built-in' && below[0] === '**') return below.slice(1).map(wider);
  return below.some((component) => component.includes('**')) ? ['*'] : [...pattern.prefix.split('/').slice(1).map(escaped), ...below.map(wider)];
}

/** For fnmatch(3). */
function escaped(name: string): string {
  return name.replace(/[[*?\\]/g, '\\$&');
}

/** Behind a name that counts only as a path's last component: what is done below it is asked about too often. native/src/guards.h */
const AT_THE_END = '//';

function addPattern({ rest, appearing, lastName }: GlobPattern, names: Set<string>, patterns: Set<string>): void {
  if (appearing === true && lastName !== undefined) {
    names.add(lastName + AT_THE_END);
    return;
  }
  const anyDepth = rest.startsWith('**/') ? rest.slice(3) : undefined;
  const last = rest.slice(rest.lastIndexOf('/') + 1);
  if (anyDepth !== undefined && !isGlob(anyDepth)) names.add(anyDepth);
  else if (!isGlob(last)) names.add(last);
  else patterns.add(wider(last));
}

/** The component as fnmatch(3) understands it, matching at least as much: sets and single characters differ in detail. */
function wider(component: string): string {
  if (component.includes('**')) return '*'; // crosses separators
  return component.replace(/\[[^\]]*\]?|\?/g, '*').replace(/\\/g, '\\\\').replace(/\*+/g, '*');
}

function lastComponents(path: AbsolutePath, count: number): string {
  return path.split('/').slice(-count).join('/');
}
