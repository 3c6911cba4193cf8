import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { PolicyPlatform, ValidationOptions } from 'sandbox-core/policy';

import { root } from './cli';
import { FACTS } from './policy-facts';
import { policyOf } from './policies';

/** An example of a problem's page; the words behind ```json choose how it is checked: `linux`, `facts`, `portable`. */
export interface PageExample {
  readonly heading: string;
  readonly text: string;
  readonly options: ValidationOptions;
}

export interface ProblemPage {
  readonly code: string;
  readonly text: string;
  readonly examples: readonly PageExample[];
}

export function problemPages(): ProblemPage[] {
  const folder = join(root, 'docs', 'problems');
  return readdirSync(folder).filter((name) => name !== 'README.md').map((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const examples = [...text.matchAll(/^## (?<heading>.+)\n\n```json(?<words>[^\n]*)\n(?<json>[^]*?)\n```$/gm)].map(({ groups = {} }) => ({ heading: groups['heading']!, text: wholePolicy(groups['json']!), options: optionsOf(groups['words']!.trim().split(' ')) }));
    return { code: name.replace('.md', ''), text, examples };
  });
}

export function optionsOf(words: readonly string[]): ValidationOptions {
  const platform = (['linux', 'macos', 'windows'] as const).find((name: PolicyPlatform) => words.includes(name));
  return { ...(platform && { platform }), ...(words.includes('facts') && { facts: FACTS }), portable: words.includes('portable') };
}

/** Examples show the part of a policy that they are about; the required keys are filled in. Broken JSON stays as it is. */
function wholePolicy(json: string): string {
  if (json.includes('"network": { "allowedDomains": [],') && json.includes('"filesystem"')) return json;
  try {
    return JSON.stringify(policyOf(JSON.parse(json) as Parameters<typeof policyOf>[0]), null, 2);
  } catch {
    return json;
  }
}
