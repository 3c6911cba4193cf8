import { expandPath, printable, type AbsolutePath } from 'sandbox-core/policy';
import { CompletionItemKind } from 'vscode-languageserver-types';

import { shownPath, type PolicyPlace } from '../../policy-place';
import type { DirectoryEntry, Runtime } from '../../runtime';
import type { ValuePlace } from './place';
import type { ValueItem, ValueList } from './value-items';

/** More would not be read by anybody; typing on narrows it down. */
const MAX_ENTRIES = 500;

/** Files and folders of the directory that is typed so far, hidden ones last. */
export async function pathCompletions(at: ValuePlace, place: PolicyPlace, runtime: Runtime): Promise<ValueList> {
  const isWindows = place.platform === 'windows';
  const directory = at.typed.slice(0, Math.max(at.typed.lastIndexOf('/'), isWindows ? at.typed.lastIndexOf('\\') : -1) + 1);
  const separator = isWindows && !at.typed.includes('/') ? '\\' : '/';
  const start = at.typed.slice(directory.length);
  const inside: AbsolutePath = expandPath(directory === '' ? '.' : directory, place);
  const entries = ((await runtime.readDirectory(inside)) ?? []).filter(({ name }) => printable(name, name.length) === name);
  const matching = start === '' ? entries : entries.filter(({ name }) => name.toLowerCase().includes(start.toLowerCase()));
  const items = [...(directory === '' ? startingPoints(at, place) : []), ...matching.slice(0, MAX_ENTRIES).map((entry) => item(at, directory, separator, entry))];
  return { isIncomplete: matching.length > MAX_ENTRIES, range: at.range, items };
}

function startingPoints(at: ValuePlace, place: PolicyPlace): ValueItem[] {
  const { base, home } = place;
  const drive = shownPath(home, place).slice(0, 3);
  const root = place.platform === 'windows' && /^[A-Z]:/.test(drive) ? drive : '/';
  const points: readonly [string, string][] = [['.', shownPath(base, place)], ['~', shownPath(home, place)], [root, root]];
  return points.map(([text, leadsTo]) => ({ label: text, detail: leadsTo, kind: CompletionItemKind.Folder, sortText: `0 ${text}`, filterText: quoted(text).slice(0, -1), textEditText: quoted(text) + at.separator }));
}

function item(at: ValuePlace, directory: string, separator: string, { name, kind }: DirectoryEntry): ValueItem {
  const path = directory + name;
  const isFolder = kind === 'directory';
  const isHidden = name.startsWith('.');
  // An entry of a list can say that no character of it is special; elsewhere paths are taken as they are.
  const isSpecial = at.isItem && /[*?[\]]/.test(path);
  const textEditText = (isSpecial ? JSON.stringify({ path, literal: true }) : quoted(path)) + at.separator;
  return {
    label: isFolder ? path + separator : path,
    kind: isFolder ? CompletionItemKind.Folder : CompletionItemKind.File,
    sortText: `${isHidden ? 2 : 1} ${isFolder ? 0 : 1} ${name}`,
    filterText: quoted(path),
    textEditText,
    ...(kind === 'link' && { detail: 'link' }),
  };
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
