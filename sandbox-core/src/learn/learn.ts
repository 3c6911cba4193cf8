import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, delimiter } from 'node:path';

import { createPatch } from 'diff';

import { SandboxError } from '../errors';
import type { Host } from '../host/host';
import { DEFAULT_POLICY, loadPolicy, readPolicyText } from '../host/policy-file';
import { replaceFile } from '../host/replace-file';
import { resolvePolicyOnHost } from '../host/resolve-policy';
import type { ExitStatus } from '../launch/command-channel';
import { absolutePath, describePointer, joinPath, parentPath, pointerSegments, printable, proposePolicy, untrustedPolicy, withEntries, type AbsolutePath, type Policy, type PolicyPointer, type PolicyProposal } from '../policy';
import { record, type RecordOptions } from './record';

/** @property file the policy to extend, or to make if it does not exist */
export interface LearnOptions extends Omit<RecordOptions, 'base'> {
  readonly file: AbsolutePath;
  /** Whether it is the user's own word. Else what it denies holds while the command is recorded, and nothing that it allows or names. */
  readonly trusted: boolean;
  /** Without keys that sandbox-runtime does not know. */
  readonly portable: boolean;
}

/**
 * What was learned from one run. Plain data: schemas/learned.schema.json.
 *
 * @property file with links of its directory followed as they were before the command ran
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
  const { host, command, portable } = options;
  const file = withoutLinks(options.file);
  const before = readPolicyText(file, false);
  const loaded = before === undefined ? undefined : loadPolicy(file, { directory: command.directory });
  const base = loaded?.policy ?? DEFAULT_POLICY;
  const { policy } = await resolvePolicyOnHost(base, { base: command.directory, home: host.home, ...loaded?.composition });
  const { exit, observed } = await record({ ...options, base: options.trusted ? base : withoutItsWord(base, options), policyFiles: [file, ...(loaded?.composition?.policyFiles ?? [])] });
  const proposal = proposePolicy(observed, policy, before === undefined, { programDirectories: programDirectories(host), exists });
  const after = withEntries(before, proposal.entries, portable);
  return { version: 1, command: command.argv, exit, file, before: before ?? null, after, diff: before === after ? '' : createPatch(file, before ?? '', after, undefined, undefined, { context: 3 }), ...proposal };
}

/** A project's policy is its author's. What a recording allows anyway is not missed. */
function withoutItsWord(base: Policy, { file, notice }: LearnOptions): Policy {
  const { policy, leftOut } = untrustedPolicy(base);
  const isAllowedAnyway = (pointer: PolicyPointer): boolean => {
    const [, list, index] = pointerSegments(pointer);
    const entry = list === 'allowWrite' ? base.filesystem.allowWrite[Number(index)] : undefined;
    return list === 'allowedDomains' || (typeof entry === 'string' && !entry.startsWith('/'));
  };
  const missed = leftOut.filter((pointer) => !isAllowedAnyway(pointer)).map(describePointer);
  if (missed.length > 0) notice?.(`while recording, ${printable(missed.join(', '), 400)} of ${printable(file, 400)} does not hold, as whoever wrote the project may have written it; it does if you name the file (srt learn -s FILE)`);
  return policy;
}

/** Writes what was proposed, unless the file was changed meanwhile. */
export function writeLearned({ file, before, after, directories }: Pick<Learned, 'file' | 'before' | 'after' | 'directories'>): void {
  if ((readPolicyText(file, false) ?? null) !== before) throw new SandboxError('usage', `${file} was changed while the command ran; learn again`);
  if (withoutLinks(file) !== file) throw new SandboxError('usage', `the directory of ${printable(file, 400)} became a symbolic link while the command ran; nothing is written through it`);
  // A link in a project leads where its author chose.
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  for (const directory of isLink ? [] : directories) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const failure = isLink ? 'it is a symbolic link; name the file that it leads to' : replaceFile(file, after);
  if (failure !== undefined) throw new SandboxError('usage', `cannot write ${file}: ${failure}`);
}

/** The directory is there before the command: what that makes could lead anywhere. */
function withoutLinks(file: AbsolutePath): AbsolutePath {
  try {
    return joinPath(absolutePath(realpathSync(parentPath(file))), basename(file));
  } catch (error) {
    throw new SandboxError('usage', `expected the directory of ${printable(file, 400)} to be there (${(error as NodeJS.ErrnoException).code ?? String(error)}); make it first`, { cause: error });
  }
}

function programDirectories({ environment }: Host): AbsolutePath[] {
  return (environment['PATH'] ?? '').split(delimiter).filter((path) => path.startsWith('/')).map(absolutePath);
}

function exists(path: AbsolutePath): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
