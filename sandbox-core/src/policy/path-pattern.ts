import { pathDepth, type AbsolutePath } from './absolute-path';

/**
 * How a path of a policy is read (srt 0.0.83, "filesystem"):
 * - a trailing `/**` means the directory itself, so `dir/**` is `dir`;
 * - `*` matches within a component, `?` one character, `[...]` one of a set, `**` any number of components;
 * - everything else is itself. There are no braces and no negation.
 */
export type PathPattern =
  | { readonly kind: 'literal'; readonly path: AbsolutePath }
  | { readonly kind: 'glob'; readonly glob: AbsolutePath; readonly expression: RegExp };

const GLOB_CHARACTERS = /[*?[\]]/;

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
  if (literal || !GLOB_CHARACTERS.test(path)) return { kind: 'literal', path };
  return { kind: 'glob', glob: path, expression: new RegExp('^' + globSource(path) + '$', 'su') };
}

/**
 * The depth of the deepest directory (or the path itself) on the way to `path` that the pattern names; undefined if it
 * names none. Deeper is more specific: it decides between a deny and an allow that both cover a path.
 */
export function matchDepth(pattern: PathPattern, ancestors: readonly AbsolutePath[]): number | undefined {
  for (let index = ancestors.length - 1; index >= 0; index--) {
    const candidate = ancestors[index];
    if (candidate === undefined) continue;
    const matches = pattern.kind === 'literal' ? pattern.path === candidate : pattern.expression.test(candidate);
    if (matches) return pathDepth(candidate);
  }
  return undefined;
}

/** The directory that a glob cannot match above: `/a/b` for `/a/b/*.key`. */
export function literalPrefix(glob: AbsolutePath): AbsolutePath {
  const components = glob.split('/');
  const first = components.findIndex((component) => GLOB_CHARACTERS.test(component));
  return (components.slice(0, first).join('/') || '/') as AbsolutePath; // whole components of a normalized path
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
