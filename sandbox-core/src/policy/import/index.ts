import { getNodeValue } from 'jsonc-parser';

import { parsePolicy } from '../parse';
import { cursor } from './cursor';
import { isObject, type Conversion, type Dialect } from './dialect';
import { fence } from './fence';
import { pathLists } from './path-lists';
import { vscodeSettings } from './vscode-settings';

export type { Conversion, Dialect } from './dialect';

/** The more peculiar first: fence shares most of its keys with policies of our own. */
export const dialects: readonly Dialect[] = [vscodeSettings, cursor, pathLists, fence];

/** The policy of another tool, said in ours. Undefined: not JSON (with comments), or no dialect that is known. Never throws. */
export function importPolicy(text: string): (Conversion & { readonly dialect: Dialect }) | undefined {
  const { root } = parsePolicy(text);
  const value: unknown = root && getNodeValue(root);
  if (!isObject(value)) return undefined;
  const dialect = dialects.find((candidate) => candidate.recognizes(value));
  return dialect && { dialect, ...dialect.convert(value) };
}
