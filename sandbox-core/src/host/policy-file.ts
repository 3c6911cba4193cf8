import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { SandboxError } from '../errors';
import { validatePolicy, type Policy, type Problem, type ValidatedPolicy } from '../policy';

export const DEFAULT_POLICY_NAME = '.srt-settings.json';

/** srt: what is in force without a settings file. Reading is allowed, writing and the network are not. */
export const DEFAULT_POLICY: Policy = {
  network: { allowedDomains: [], deniedDomains: [] },
  filesystem: { denyRead: [], allowWrite: [], denyWrite: [] },
};

/**
 * A policy and the file it came from.
 *
 * @property file absent: no file was named and the default one does not exist
 */
export interface LoadedPolicy {
  readonly policy: Policy;
  readonly file?: { readonly path: string; readonly checked: ValidatedPolicy };
}

/** A settings file that must not be run with. `problems` has the findings, if the file could be read. */
export class PolicyFileError extends SandboxError {
  constructor(
    readonly path: string,
    found: string,
    readonly checked?: ValidatedPolicy,
  ) {
    super('policy-file', `${path} ${found}\nRefusing to run with the built-in defaults instead: they would drop the rules of this file.`);
  }

  get problems(): readonly Problem[] {
    return this.checked?.problems ?? [];
  }
}

export function defaultPolicyPath(): string {
  return join(homedir(), DEFAULT_POLICY_NAME);
}

/** Reads the file that was named, or the default one. Throws a PolicyFileError unless it holds a valid policy. */
export function loadPolicy(named: string | undefined): LoadedPolicy {
  const path = named ?? defaultPolicyPath();
  const text = readPolicyText(path, named !== undefined);
  if (text === undefined) return { policy: DEFAULT_POLICY };
  if (text.trim() === '') throw new PolicyFileError(path, 'is empty. Delete it, or put a policy in it.');
  const checked = validatePolicy(text);
  if (!checked.policy) throw new PolicyFileError(path, describeProblems(checked), checked);
  return { policy: checked.policy, file: { path, checked } };
}

/** Undefined: the file does not exist and did not have to. */
export function readPolicyText(path: string, mustExist: boolean): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code !== 'ENOENT') throw new PolicyFileError(path, `could not be read (${code}).`);
    if (mustExist) throw new PolicyFileError(path, 'does not exist.');
    return undefined;
  }
}

function describeProblems({ syntax, problems }: ValidatedPolicy): string {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const isSyntax = errors.some(({ code }) => code.startsWith('json-') || code.startsWith('policy-'));
  const lines = errors.map(({ range, code, message }) => `  ${describePosition(syntax.text, range.offset)} ${code}: ${message}`);
  return `${isSyntax ? 'is not valid JSON' : 'does not hold a valid policy'}:\n${lines.join('\n')}`;
}

/** `line:column`, both counted from 1, the column in characters. */
export function describePosition(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `${line}:${[...before.slice(before.lastIndexOf('\n') + 1)].length + 1}`;
}
