import { lstatSync, statSync } from 'node:fs';

import { absolutePath, decide, defaultReadRules, defaultWritePaths, expandPath, GIT_CONFIG_PROTECTION, joinPath, namedPaths, namedSocketPaths, nameRule, outermost, parentPath, protectedPlaces, protectionRule, protectionsInForce, resolvePolicy, ROOT_DIRECTORY, rulesBelow, rulesIn, writablePlaces, type AbsolutePath, type PathContext, type PathRule, type Policy, type PolicyOrigins, type Protection, type ResolvedPolicy } from '../policy';
import type { PathFact } from './facts';
import { leadsOf, type GitLead } from './git-leads';
import { KEPT_LAUNCHES, locateOwnProgram } from './locate';
import { linksOnTheWay, probePaths } from './path-facts';
import { createTreeIndex, type TreeFindings, type TreeIndex } from './tree-scan';
import { addedSince, unfinishedGit, type UnfinishedGit } from './unfinished-git';

export interface PolicyOnHost {
  readonly policy: ResolvedPolicy;
  /** Of every path that a rule names, and of what those lead to. */
  readonly paths: ReadonlyMap<AbsolutePath, PathFact>;
  /** What the patterns of rules name on this disk now. */
  readonly found: readonly AbsolutePath[];
  /** Directories that are too large to find everything below them. */
  readonly incomplete: readonly AbsolutePath[];
  /** Repositories that would have to be protected and that no path leads to, made printable. */
  readonly unspeakable: readonly string[];
}

/** What appeared since the first look that git would run or obey. */
export interface LeftForGit {
  /** Git directories in what may be written, and those that a `.git` leads to, wherever they are. */
  readonly gitDirectories: readonly AbsolutePath[];
  /** Made printable: what may hold such, and cannot be looked into. */
  readonly unseen: readonly string[];
  /** Of repositories old and new. */
  readonly unfinished: readonly UnfinishedGit[];
}

/** A policy followed through changes of the disk: each look is a look at what is there now. */
export interface FollowedPolicy {
  look(): Promise<PolicyOnHost>;
  /** What the last look found. */
  latest(): PolicyOnHost | undefined;
  leftForGit(): Promise<LeftForGit>;
  readonly close: () => void;
}

export interface PolicyPlace extends PathContext {
  /** Files that the policy was read from: no command may write them. */
  readonly policyFiles?: readonly AbsolutePath[];
  /** Where its rules were written, if it was put together from several files. */
  readonly origins?: PolicyOrigins;
  /** What /etc/resolv.conf leads to: it is replaced, and has to be in view for that. */
  readonly resolverFile?: AbsolutePath;
}

/** Resolves a policy against this machine's disk, once: links followed, patterns looked up, built-in rules added. */
export function resolvePolicyOnHost(policy: Policy, place: PolicyPlace): Promise<PolicyOnHost> {
  const followed = followPolicy(policy, place);
  return followed.look().finally(() => followed.close());
}

export function followPolicy(policy: Policy, place: PolicyPlace): FollowedPolicy {
  let index: TreeIndex | undefined;
  let before: { readonly repositories: ReadonlySet<string>; readonly unfinished: readonly UnfinishedGit[] } | undefined;
  let last: { readonly onHost: PolicyOnHost; readonly stamps: ReadonlyMap<AbsolutePath, string>; readonly findings: TreeFindings } | undefined;
  return {
    latest: () => last?.onHost,
    async leftForGit() {
      if (!index || !last) return { gitDirectories: [], unseen: [], unfinished: [] };
      const { policy: resolved } = last.onHost;
      const { gitDirectories, pointedTo, shut, unspeakable } = await index.scan(true);
      const isNew = (path: string): boolean => before?.repositories.has(path) !== true;
      const directories = [...gitDirectories.filter((path) => isWritable(resolved, path)), ...pointedTo];
      return {
        gitDirectories: directories.filter(isNew),
        unseen: [...shut, ...unspeakable].filter(isNew),
        unfinished: addedSince(before?.unfinished ?? [], await unfinishedGit(directories)),
      };
    },
    close: () => index?.close(),
    async look() {
      const isSame = last !== undefined && [...last.stamps].every(([path, stamp]) => stampOf(path) === stamp);
      const base = isSame ? undefined : await lookAtNames(policy, place);
      index ??= treeIndexFor(policy, place, base ?? (await lookAtNames(policy, place)));
      const findings = await index.scan();
      before ??= { repositories: new Set<string>([...findings.gitDirectories, ...findings.pointedTo, ...findings.shut, ...findings.unspeakable]), unfinished: await unfinishedGit([...findings.gitDirectories, ...findings.pointedTo]) };
      if (last && isSame && (last.findings === findings || saysTheSame(last.findings, findings))) {
        last = { ...last, findings };
        return last.onHost;
      }
      const onHost = await addBuiltIn(policy, place, base ?? (await lookAtNames(policy, place)), findings);
      last = { onHost, findings, stamps: new Map([...onHost.paths.keys()].map((path) => [path, stampOf(path)])) };
      return onHost;
    },
  };
}

function saysTheSame(one: TreeFindings, other: TreeFindings): boolean {
  return (['found', 'gitDirectories', 'gitPointers', 'pointedTo', 'shut', 'unspeakable', 'incomplete'] as const).every((part) => one[part].join('\0') === other[part].join('\0'));
}

/** Changes when something else is at the path, or where the path leads. */
function stampOf(path: AbsolutePath): string {
  try {
    const own = lstatSync(path, { throwIfNoEntry: false });
    if (own === undefined) return 'missing';
    const target = own.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : own;
    return `${own.ino}:${own.mode}:${target?.dev}:${target?.ino}:${target?.mode}`;
  } catch {
    return 'unreachable';
  }
}

interface Names {
  readonly facts: Map<AbsolutePath, PathFact>;
  readonly defaults: readonly AbsolutePath[];
  readonly canonicalPath: (path: AbsolutePath) => AbsolutePath;
  readonly exists: (path: AbsolutePath) => boolean;
  /** With the entries of the policy alone. */
  readonly bare: ResolvedPolicy;
}

async function lookAtNames(policy: Policy, place: PolicyPlace): Promise<Names> {
  const named = namedPaths(policy, place);
  const defaults = defaultWritePaths.map((path) => expandPath(path, place));
  const facts = await probePaths([...named, ...named.map(parentPath), ...defaults, place.base, place.home, keptLaunches(place), ...(place.policyFiles ?? [])]);
  const canonicalPath = (path: AbsolutePath): AbsolutePath => facts.get(path)?.canonical ?? path;
  const exists = (path: AbsolutePath): boolean => (facts.get(path)?.kind ?? 'missing') !== 'missing';
  return { facts, defaults, canonicalPath, exists, bare: resolvePolicy(policy, { ...place, canonicalPath, exists, builtIn: [] }) };
}

function inForce(policy: Policy): Protection[] {
  return protectionsInForce(policy.filesystem.liftProtections ?? [], policy.filesystem.allowGitConfig === true);
}

function isWritable(policy: ResolvedPolicy, path: AbsolutePath): boolean {
  return decide(policy, { kind: 'write', path }).outcome === 'allow';
}

function treeIndexFor(policy: Policy, place: PolicyPlace, names: Names): TreeIndex {
  const patterns = names.bare.filesystem.rules.flatMap(({ pattern }) => (pattern.kind === 'glob' ? [pattern] : []));
  // With the file rules switched off, what a command leaves is looked for all the same.
  const roots = names.bare.filesystem.disabled ? outermost([place.base, place.home].map(names.canonicalPath)) : writablePlaces(names.bare).roots;
  const protectedPatterns = roots.flatMap((root) => rulesBelow(root, inForce(policy))).flatMap(({ pattern }) => (pattern.kind === 'glob' && pattern.appearing !== true ? [pattern] : []));
  // With "/" writable the whole disk would be searched: there, what is found is what lies in the project and at home.
  const searched = roots.includes(ROOT_DIRECTORY) ? [place.base, place.home].map(names.canonicalPath) : roots;
  return createTreeIndex(outermost([...searched, ...patterns.map(({ prefix }) => prefix)]), [...patterns, ...protectedPatterns], { thorough: patterns.length > 0 });
}

async function addBuiltIn(policy: Policy, place: PolicyPlace, names: Names, findings: TreeFindings): Promise<PolicyOnHost> {
  const { facts, canonicalPath, exists, bare } = names;
  for (const [path, fact] of await probePaths(findings.found)) facts.set(path, fact);
  const builtIn = [...defaultWrites(names), ...(bare.filesystem.disabled ? [] : [...protectionRules(policy, place, names, findings), ...defaultReadRules(policy, [place.base, ...(place.resolverFile ? [place.resolverFile] : [])])])];
  for (const [path, fact] of await probePaths(builtIn.flatMap((rule) => (rule.pattern.kind === 'literal' ? [rule.named] : [])))) facts.set(path, fact);
  const added = [...builtIn.map((rule) => withCanonicalPath(rule, canonicalPath)), ...linkTargets(bare, findings.found, facts)];
  const resolved = resolvePolicy(policy, { ...place, canonicalPath, exists, builtIn: added });
  for (const fact of [...facts.values()]) if (!facts.has(fact.canonical)) facts.set(fact.canonical, { ...fact, isLink: false });
  const isHeld = inForce(policy).some(({ name }) => name === GIT_CONFIG_PROTECTION);
  return { policy: resolved, paths: facts, found: findings.found, incomplete: findings.incomplete, unspeakable: isHeld && !bare.filesystem.disabled ? findings.unspeakable : [] };
}

/** A link in a shared directory could lead anywhere, and a directory of somebody else's is not ours to fill. */
function defaultWrites({ defaults, facts }: Names): PathRule[] {
  return defaults
    .filter((path) => facts.get(path)?.kind === 'directory' && facts.get(path)?.isLink === false)
    .map((path) => ({ list: 'allowWrite', pattern: { kind: 'literal', path }, named: path, rule: { kind: 'built-in', name: 'default-write-path' }, spelled: path, final: false, whenMissing: 'directory' }));
}

/** Also of what only the disk tells of: repositories, what they lead to, and what the policy and srt itself were read from. */
function protectionRules(policy: Policy, place: PolicyPlace, names: Names, findings: TreeFindings): PathRule[] {
  const held = inForce(policy);
  const writable = writablePlaces(names.bare);
  const isProtected = (name: string): boolean => held.some((protection) => protection.name === name);
  const git = [...findings.gitDirectories, ...findings.pointedTo].flatMap((path) => rulesIn(path, 'git directory', held)).filter(({ named }) => writable.touches(named));
  const leads = leadsOf(findings, place).filter(({ group }) => isProtected(group)).flatMap((lead) => leadRules(lead, names));
  const shut = isProtected(GIT_CONFIG_PROTECTION) ? findings.shut.map((path) => protectionRule(GIT_CONFIG_PROTECTION, path, 'guard')) : [];
  const pointers = isProtected('git-pointers') ? findings.gitPointers.map((path) => protectionRule('git-pointers', path, 'guard')) : [];
  const policies = isProtected('sandbox-policy') ? (place.policyFiles ?? []).flatMap((path) => policyFileRules(path, names)) : [];
  const programs = isProtected('sandbox-program') ? programRules(policy, place, names) : [];
  return distinct([...protectedPlaces(writable, { base: names.canonicalPath(place.base), home: names.canonicalPath(place.home) }, held), ...leads, ...shut, ...git, ...pointers, ...policies, ...programs, ...socketRules(policy, place, names)]);
}

/** On the way there may be links that lead on; each could be replaced. */
function leadRules({ group, path }: GitLead, { bare }: Names): PathRule[] {
  const links = linksOnTheWay(path).filter((link) => isWritable(bare, link));
  return [protectionRule(group, path, 'guard'), ...links.map((link) => nameRule(group, link))];
}

/** The next session would find another policy where a link to it was replaced. */
function policyFileRules(path: AbsolutePath, { facts }: Names): PathRule[] {
  return [protectionRule('sandbox-policy', path, 'guard'), ...(facts.get(path)?.links ?? []).map((link) => nameRule('sandbox-policy', link))];
}

/** Whoever may write what the system itself is made of needs no sandbox to be replaced. */
function programRules(policy: Policy, place: PolicyPlace, { bare, facts, canonicalPath }: Names): PathRule[] {
  const configured = policy.bwrapPath === undefined ? [] : [expandPath(policy.bwrapPath, place)];
  const own = locateOwnProgram();
  const kept = keptLaunches(place);
  const started = process.argv[1]?.startsWith('/') === true ? linksOnTheWay(absolutePath(process.argv[1])) : []; // node_modules/.bin/srt
  const links = [...started, ...(facts.get(kept)?.links ?? [])]; // ~/.local, where it is kept in a repository
  const isReplaceable = (path: AbsolutePath): boolean => !path.startsWith('/usr/') && isWritable(bare, path);
  return [...[...own, ...configured, canonicalPath(kept)].filter(isReplaceable).map((path) => protectionRule('sandbox-program', path, 'guard')), ...links.filter(isReplaceable).map((link) => nameRule('sandbox-program', link))];
}

/** What is there is run as it is: native/front/key.c. */
function keptLaunches({ home }: PolicyPlace): AbsolutePath {
  return joinPath(home, KEPT_LAUNCHES);
}

/** A socket that is not there yet is the host's to make: linked or moved to its name, any other one could be connected to. */
function socketRules(policy: Policy, place: PolicyPlace, { bare, facts, canonicalPath }: Names): PathRule[] {
  const missing = namedSocketPaths(policy, place).filter((path) => facts.get(path)?.kind === 'missing').map(canonicalPath);
  return missing.filter((path) => isWritable(bare, parentPath(path))).map((path) => nameRule('listed-sockets', path));
}

/** A pattern that denies a link denies what it leads to. */
function linkTargets(bare: ResolvedPolicy, found: readonly AbsolutePath[], facts: ReadonlyMap<AbsolutePath, PathFact>): PathRule[] {
  return found.flatMap((path) => {
    const fact = facts.get(path);
    if (fact?.isLink !== true) return [];
    const denies = (['denyRead', 'denyWrite'] as const).flatMap((list) => bare.filesystem.index.matches(list, path)).filter(({ rule }) => rule.pattern.kind === 'glob');
    return denies.map(({ rule }): PathRule => ({ ...rule, pattern: { kind: 'literal', path: fact.canonical }, named: fact.canonical }));
  });
}

function distinct(rules: readonly PathRule[]): PathRule[] {
  return [...new Map(rules.map((rule) => [`${rule.pattern.kind}:${rule.named}`, rule])).values()];
}

function withCanonicalPath(rule: PathRule, canonicalPath: (path: AbsolutePath) => AbsolutePath): PathRule {
  return rule.pattern.kind === 'literal' ? { ...rule, pattern: { kind: 'literal', path: canonicalPath(rule.named) } } : rule;
}
