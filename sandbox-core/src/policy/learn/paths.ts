import { containsPath, expandPath, joinPath, parentPath, type AbsolutePath, type PathContext } from '../absolute-path';
import { CODE_PLACES } from '../code-places';
import { holdsOthers, isSpellable, SHARED, spelledPath } from '../entry-for-write';
import { printable } from '../parse';
import { presets } from '../presets';
import { UNPROPOSED_PLACES } from '../secret-places';
import { TOOL_PRESETS } from './hosts';
import { learnedEntry, type LearnedEntry, type LearnFacts, type NotProposed, type WrittenPath } from './observations';

const MAX_TARGET = 400;

export interface PathProposal {
  readonly entries: readonly LearnedEntry[];
  readonly notProposed: readonly NotProposed[];
  /** Directories that entries name, or presets do, and that are not there yet. An entry for what is missing allows nothing. */
  readonly directories: readonly AbsolutePath[];
}

interface Finding {
  readonly entries: LearnedEntry[];
  readonly notProposed: NotProposed[];
}

/**
 * Entries for what was written in the home directory: the directory that a program keeps its things in, as tools' presets
 * name it or one below a shared one.
 *
 * @param opened names of presets that are proposed anyway: their entries need not be repeated
 */
export function proposePaths(written: readonly WrittenPath[], opened: readonly string[], context: PathContext, facts: LearnFacts): PathProposal {
  const places = placesOf(context, facts);
  const { entries, notProposed } = cover(context.home, written, places);
  const covering = opened.flatMap((name) => presets[name]?.policy.filesystem.allowWrite ?? []).filter((entry): entry is string => typeof entry === 'string');
  const isOpened = ({ value }: LearnedEntry): boolean => covering.includes(value);
  const directories = entries.map(({ value }) => expandPath(value, context)).filter((path) => !facts.exists(path));
  return { entries: entries.filter((entry) => !isOpened(entry)), notProposed, directories };
}

interface Places {
  readonly context: PathContext;
  readonly facts: LearnFacts;
  readonly shared: ReadonlySet<AbsolutePath>;
  readonly known: ReadonlySet<AbsolutePath>;
  readonly secret: readonly AbsolutePath[];
  readonly programs: readonly AbsolutePath[];
}

function placesOf(context: PathContext, facts: LearnFacts): Places {
  const expand = (path: string): AbsolutePath => expandPath(path, context);
  const known = TOOL_PRESETS.flatMap((name) => presets[name]?.policy.filesystem.allowWrite ?? []).filter((entry): entry is string => typeof entry === 'string');
  return { context, facts, shared: new Set(SHARED.map((path) => joinPath(context.home, path))), known: new Set(known.map(expand)), secret: UNPROPOSED_PLACES.map(expand), programs: [...CODE_PLACES.map(expand), ...facts.programDirectories] };
}

function cover(at: AbsolutePath, written: readonly WrittenPath[], places: Places): Finding {
  const { context, facts } = places;
  const [own] = written.filter(({ path }) => path === at);
  const secret = places.secret.find((path) => containsPath(path, at));
  if (secret !== undefined) return nothing({ kind: 'secret', target: at, reason: 'a place of secrets' }, written);
  if (places.programs.some((path) => containsPath(path, at))) return nothing({ kind: 'programs', target: at, reason: 'what is in it is run or obeyed outside of the sandbox' }, written);
  if (own && own.kind !== 'directory') return coverFile(own, places);
  const isDivided = places.shared.has(at) || holdsOthers(at, context, facts.exists) || (!places.known.has(at) && [...places.secret, ...places.programs, ...places.known].some((path) => containsPath(at, path)));
  if (!isDivided) return directoryEntry(isHidden(at, places) ? at : narrowed(at, written, places), written, places);
  const children = new Map<AbsolutePath, WrittenPath[]>();
  for (const each of written) if (each.path !== at) children.set(childTowards(at, each.path), [...(children.get(childTowards(at, each.path)) ?? []), each]);
  const found = [...children].map(([child, below]) => cover(child, below, places));
  const self = own ? nothing({ kind: 'new-file', target: at, reason: 'it holds more than what the command keeps there' }, []).notProposed : [];
  return { entries: found.flatMap(({ entries }) => entries), notProposed: [...self, ...found.flatMap(({ notProposed }) => notProposed)] };
}

/** An existing file can be written in place; a new one, or one that is put in its place, would need all of the directory around it. */
function coverFile({ path, kind }: WrittenPath, places: Places): Finding {
  if (kind === 'file' && places.facts.exists(path) && isSpellable(path)) return { entries: [learnedEntry('allowWrite', spelledPath(path, places.context), [path])], notProposed: [] };
  return nothing({ kind: 'new-file', target: path, reason: `made, put in place of another or removed in ${spelledPath(parentPath(path), places.context)}, which holds much else: only an entry for all of it would allow that` }, []);
}

function directoryEntry(directory: AbsolutePath, written: readonly WrittenPath[], { context }: Places): Finding {
  if (!isSpellable(directory)) return nothing({ kind: 'new-file', target: directory, reason: 'its name has characters that cannot be shown' }, written);
  return { entries: [learnedEntry('allowWrite', spelledPath(directory, context), written.map(({ path }) => path))], notProposed: [] };
}

/** `~/Documents/reports` rather than `~/Documents`, as long as that is there: of what the user keeps, as little as possible. */
function narrowed(at: AbsolutePath, written: readonly WrittenPath[], places: Places): AbsolutePath {
  const [first] = written;
  if (!first || written.some(({ path }) => path === at)) return at;
  const child = childTowards(at, first.path);
  const isOnlyOne = written.every(({ path }) => containsPath(child, path)) && !written.some(({ path, kind }) => path === child && kind !== 'directory');
  return isOnlyOne && places.facts.exists(child) ? narrowed(child, written, places) : at;
}

/** Of a program, not of the user. */
function isHidden(path: AbsolutePath, { context }: Places): boolean {
  return path.slice(context.home.length + 1).startsWith('.') || !containsPath(context.home, path);
}

function childTowards(directory: AbsolutePath, path: AbsolutePath): AbsolutePath {
  const [first = ''] = path.slice(directory === '/' ? 1 : directory.length + 1).split('/');
  return joinPath(directory, first);
}

function nothing(what: Omit<NotProposed, 'count'>, written: readonly WrittenPath[]): Finding {
  return { entries: [], notProposed: [{ ...what, target: printable(what.target, MAX_TARGET), count: Math.max(1, written.length) }] };
}
