import { posix } from 'node:path';

import { absolutePath, containsPath, parentPath, ROOT_DIRECTORY, type AbsolutePath } from './absolute-path';
import { decide } from './decide';
import { patternNames, patternBelow, type GlobPattern } from './path-pattern';
import type { PathRule, ResolvedPolicy, RuleReference } from './resolve';

/**
 * The rule against writing that a symbolic link at this place would go around: below the link, what lies elsewhere and may be
 * written would have names that the rule denies. Undefined if it names the same below the place that the link leads to, if
 * nothing there may be written, or if it names nothing below the link.
 *
 * @param text of the link, which may name what does not exist yet
 */
export function ruleAroundLink(policy: ResolvedPolicy, link: AbsolutePath, text: string): RuleReference | undefined {
  const target = absolutePath(posix.resolve(parentPath(link), text));
  const denies = policy.filesystem.rules.filter(({ list, pattern }) => list === 'denyWrite' && !(pattern.kind === 'glob' && pattern.appearing === true));
  for (const place of writablePlaces(policy, target)) {
    const below = absolutePath(link + place.slice(target === ROOT_DIRECTORY ? 0 : target.length));
    const around = denies.find((rule) => namesMoreBelow(rule, below) && !denies.some((other) => namesTheSameBelow({ rule, link: below }, other, place)));
    if (around) return around.rule;
  }
  return undefined;
}

/** The directory, or what of it may be written. */
function writablePlaces(policy: ResolvedPolicy, directory: AbsolutePath): AbsolutePath[] {
  if (decide(policy, { kind: 'write', path: directory }).outcome === 'allow') return [directory];
  const named = policy.filesystem.rules.flatMap(({ list, pattern }) => (list === 'allowWrite' ? [pattern.kind === 'literal' ? pattern.path : pattern.prefix] : []));
  return named.filter((path) => containsPath(directory, path));
}

/** Of a name that the kernel holds, the directories are mount points: no link takes their place. */
function namesMoreBelow(rule: PathRule, path: AbsolutePath): boolean {
  const { pattern, whenMissing } = rule;
  if (pattern.kind === 'literal') return whenMissing === 'guard' && pattern.path !== path && containsPath(path, pattern.path);
  return (containsPath(path, pattern.prefix) && !isAtAnyDepth(rule)) || placesOf(rule, path).size > 0;
}

/** A built-in rule about names: it is there for each directory that may be written, and what is no part of such a name leads to nothing. */
function isAtAnyDepth({ pattern, rule }: PathRule): boolean {
  return rule.kind === 'built-in' && pattern.kind === 'glob' && pattern.rest.startsWith('**/');
}

function placesOf(rule: PathRule, path: AbsolutePath): ReadonlySet<number> {
  const places = rule.pattern.kind === 'glob' ? placesIn(rule.pattern, path) : new Set<number>();
  return isAtAnyDepth(rule) ? new Set([...places].filter((place) => place > 1)) : places;
}

function namesTheSameBelow({ rule, link }: { readonly rule: PathRule; readonly link: AbsolutePath }, other: PathRule, target: AbsolutePath): boolean {
  if (rule.pattern.kind === 'literal' || other.pattern.kind === 'literal' || other.pattern.rest !== rule.pattern.rest || containsPath(link, rule.pattern.prefix)) return false;
  const there = placesOf(other, target);
  return [...placesOf(rule, link)].every((place) => place !== ANYWHERE && there.has(place));
}

/** A place in a pattern with components that match across directories. */
const ANYWHERE = -1;

/** Whether something below a path can be named by the pattern. */
export function canNameBelow(pattern: GlobPattern, path: AbsolutePath): boolean {
  return placesIn(pattern, path).size > 0;
}

/** How many of the pattern's components a path may have come past, if something below it can still be named; none below a directory that the pattern leaves out. */
function placesIn(pattern: GlobPattern, path: AbsolutePath): ReadonlySet<number> {
  if (!containsPath(pattern.prefix, path)) return new Set();
  const components = pattern.rest.split('/');
  const names = path.slice(pattern.prefix === ROOT_DIRECTORY ? 1 : pattern.prefix.length + 1).split('/').filter((name) => name !== '');
  if (pattern.outside !== undefined && names.some((name) => name.toLowerCase() === pattern.outside)) return new Set();
  // "a**b" matches across components: anything may lie below.
  if (components.some((component) => component !== '**' && component.includes('**'))) return new Set([ANYWHERE]);
  const past = names.reduce((before, name) => step(components, before, name, pattern.anyCase === true), withSkipped(components, [0]));
  return new Set([...past].filter((place) => place < components.length));
}

function step(components: readonly string[], before: ReadonlySet<number>, name: string, anyCase: boolean): Set<number> {
  const next = [...before].flatMap((place) => {
    const component = components[place];
    if (component === undefined) return [];
    if (component === '**') return [place];
    return matches(component, name, anyCase) ? [place + 1] : [];
  });
  return withSkipped(components, next);
}

/** `**` may stand for no component at all. */
function withSkipped(components: readonly string[], places: readonly number[]): Set<number> {
  return new Set(places.flatMap((place) => [place, ...(components[place] === '**' ? [place + 1] : [])]));
}

function matches(component: string, name: string, anyCase: boolean): boolean {
  const [glob, text] = anyCase ? [component.toLowerCase(), name.toLowerCase()] : [component, name];
  const pattern = patternBelow(ROOT_DIRECTORY, glob);
  const path = absolutePath(`/${text}`);
  return pattern.kind === 'literal' ? pattern.path === path : patternNames(pattern, path);
}
