import { entryPath, isGlob, ROOT_POINTER, toPointer, type PolicyValue } from 'sandbox-core/policy';
import { findNodeAtOffset, getNodePath } from 'jsonc-parser';
import type { Location } from 'vscode-languageserver-types';

import type { PolicyView } from '../policy-view';
import type { Runtime } from '../runtime';
import { overridingReference } from './deciding-rule';
import { extendedSource, locationIn, locationOfRule } from './rule-location';
import { uriOf } from '../policy-place';

const START = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** Of a path, the file; of a rule that another one overrides, also that one; of what is extended, the other policy. */
export async function definition(view: PolicyView, offset: number, runtime: Runtime): Promise<Location[]> {
  const value = view.valueAt(offset);
  if (!value) return extendedLocation(view, offset);
  const overriding = overridingReference(view, value);
  const rule = overriding && locationOfRule(view, overriding);
  return [...(await fileLocation(view, value, runtime)), ...(rule ? [rule] : [])];
}

function extendedLocation({ root, sources = [] }: PolicyView, offset: number): Location[] {
  const node = findNodeAtOffset(root, offset, true);
  const source = node && extendedSource(sources, toPointer(getNodePath(node)));
  const location = source && locationIn(source, ROOT_POINTER);
  return location ? [{ ...location, range: START }] : [];
}

async function fileLocation({ place }: PolicyView, { kind, text, literal }: PolicyValue, runtime: Runtime): Promise<Location[]> {
  if (kind !== 'path' || (!literal && isGlob(text))) return [];
  const path = entryPath(text, literal, place);
  const found = await runtime.inspect(path);
  return found?.kind === 'file' ? [{ uri: uriOf(path), range: START }] : [];
}
