import { ancestorsAndSelf, containsPath, expandPath, ROOT_DIRECTORY, type AbsolutePath, type PathContext } from './absolute-path';
import { isGlob, movePattern, patternBelow, withoutSubtreeSuffix, type PathPattern } from './path-pattern';
import { windowsSpelling } from './windows-path';

/** What reading an entry needs to know of the disk; without a disk nothing is a link, and no name has special characters. */
export interface EntryContext extends PathContext {
  /** The path without symbolic links, as far as it exists. */
  readonly canonicalPath: (path: AbsolutePath) => AbsolutePath;
  readonly exists?: (path: AbsolutePath) => boolean;
}

/** One way to read an entry: its pattern, and the path as it is spelled, links not followed. */
export interface EntryReading {
  readonly pattern: PathPattern;
  readonly named: AbsolutePath;
}

/**
 * How an entry of a path list is read. With special characters it is a pattern, and also the name that it spells where
 * that exists (srt 0.0.83); the directory that a relative entry starts from is only ever a name.
 */
export function readEntry(spelled: string, literal: boolean, context: EntryContext): EntryReading[] {
  const text = entryText(spelled, literal, context);
  const named = expandPath(text, context);
  const asName: EntryReading = { named, pattern: { kind: 'literal', path: context.canonicalPath(named) } };
  const pattern = literal || !isGlob(text) ? undefined : spelledPattern(text, named, context);
  if (pattern?.kind !== 'glob') return [asName];
  const asPattern: EntryReading = { named: pattern.prefix, pattern: movePattern(pattern, context.canonicalPath(pattern.prefix)) };
  return context.exists?.(named) === true ? [asPattern, asName] : [asPattern];
}

/** What an entry names: the path of a name, or the absolute spelling of a pattern. */
export function entryPath(spelled: string, literal: boolean, context: PathContext): AbsolutePath {
  return expandPath(entryText(spelled, literal, context), context);
}

/** The paths whose links an entry's reading depends on. */
export function entryPaths(spelled: string, literal: boolean, context: PathContext): AbsolutePath[] {
  const text = entryText(spelled, literal, context);
  const named = expandPath(text, context);
  const pattern = literal ? undefined : spelledPattern(text, named, context);
  return pattern?.kind === 'glob' ? [named, pattern.prefix] : [named];
}

function entryText(spelled: string, literal: boolean, { platform }: PathContext): string {
  const text = platform === 'windows' ? windowsSpelling(spelled) : spelled;
  return literal ? text : withoutSubtreeSuffix(text);
}

/** What a relative entry starts from has no special characters, whatever it is called. */
function startOf(text: string, { home, base, platform }: PathContext): AbsolutePath {
  if (text.startsWith('/') || (platform === 'windows' && /^[a-z]:/i.test(text))) return ROOT_DIRECTORY;
  return text === '~' || text.startsWith('~/') || (platform === 'windows' && text.startsWith('%')) ? home : base;
}

function spelledPattern(text: string, named: AbsolutePath, context: PathContext): PathPattern {
  const start = startOf(text, context);
  // "../x" leaves the directory it started from.
  const directory = ancestorsAndSelf(start).reverse().find((ancestor) => containsPath(ancestor, named)) ?? ROOT_DIRECTORY;
  return patternBelow(directory, named.slice(directory === ROOT_DIRECTORY ? 1 : directory.length + 1));
}
