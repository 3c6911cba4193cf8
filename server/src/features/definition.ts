import { pathToFileURL } from 'node:url';

import { expandPath, isGlob, withoutSubtreeSuffix, type PolicyValue } from 'sandbox-core/policy';
import type { Location } from 'vscode-languageserver-types';

import type { PolicyView } from '../policy-view';
import type { Runtime } from '../runtime';
import { overridingRule } from './deciding-rule';
import { toRange } from './problems';

const START = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** Of a path, the file; of a rule that another one overrides, also that one. */
export async function definition(view: PolicyView, offset: number, runtime: Runtime): Promise<Location[]> {
  const value = view.valueAt(offset);
  if (!value) return [];
  const overriding = overridingRule(view, value);
  const ruleLocation = overriding ? [{ uri: view.document.uri, range: toRange(view.document, overriding.node) }] : [];
  return [...(await fileLocation(view, value, runtime)), ...ruleLocation];
}

async function fileLocation({ place }: PolicyView, { kind, text, literal }: PolicyValue, runtime: Runtime): Promise<Location[]> {
  if (kind !== 'path' || (!literal && isGlob(text))) return [];
  const path = expandPath(literal ? text : withoutSubtreeSuffix(text), place);
  const found = await runtime.inspect(path);
  return found?.kind === 'file' ? [{ uri: pathToFileURL(path).toString(), range: START }] : [];
}
