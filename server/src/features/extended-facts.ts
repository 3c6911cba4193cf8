import { presets, policyValues } from 'sandbox-core/policy';

import type { PolicyView } from '../policy-view';
import { codeSpan } from './markdown';
import { extendedSource } from './rule-location';

/** What an entry of `extends` brings into the policy, as lines of Markdown. */
export function extendedFacts({ sources = [] }: PolicyView, pointer: string): string[] {
  const source = extendedSource(sources, pointer);
  if (!source) return [];
  const { id, path, checked } = source;
  if (path !== undefined) {
    const rules = checked.syntax.root ? policyValues(checked.syntax.root).length : 0;
    return [`Extends ${codeSpan(path)} (${rules} ${rules === 1 ? 'path or host' : 'paths and hosts'})`];
  }
  const name = id.slice('preset:'.length);
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  // The preset's text is the project's own.
  return preset ? [`The preset ${codeSpan(name)}: ${preset.description}`, '\n```json\n' + checked.syntax.text + '\n```'] : [];
}
