import { closest } from 'fastest-levenshtein';

import { isPresetName } from '../layers/compose';
import { printable } from '../parse';
import { presets } from '../presets';
import type { PolicyRule } from '../validate';
import { textEntries } from './entries';

/** A name in `extends` that no preset has; whether a path leads to a policy shows when it is read. */
export const unknownPreset: PolicyRule = {
  codes: ['unknown-preset'],
  about: 'settings',
  check({ policy, problem }) {
    const names = Object.keys(presets);
    return textEntries(policy.extends, ['extends'])
      .filter(({ text }) => isPresetName(text) && !names.includes(text))
      .map(({ pointer, text }) => {
        const similar = closest(text, names);
        // Not preferred: what the preset allows, the policy would allow.
        const fix = { title: `Change to "${similar}"`, edit: { kind: 'set', pointer, value: similar }, preferred: false } as const;
        return problem('unknown-preset', `"${printable(text)}" is not a preset; there are ${names.join(', ')}. The path of a file has a "/" in it`, pointer, [fix]);
      });
  },
};
