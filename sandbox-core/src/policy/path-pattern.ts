import { joinPath, pathDepth, ROOT_DIRECTORY, type AbsolutePath } from './absolute-path';

/**
 * How a path of a policy is read (srt 0.0.83, "filesystem"):
 * - a trailing `/**` means the directory itself, so `dir/**` is `dir`;
 * - `*` matches within a component, `?` one character, `[...]` one of a set, `**` any number of components;
 * - everything else is itself. There are no braces and no negation.
 */
export type PathPattern = { readonly kind: 'literal'; readonly path: AbsolutePath } | GlobPattern;

/**
 * @property prefix the directory that it matches nothing above or beside, free of pattern characters' meaning
 * @property rest what follows the prefix, in the policy's words
 * @property names whether it names the path itself
 * @property lastName the last component, folded, if it has no wildcard: most paths are told apart by it
 */
export interface GlobPattern {
  readonly kind: 'glob';
  readonly prefix: AbsolutePath;
  readonly rest: string;
  readonly lastName?: string;
  /** What follows the last wildcard of a last component that has one, folded: no other path matches. */
  readonly ending?: string;
  /** Matches inside a directory of this name do not count. */
  readonly outside?: string;
  /** Letters match in either case. */
  readonly anyCase?: true;
  /** It is about the name itself appearing: what is there already, and what lies below, is not looked for. */
  readonly appearing?: true;
  readonly names: (path: AbsolutePath) => boolean;
}

const GLOB_CHARACTERS = /[*?[\]]/;
const NOT_ASCII = /[\u0080-\uffff]/;

/** Whether a path as spelled in a policy has glob characters beyond a trailing `/**`. */
export function isGlob(spelled: string): boolean {
  return GLOB_CHARACTERS.test(withoutSubtreeSuffix(spelled));
}

/** `dir/**` means `dir`, for every list and platform. */
export function withoutSubtreeSuffix(spelled: string): string {
  let path = spelled;
  while (path.endsWith('/**')) path = path.slice(0, -3);
  return path === '' && spelled !== '' ? '/' : path;
}

/** @param path absolute and expanded, without a trailing subtree suffix */
export function toPathPattern(path: AbsolutePath, literal: boolean): PathPattern {
  return literal ? { kind: 'literal', path } : patternBelow(ROOT_DIRECTORY, path.slice(1));
}

/** @param rest relative to the directory, whose own name has no special characters here: `[x]` in it is just a name */
export function patternBelow(directory: AbsolutePath, rest: string): PathPattern {
  const components = rest.split('/');
  const first = components.findIndex((component) => GLOB_CHARACTERS.test(component));
  if (first === -1) return { kind: 'literal', path: joinPath(directory, rest) };
  return globPattern(joinPath(directory, ...components.slice(0, first)), components.slice(first).join('/'));
}

/** The same pattern below another directory: where a symbolic link leads. */
export function movePattern(pattern: GlobPattern, prefix: AbsolutePath): GlobPattern {
  return globPattern(prefix, pattern.rest);
}

function globPattern(prefix: AbsolutePath, rest: string): GlobPattern {
  const last = rest.slice(rest.lastIndexOf('/') + 1);
  const source = (prefix === ROOT_DIRECTORY ? '' : literalSource(prefix)) + globSource('/' + rest);
  const expression = new RegExp('^' + source + '$', 'su');
  return { kind: 'glob', prefix, rest, ...endOf(last), names: (path) => expression.test(path) };
}

function endOf(last: string): Pick<GlobPattern, 'lastName' | 'ending'> {
  if (!GLOB_CHARACTERS.test(last)) return { lastName: folded(last) };
  return { ending: folded(/[^*?[\]]*$/.exec(last)?.[0] ?? '') };
}

/** Texts that an expression without case takes for the same are the same: the long s is an s. */
export function folded(text: string): string {
  return NOT_ASCII.test(text) ? text.toUpperCase().toLowerCase() : text.toLowerCase();
}

/** A name at any depth below a directory, but not inside a directory called `outside`. Letters match in either case. */
export function nameBelow(prefix: AbsolutePath, name: string, outside: string): GlobPattern {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return { kind: 'glob', prefix, rest: `**/${name}`, outside, anyCase: true, ...endOf(last), names: GLOB_CHARACTERS.test(name) ? globBelow(prefix, name, outside) : plainNameBelow(prefix, name, outside) };
}

/** Compared as text: to make an expression ready takes longer than all that a start asks of it. */
function plainNameBelow(prefix: AbsolutePath, name: string, outside: string): GlobPattern['names'] {
  const [below, ending, barred] = [prefix === ROOT_DIRECTORY ? '/' : `${prefix}/`, `/${name}`, `/${outside}/`].map(folded) as [string, string, string]; // as many as there were
  return (path) => {
    const text = folded(path);
    return text.endsWith(ending) && text.startsWith(below) && text.length >= below.length - 1 + ending.length && !text.includes(barred, below.length - 1);
  };
}

function globBelow(prefix: AbsolutePath, name: string, outside: string): GlobPattern['names'] {
  let expression: RegExp | undefined; // of the many that there are, few are ever asked
  return (path) => {
    expression ??= new RegExp(`^${prefix === ROOT_DIRECTORY ? '' : literalSource(prefix)}/(?!(?:.*/)?${literalSource(outside)}/)(?:[^/]+/)*${globSource(name)}$`, 'siu');
    return expression.test(path);
  };
}

/**
 * The depth of the deepest directory (or the path itself) on the way to `path` that the pattern names; undefined if it
 * names none. Deeper is more specific: it decides between a deny and an allow that both cover a path.
 */
export function matchDepth(pattern: PathPattern, ancestors: readonly AbsolutePath[]): number | undefined {
  for (let index = ancestors.length - 1; index >= 0; index--) {
    const candidate = ancestors[index];
    if (candidate === undefined) continue;
    if (pattern.kind === 'literal' ? pattern.path === candidate : patternNames(pattern, candidate)) return pathDepth(candidate);
  }
  return undefined;
}

/** Whether it names the path itself. An expression takes long to be made ready, so it is asked last. */
export function patternNames(pattern: GlobPattern, path: AbsolutePath): boolean {
  return (pattern.ending === undefined || folded(path).endsWith(pattern.ending)) && pattern.names(path);
}

function literalSource(text: string): string {
  return text.replace(/[^\w/]/gu, (character) => characterPiece(character, 0)[0]);
}

function globSource(glob: string): string {
  let source = '';
  for (let at = 0; at < glob.length; ) {
    const [piece, length] = globPiece(glob, at);
    source += piece;
    at += length;
  }
  return source;
}

/** The regular expression of the construct at `at`, and how many characters of the glob it takes. */
function globPiece(glob: string, at: number): readonly [source: string, length: number] {
  if (glob.startsWith('/**/', at)) return ['/(?:[^/]+/)*', lengthOfRepeatedSubtrees(glob, at)];
  if (glob.startsWith('**', at)) return ['.*', /^\*+/.exec(glob.slice(at))?.[0].length ?? 2];
  const character = glob[at] ?? '';
  if (character === '*') return ['[^/]*', 1];
  if (character === '?') return ['[^/]', 1];
  if (character === '[') return setPiece(glob, at);
  return characterPiece(glob, at);
}

/** Adjacent subtree wildcards mean the same as one; folding them keeps the expression free of nested repeats. */
function lengthOfRepeatedSubtrees(glob: string, at: number): number {
  let length = 4;
  while (glob.startsWith('**/', at + length)) length += 3;
  return length;
}

/**
 * A set runs to the first `]`; everything inside is a member, and `!` and `^` do not negate. Empty brackets and a backward
 * range are plain text, as srt 0.0.83 reads them.
 */
function setPiece(glob: string, at: number): readonly [source: string, length: number] {
  const end = glob.indexOf(']', at);
  const members = end === -1 ? '' : glob.slice(at + 1, end);
  if (members === '' || hasBackwardRange(members)) return characterPiece(glob, at);
  const escaped = members.replace(/[\\^[\]]/g, '\\$&').replace(/^-|-$/g, '\\-');
  return [`(?!/)[${escaped}]`, members.length + 2];
}

function hasBackwardRange(members: string): boolean {
  return [...members.matchAll(/(.)-(.)/gsu)].some(([, low, high]) => (low ?? '') > (high ?? ''));
}

function characterPiece(glob: string, at: number): readonly [source: string, length: number] {
  const character = String.fromCodePoint(glob.codePointAt(at) ?? 0);
  return [character.replace(/[\\^$.*+?()[\]{}|/-]/u, (special) => (special === '-' ? special : '\\' + special)), character.length];
}
