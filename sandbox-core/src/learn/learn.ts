import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';

import { createPatch } from 'diff';

import { SandboxError } from '../errors';
import type { Host } from '../host/host';
import { DEFAULT_POLICY, loadPolicy, readPolicyText } from '../host/policy-file';
import { resolvePolicyOnHost } from '../host/resolve-policy';
import type { ExitStatus } from '../launch/command-channel';
import { absolutePath, proposePolicy, withEntries, type AbsolutePath, type PolicyProposal } from '../policy';
import { record, type RecordOptions } from './record';

/** @property file the policy to extend, or to make if it does not exist */
export interface LearnOptions extends Omit<RecordOptions, 'base'> {
  readonly file: AbsolutePath;
  /** Without keys that sandbox-runtime does not know. */
  readonly portable: boolean;
}

/**
 * What was learned from one run. Plain data: schemas/learned.schema.json.
 *
 * @property before the file's text; null if there is none
 * @property after the text that is proposed
 * @property diff of the two, unified; empty if nothing is missing
 * @property directories to be made with it
 */
export interface Learned extends PolicyProposal {
  readonly version: 1;
  readonly command: readonly string[];
  readonly exit: ExitStatus;
  readonly file: AbsolutePath;
  readonly before: string | null;
  readonly after: string;
  readonly diff: string;
}

/** Runs a command, and proposes the smallest policy under which it can do the same again. Changes no policy. */
export async function learn(options: LearnOptions): Promise<Learned> {
  const { file, host, command, portable } = options;
  const before = readPolicyText(file, false);
  const loaded = before === undefined ? undefined : loadPolicy(file, { directory: command.directory });
  const base = loaded?.policy ?? DEFAULT_POLICY;
  const { policy } = await resolvePolicyOnHost(base, { base: command.directory, home: host.home, ...loaded?.composition });
  const { exit, observed } = await record({ ...options, base, policyFiles: [file] });
  const proposal = proposePolicy(observed, policy, before === undefined, { programDirectories: programDirectories(host), exists });
  const after = withEntries(before, proposal.entries, portable);
  return { version: 1, command: command.argv, exit, file, before: before ?? null, after, diff: before === after ? '' : createPatch(file, before ?? '', after, '', '', { context: 3 }), ...proposal };
}

/** Writes what was proposed, unless the file was changed meanwhile. */
export function writeLearned({ file, before, after, directories }: Pick<Learned, 'file' | 'before' | 'after' | 'directories'>): void {
  if ((readPolicyText(file, false) ?? null) !== before) throw new SandboxError('usage', `${file} was changed while the command ran; learn again`);
  for (const directory of directories) mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(file, after);
}

function programDirectories({ environment }: Host): AbsolutePath[] {
  return (environment['PATH'] ?? '').split(delimiter).filter((path) => path.startsWith('/')).map(absolutePath);
}

function exists(path: AbsolutePath): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
