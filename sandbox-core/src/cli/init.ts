import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';

import { SandboxError } from '../errors';
import { DEFAULT_POLICY_NAME, loadPolicy } from '../host/policy-file';
import { presets, printable } from '../policy';
import type { Output } from './output';
import { writePolicy } from './write-policy';

export interface InitFlags {
  readonly preset?: readonly string[];
  readonly force?: boolean;
}

/** What lies in a project, and the preset that suits it. */
const SIGNS: readonly (readonly [file: string, preset: string])[] = [['package.json', 'node'], ['pyproject.toml', 'python'], ['requirements.txt', 'python'], ['go.mod', 'go'], ['Cargo.toml', 'rust']];
const GROUND = 'workspace';
/** As a shell has it after Ctrl-C. */
const EXIT_INTERRUPTED = 130;

/** `srt init`: writes a policy that builds on presets. Asks which where it can; else --preset, or what the project looks like. */
export async function initCommand(file: string | undefined, options: InitFlags, output: Output): Promise<number> {
  const path = file ?? DEFAULT_POLICY_NAME;
  const known = Object.keys(presets);
  const named = options.preset && [...new Set(options.preset)];
  const unknown = named?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new SandboxError('usage', `there is no preset "${printable(unknown, 80)}"; there are ${known.join(', ')}`);
  if (existsSync(path) && options.force !== true) throw new SandboxError('usage', `${printable(path, 400)} exists already. --force replaces it`);
  const suggested = suggest('.');
  const chosen = named ?? (process.stdin.isTTY && process.stdout.isTTY ? await ask(suggested, output) : suggested);
  if (!chosen) {
    output.error('srt: nothing was written');
    return EXIT_INTERRUPTED;
  }
  writePolicy(path, policyText(chosen), options.force === true);
  loadPolicy(path);
  output.result(`wrote ${printable(path, 400)}: ${chosen.join(', ')}`);
  output.error(`Next: srt -s ${printable(path, 400)} COMMAND runs a command under it; srt -s ${printable(path, 400)} effective shows everything it says.`);
  return 0;
}

function suggest(directory: string): string[] {
  return [...new Set([GROUND, ...SIGNS.filter(([sign]) => existsSync(join(directory, sign))).map(([, preset]) => preset)])];
}

/** Undefined: Ctrl-C or the end of the input. */
async function ask(suggested: readonly string[], output: Output): Promise<readonly string[] | undefined> {
  for (const [name, { description }] of Object.entries(presets)) output.error(`  ${output.style.bold(name.padEnd(10))} ${description}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<undefined>((resolve) => terminal.once('close', () => resolve(undefined)));
  try {
    for (;;) {
      const typed = await Promise.race([closed, terminal.question(`Build on which, separated by blanks? [${suggested.join(' ')}] `).catch(() => undefined)]);
      if (typed === undefined) {
        output.error(''); // ends the line with the question
        return undefined;
      }
      const names = [...new Set(typed.split(/[\s,]+/).filter((name) => name !== ''))];
      const unknown = names.filter((name) => !Object.hasOwn(presets, name));
      if (unknown.length === 0) return names.length === 0 ? suggested : names;
      output.error(`There is no preset ${printable(unknown.join(', '), 200)}.`);
    }
  } finally {
    terminal.close();
  }
}

/** With empty lists to fill: whoever opens the file sees where things go. */
function policyText(names: readonly string[]): string {
  return JSON.stringify({ extends: names, network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } }, null, 2) + '\n';
}
