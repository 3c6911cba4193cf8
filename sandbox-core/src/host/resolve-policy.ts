import { containsPath, decide, defaultWritePaths, expandPath, namedPaths, parentPath, protectedPathsIn, protectedPathsInHome, resolvePolicy, type AbsolutePath, type PathContext, type PathRule, type Policy, type ProtectedPath, type ResolvedPolicy } from '../policy';
import type { PathFact } from './facts';
import { probePaths } from './path-facts';
import { scanProtectedPaths } from './protected-scan';

/** srt: mandatoryDenySearchDepth. */
const DEFAULT_SEARCH_DEPTH = 3;

export interface PolicyOnHost {
  readonly policy: ResolvedPolicy;
  /** Of every path that a rule names, and of what those lead to. */
  readonly paths: ReadonlyMap<AbsolutePath, PathFact>;
}

/** Resolves a policy against this machine's disk: links followed, protected files found, built-in rules added. */
export async function resolvePolicyOnHost(policy: Policy, context: PathContext): Promise<PolicyOnHost> {
  const named = namedPaths(policy, context);
  const defaults = defaultWritePaths.map((path) => expandPath(path, context));
  const facts = await probePaths([...named, ...named.map(parentPath), ...defaults, context.base, context.home]);
  const canonicalPath = (path: AbsolutePath): AbsolutePath => facts.get(path)?.canonical ?? path;
  const without = resolvePolicy(policy, { ...context, canonicalPath, builtIn: [] });
  const builtIn = [...defaultWrites(defaults, facts), ...(await protections(without, context, canonicalPath))];
  for (const [path, fact] of await probePaths(builtIn.map((rule) => rule.named))) facts.set(path, fact);
  const resolved = resolvePolicy(policy, { ...context, canonicalPath, builtIn: builtIn.map((rule) => withCanonicalPath(rule, canonicalPath)) });
  for (const fact of [...facts.values()]) if (!facts.has(fact.canonical)) facts.set(fact.canonical, { ...fact, isLink: false });
  return { policy: resolved, paths: facts };
}

/** A link in a shared directory could lead anywhere, and a directory of somebody else's is not ours to fill. */
function defaultWrites(paths: readonly AbsolutePath[], facts: ReadonlyMap<AbsolutePath, PathFact>): PathRule[] {
  return paths
    .filter((path) => facts.get(path)?.kind === 'directory' && facts.get(path)?.isLink === false)
    .map((path) => builtInRule('allowWrite', path, 'default-write-path', 'directory'));
}

/**
 * Protections in the project, and in the home directory if it may be written; what exists further down is searched for.
 * Elsewhere a protection that does not exist yet is not put in place: it would show up as an empty directory.
 */
async function protections(policy: ResolvedPolicy, context: PathContext, canonicalPath: (path: AbsolutePath) => AbsolutePath): Promise<PathRule[]> {
  if (policy.filesystem.disabled) return [];
  const allowGitConfig = policy.source.filesystem.allowGitConfig === true;
  const isWritable = (path: AbsolutePath): boolean => decide(policy, { kind: 'write', path }).outcome === 'allow';
  const projects = [context.base, context.home].map(canonicalPath).filter(isWritable);
  const writable = policy.filesystem.rules.flatMap((rule) => (rule.list === 'allowWrite' && rule.pattern.kind === 'literal' ? [rule.pattern.path] : []));
  const roots = outermost([...projects, ...writable.filter((path) => path !== '/')]);
  const depth = policy.source.mandatoryDenySearchDepth ?? DEFAULT_SEARCH_DEPTH;
  const found = await Promise.all(roots.map((root) => scanProtectedPaths(root, depth, allowGitConfig)));
  // A repository's files only where there is a repository: an empty .git would break `git init`.
  const home = canonicalPath(context.home);
  const inProjects = projects.flatMap((project) => (project === home ? protectedPathsInHome : protectedPathsIn)(project, allowGitConfig)).filter(({ protection }) => !protection.path.startsWith('.git/'));
  return distinct([...found.flat(), ...inProjects]).map(({ path, protection }) => builtInRule('denyWrite', path, protection.name, protection.whenMissing));
}

function outermost(paths: readonly AbsolutePath[]): AbsolutePath[] {
  const all = [...new Set(paths)];
  return all.filter((path) => !all.some((other) => other !== path && containsPath(other, path)));
}

function distinct(found: readonly ProtectedPath[]): ProtectedPath[] {
  return [...new Map(found.map((entry) => [entry.path, entry])).values()];
}

function builtInRule(list: PathRule['list'], path: AbsolutePath, name: string, whenMissing: PathRule['whenMissing']): PathRule {
  return { list, pattern: { kind: 'literal', path }, named: path, rule: { kind: 'built-in', name }, spelled: path, final: false, whenMissing };
}

function withCanonicalPath(rule: PathRule, canonicalPath: (path: AbsolutePath) => AbsolutePath): PathRule {
  return { ...rule, pattern: { kind: 'literal', path: canonicalPath(rule.named) } };
}

