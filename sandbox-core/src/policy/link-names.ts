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
  if (!mayBeWrittenBelow(policy, target)) return undefined;
  const denies = policy.filesystem.rules.filter(({ list }) => list === 'denyWrite');
  return denies.find((rule) => namesMoreBelow(rule, link) && !denies.some((other) => namesTheSameBelow({ rule, link }, other, target)))?.rule;
}

function mayBeWrittenBelow(policy: ResolvedPolicy, path: AbsolutePath): boolean {
  if (decide(policy, { kind: 'write', path }).outcome === 'allow') return true;
  return policy.filesystem.rules.some(({ list, pattern }) => list === 'allowWrite' && containsPath(path, pattern.kind === 'literal' ? pattern.path : pattern.prefix));
}

/** Of a name that the kernel holds, the directories are mount points: no link takes their place. */
function namesMoreBelow({ pattern, whenMissing }: PathRule, path: AbsolutePath): boolean {
  if (pattern.kind === 'literal') return whenMissing === 'guard' && pattern.path !== path && containsPath(path, pattern.path);
  if (containsPath(path, pattern.prefix)) return true;
  return placesIn(pattern, path).size > 0;
}

function namesTheSameBelow({ rule, link }: { readonly rule: PathRule; readonly link: AbsolutePath }, other: PathRule, target: AbsolutePath): boolean {
  if (rule.pattern.kind === 'literal' || other.pattern.kind === 'literal' || other.pattern.rest !== rule.pattern.rest || containsPath(link, rule.pattern.prefix)) return false;
  const there = placesIn(other.pattern, target);
  return [...placesIn(rule.pattern, link)].every((place) => there.has(place));
}

/** How many of the pattern's components a path may have come past, if something below it can still be named; none below a directory that the pattern leaves out. */
function placesIn(pattern: GlobPattern, path: AbsolutePath): ReadonlySet<number> {
  if (!containsPath(pattern.prefix, path)) return new Set();
  const components = pattern.rest.split('/');
  const names = path.slice(pattern.prefix === ROOT_DIRECTORY ? 1 : pattern.prefix.length + 1).split('/').filter((name) => name !== '');
  if (pattern.outside !== undefined && names.some((name) => name.toLowerCase() === pattern.outside)) return new Set();
  // "a**b" matches across components: anything may lie below.
  if (components.some((component) => component !== '**' && component.includes('**'))) return new Set([-1]);
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
