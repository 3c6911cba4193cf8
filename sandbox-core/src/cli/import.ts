import { SandboxError } from '../errors';
import { readPolicyText } from '../host/policy-file';
import { dialects, importPolicy, MAX_POLICY_CHARACTERS, printable } from '../policy';
import type { Output } from './output';
import { writePolicy } from './write-policy';

export interface ImportFlags {
  readonly output?: string;
  readonly force?: boolean;
}

/** `srt import`: another tool's policy, said in ours, on stdout or into a file. What it has no words for is said on stderr. */
export function importCommand(file: string, options: ImportFlags, output: Output): number {
  const text = readPolicyText(file, true) ?? '';
  const imported = text.length > MAX_POLICY_CHARACTERS ? undefined : importPolicy(text);
  if (!imported) throw new SandboxError('usage', `${printable(file, 400)} is not a policy of a tool that is known here:\n${dialects.map(({ name, description }) => `  ${name}: ${description}`).join('\n')}`);
  const { dialect, policy, notes } = imported;
  const converted = JSON.stringify(policy, null, 2);
  output.error(`srt: read as ${dialect.name}`);
  for (const note of notes) output.error(`srt: ${printable(note, 400)}`);
  if (options.output === undefined) output.result(converted);
  else writePolicy(options.output, converted + '\n', options.force === true);
  return 0;
}
