import { pathDepth, type AbsolutePath, type PathPattern } from '../../policy';
import { patternText } from './pattern-text';
import type { SeatbeltFilter } from './profile';

/** Everything at or below what a regular expression matches. */
const BELOW = '(/.*)?$';
/** More ways to spread directories over a pattern's `**` than this make a profile that nobody could load. */
const MAX_ALTERNATIVES = 64;

/** A path pattern of the policy as a profile can ask about it. */
export interface PathMatcher {
  /** What the pattern names, and everything below. */
  readonly filter: SeatbeltFilter;
  /** The directory that holds all matches. */
  readonly prefix: AbsolutePath;
  /** How many directories deep its matches lie; undefined if that varies (`**`). */
  readonly depth: number | undefined;
  /** Only matches more than `depth` deep, with what is below those; undefined: none. Null: no profile can say that. */
  deeperThan(depth: number): SeatbeltFilter | undefined | null;
}

export function toPathMatcher(pattern: PathPattern): PathMatcher {
  if (pattern.kind === 'literal') return literalMatcher(pattern.path);
  const { prefix, components, anyCase, outside } = patternText(pattern);
  const start = pathDepth(prefix);
  const least = start + components.filter((component) => component !== '**').length;
  const isVariable = components.some((component) => component.includes('**'));
  const canUnroll = components.at(-1) !== '**' && components.every((component) => component === '**' || !component.includes('**'));
  const filterOf = (parts: readonly string[]): SeatbeltFilter => ({ kind: 'regex', source: `^${prefix === '/' ? '' : literalSource(prefix, false)}${toSources(parts, anyCase, outside).join('')}${BELOW}` });
  return {
    filter: filterOf(components),
    prefix,
    depth: isVariable ? undefined : least,
    deeperThan(depth) {
      if (!isVariable) return least > depth ? this.filter : undefined;
      if (least > depth) return this.filter;
      if (!canUnroll) return null;
      const ways = spread(components, depth + 1 - least);
      if (ways === undefined) return null;
      return { kind: 'any', filters: ways.map(filterOf) };
    },
  };
}

function literalMatcher(path: AbsolutePath): PathMatcher {
  const filter: SeatbeltFilter = { kind: 'subpath', path };
  return { filter, prefix: path, depth: pathDepth(path), deeperThan: (depth) => (pathDepth(path) > depth ? filter : undefined) };
}

/** The components with `extra` directories (`*`) put in front of their `**`, in every way there is. */
function spread(components: readonly string[], extra: number): string[][] | undefined {
  const at = components.indexOf('**');
  if (at === -1) return extra === 0 ? [[...components]] : [];
  const isLast = !components.includes('**', at + 1);
  const ways: string[][] = [];
  for (let here = isLast ? extra : 0; here <= extra; here++) {
    const rest = spread(components.slice(at + 1), extra - here);
    if (rest === undefined || ways.length + rest.length > MAX_ALTERNATIVES) return undefined;
    const before = [...components.slice(0, at), ...Array.from({ length: here }, () => '*+'), '**'];
    ways.push(...rest.map((after) => [...before, ...after]));
  }
  return ways;
}

/** A name that is not this one, letter by letter: expressions of a profile cannot look ahead. */
function otherName(name: string, anyCase: boolean, at = 0): string {
  const character = name[at];
  if (character === undefined) return '[^/]+';
  const same = literalSource(character, anyCase);
  const others = anyCase ? character.toLowerCase() + character.toUpperCase() : character;
  return `([^${others}/][^/]*|${same}${otherName(name, anyCase, at + 1)})${at === 0 ? '' : '?'}`;
}

/** `**` takes whole directories, each with its slash; so what follows it has none in front. */
function toSources(components: readonly string[], anyCase: boolean, outside: string | undefined): string[] {
  const directory = outside === undefined ? '[^/]+' : otherName(outside, anyCase);
  return components.map((component, index) => {
    const slash = components[index - 1] === '**' ? '' : '/';
    if (component === '*+') return slash + directory; // a directory that `**` stands for: never an empty name
    if (component === '**') return index === components.length - 1 ? `${slash}.*` : `${slash}(${directory}/)*`;
    return slash + componentSource(component, anyCase);
  });
}

function componentSource(component: string, anyCase: boolean): string {
  let source = '';
  for (let at = 0; at < component.length; ) {
    const stars = /^\*+/.exec(component.slice(at))?.[0];
    const set = /^\[([^\]]+)\]/.exec(component.slice(at));
    const members = set?.[1] === undefined ? undefined : setSource(set[1], anyCase);
    const character = String.fromCodePoint(component.codePointAt(at) ?? 0);
    if (stars !== undefined) source += stars.length > 1 ? '.*' : '[^/]*';
    else if (members !== undefined) source += members;
    else source += character === '?' ? '[^/]' : literalSource(character, anyCase);
    at += stars?.length ?? (members === undefined ? undefined : set?.[0].length) ?? character.length;
  }
  return source;
}

/** A set as a choice of its members: dialects differ in what is special between brackets. Undefined: a backward range, which is text. */
function setSource(members: string, anyCase: boolean): string | undefined {
  const choices: string[] = [];
  const characters = [...members];
  for (let at = 0; at < characters.length; at++) {
    const [low = '', dash, high] = characters.slice(at, at + 3);
    if (dash !== '-' || high === undefined) {
      choices.push(...(low === '/' ? [] : [literalSource(low, anyCase)]));
      continue;
    }
    if (low > high) return undefined;
    choices.push(...rangeChoices(low, high, anyCase));
    at += 2;
  }
  return `(${choices.join('|')})`;
}

function rangeChoices(low: string, high: string, anyCase: boolean): string[] {
  const isPlain = [/^[a-z]$/, /^[A-Z]$/, /^[0-9]$/].some((kind) => kind.test(low) && kind.test(high));
  if (isPlain && !anyCase) return [`[${low}-${high}]`];
  const first = low.codePointAt(0) ?? 0;
  const last = high.codePointAt(0) ?? 0;
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)).flatMap((character) => (character === '/' ? [] : [literalSource(character, anyCase)]));
}

function literalSource(text: string, anyCase: boolean): string {
  return Array.from(text, (character) => {
    const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
    if (anyCase && lower !== upper) return /[a-z]/.test(lower) ? `[${lower}${upper}]` : `(${lower}|${upper})`;
    return character.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
  }).join('');
}
