import { ancestorsAndSelf, joinPath, ROOT_DIRECTORY, type AbsolutePath } from '../absolute-path';
import { matchDepth, type GlobPattern } from '../path-pattern';
import type { PathRule, ResolvedPolicy } from '../resolve';

/** A name that no policy has. */
const FRESH = 'any-other-name';
/** Patterns are tried below every literal path; beyond this many pairs the rest is left undecided. */
const MAX_PAIRS = 20_000;

/**
 * A set of paths that no literal rule of either policy tells apart, by one of them.
 *
 * @property label for people: `/home/me/dist and below`, `/home/me/**\/*.pem`
 * @property within the region around it, by its key
 */
export interface PathTarget {
  readonly key: string;
  readonly label: string;
  readonly path: AbsolutePath;
  readonly within?: string;
}

export interface PathTargets {
  readonly targets: readonly PathTarget[];
  readonly undecided: readonly string[];
}

/** Every literal path of either policy, the rest of the disk, and examples of what the patterns match. */
export function pathTargets(policies: readonly ResolvedPolicy[]): PathTargets {
  const rules = policies.flatMap((policy) => policy.filesystem.rules).filter(({ rule }) => rule.kind !== 'built-in');
  const literals = [...new Set([ROOT_DIRECTORY, ...rules.flatMap(({ pattern }) => (pattern.kind === 'literal' ? [pattern.path] : []))])];
  const known = new Set(literals);
  const regions = literals.map((path): PathTarget => {
    const within = ancestorsAndSelf(path).slice(0, -1).reverse().find((ancestor) => known.has(ancestor));
    // What is in nobody's rules stands for a directory and all that is below it.
    return { key: path, label: path === ROOT_DIRECTORY ? 'everything else' : `${path} and below`, path: joinPath(path, FRESH), ...(within && { within }) };
  });
  const globs = distinctGlobs(rules);
  const examples = globs.flatMap((glob) => examplesOf(glob, literals));
  const undecided = globs.length * literals.length > MAX_PAIRS ? ['there are too many patterns to try each below every path'] : [];
  return { targets: [...regions, ...distinctKeys(examples)], undecided: [...undecided, ...overlaps(globs)] };
}

interface Glob {
  readonly text: string;
  readonly pattern: GlobPattern;
}

function distinctGlobs(rules: readonly PathRule[]): Glob[] {
  const globs = rules.flatMap(({ pattern }): Glob[] => (pattern.kind === 'glob' ? [{ text: joinPath(pattern.prefix, pattern.rest), pattern }] : []));
  return [...new Map(globs.map((glob) => [glob.text, glob])).values()];
}

/** One match below the pattern's own directory, and one below each literal path that it reaches into. */
function examplesOf({ text, pattern }: Glob, literals: readonly AbsolutePath[]): PathTarget[] {
  const sample = sampleOf(pattern.rest);
  const tail = pattern.rest.includes('**') ? sampleOf(pattern.rest.slice(pattern.rest.lastIndexOf('**') + 2).replace(/^\//, '')) : undefined;
  const below = tail === undefined || tail === '' ? [] : literals.filter((path) => path.startsWith(pattern.prefix)).slice(0, MAX_PAIRS / 10).map((path) => ({ path: joinPath(path, tail), label: `${text} in ${path}` }));
  return [{ path: joinPath(pattern.prefix, sample), label: text }, ...below]
    .filter(({ path }) => matchDepth(pattern, ancestorsAndSelf(path)) !== undefined)
    .map(({ path, label }) => ({ key: `${text} ${path}`, label, path, ...(label !== text && { within: `${text} ${joinPath(pattern.prefix, sample)}` }) }));
}

/** A path that the pattern matches, as far as filling its wildcards with fresh names goes. */
function sampleOf(rest: string): string {
  return rest
    .replace(/\[([^\]/]+)\]/g, (_set, members: string) => members[0] ?? '')
    .replace(/\*\*/g, FRESH)
    .replaceAll('*', FRESH)
    .replaceAll('?', 'x');
}

/** A path may match two patterns at once where no example of either does. */
function overlaps(globs: readonly Glob[]): string[] {
  return globs.length < 2 ? [] : [`paths that match more than one of these patterns at once: ${globs.slice(0, 5).map(({ text }) => text).join(', ')}${globs.length > 5 ? ' …' : ''}`];
}

function distinctKeys(targets: readonly PathTarget[]): PathTarget[] {
  return [...new Map(targets.map((target) => [target.key, target])).values()];
}
