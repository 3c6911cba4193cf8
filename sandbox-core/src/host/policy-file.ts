import { closeSync, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { SandboxError } from '../errors';
import { absolutePath, composePolicy, describePointer, describePosition, extendsOthers, extendsProblems, MAX_SHOWN_PATH, printable, type AbsolutePath, type ComposeProblem, type LayerName, type LeftOut, type Policy, type PolicyLayer, type PolicySource, type PolicySyntax, type PolicyTexts, type Problem, type SeverityMap, type ValidatedPolicy } from '../policy';
import { OPEN_AT_ONCE, readBounded, readExtendedPolicy } from './extended-policy';
import { homeDirectory } from './home-directory';
import type { PolicyPlace } from './resolve-policy';

export { describePosition } from '../policy';

export const DEFAULT_POLICY_NAME = '.srt-settings.json';

/** srt: what is in force without a settings file. Reading is allowed, writing and the network are not. */
export const DEFAULT_POLICY: Policy = {
  network: { allowedDomains: [], deniedDomains: [] },
  filesystem: { denyRead: [], allowWrite: [], denyWrite: [] },
};

/**
 * A policy and the files it came from.
 *
 * @property file the main one, as it was named; absent: no file was named and the default one does not exist
 * @property composition present if the policy was put together from several files
 * @property sources every file and preset, the strongest of each layer first
 * @property leftOut what of an untrusted workspace's layer does not count
 */
export interface LoadedPolicy {
  readonly policy: Policy;
  readonly file?: { readonly path: string; readonly checked: ValidatedPolicy };
  readonly composition?: Pick<PolicyPlace, 'origins' | 'policyFiles'>;
  readonly sources: readonly PolicySource[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Which files are put together.
 *
 * @property directory what the policy's relative paths are relative to, and where a workspace's policy lies; the process's unless given
 * @property layers `single`, as sandbox-runtime has it: one file. `merged`: the user's and the workspace's
 * @property trusted whether the workspace's may allow what the user's does not
 */
export interface LoadOptions {
  readonly directory?: string;
  readonly layers?: 'single' | 'merged';
  readonly trusted?: boolean;
  /** The text of the named file, if not that on the disk is meant. */
  readonly text?: string;
  /** Reads the named file only if it is a regular one: of a pipe or a device nobody knows when it answers. The workspace's has to be one in any case. */
  readonly atOnce?: boolean;
}

/** A settings file that must not be run with, for what was `found`. `problems` has the findings, if the file could be read. */
export class PolicyFileError extends SandboxError {
  constructor(
    readonly path: string,
    readonly found: string,
    readonly checked?: ValidatedPolicy,
  ) {
    super('policy-file', `${printable(path, MAX_SHOWN_PATH)} ${found}\nRefusing to run with the built-in defaults instead: they would drop the rules of this file.`);
  }

  get problems(): readonly Problem[] {
    return this.checked?.problems ?? [];
  }
}

export function defaultPolicyPath(): string {
  return join(homeDirectory(), DEFAULT_POLICY_NAME);
}

/**
 * Reads the file that was named, or the default one, with what it extends; with merged layers the workspace's file too.
 * Throws a PolicyFileError unless all of them hold valid policies.
 */
export function loadPolicy(named: string | undefined, options: LoadOptions = {}): LoadedPolicy {
  const directory = resolve(options.directory ?? '.');
  const isMerged = options.layers === 'merged';
  const user = readLayer(named ?? defaultPolicyPath(), named !== undefined, isMerged ? 'user' : undefined, options);
  const workspacePath = join(directory, DEFAULT_POLICY_NAME);
  const workspace = isMerged && workspacePath !== user?.file.path ? readLayer(workspacePath, false, 'workspace', { atOnce: true }) : undefined;
  const layers = [user, workspace].filter((layer) => layer !== undefined);
  const main = layers.at(-1);
  if (!main) return { policy: DEFAULT_POLICY, sources: [], leftOut: [] };
  const context = { base: canonical(directory), home: canonical(homeDirectory()) };
  const result = composePolicy(layers, { context, read: readExtendedPolicy, trusted: options.trusted === true });
  if ('problems' in result) throw refusedFile(result.problems, layers);
  const { policy, origins, sources, leftOut } = result.composed;
  const [source] = sources.filter(({ path }) => path === main.file.path);
  return { policy, ...(source && { file: { path: main.named, checked: source.checked } }), ...(sources.length > 1 || isMerged ? { composition: { origins, policyFiles: sources.flatMap(({ path: file }) => file ?? []) } } : {}), sources, leftOut };
}

/** What is wrong with what a policy extends. */
export function extendsProblemsOnHost(path: string, syntax: PolicySyntax, severities: SeverityMap): Problem[] {
  if (!extendsOthers(syntax)) return [];
  const file = canonical(path);
  const result = composePolicy([{ file: { path: file, text: syntax.text } }], { context: { base: canonical('.'), home: canonical(homeDirectory()) }, read: readExtendedPolicy, trusted: true });
  return extendsProblems({ syntax, file }, result, severities);
}

/** The files of a policy by the names that the user gave them. */
export function textsOf({ file, sources }: LoadedPolicy): PolicyTexts {
  return { ...(file && { main: { name: file.path, syntax: file.checked.syntax } }), sources };
}

interface NamedLayer extends PolicyLayer {
  /** As the user spelled it. */
  readonly named: string;
}

function readLayer(path: string, mustExist: boolean, name: LayerName | undefined, { text: given, atOnce = false }: Pick<LoadOptions, 'text' | 'atOnce'>): NamedLayer | undefined {
  const text = given ?? readPolicyText(path, mustExist, atOnce);
  if (text === undefined) return undefined;
  if (text.trim() === '') throw new PolicyFileError(path, 'is empty. Delete it, or put a policy in it.');
  return { named: path, file: { path: canonical(path), text }, ...(name && { name }) };
}

function refusedFile(problems: readonly ComposeProblem[], layers: readonly NamedLayer[]): PolicyFileError {
  const [first] = problems;
  const nameOf = (file: string): string => layers.find((layer) => layer.file.path === file)?.named ?? file;
  const own = problems.find(({ checked }) => checked);
  if (own?.checked) return new PolicyFileError(nameOf(own.file), describeProblems(own.checked), own.checked);
  const lines = problems.map(({ file, pointer, message }) => `  ${printable(nameOf(file), MAX_SHOWN_PATH)}${pointer === undefined ? '' : `: ${describePointer(pointer)}`}: ${message}`);
  return new PolicyFileError(nameOf(first?.file ?? ''), `cannot be put together:\n${lines.join('\n')}`);
}

function canonical(path: string): AbsolutePath {
  try {
    return absolutePath(realpathSync(path));
  } catch {
    return absolutePath(resolve(path));
  }
}

/** Undefined: the file does not exist and did not have to. */
export function readPolicyText(path: string, mustExist: boolean, atOnce = false): string | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, atOnce ? OPEN_AT_ONCE : 'r');
    if (fstatSync(descriptor).isFile()) return readFileSync(descriptor, 'utf8');
    if (atOnce) throw new PolicyFileError(path, 'is not a regular file.');
    return readBounded(descriptor);
  } catch (error) {
    if (error instanceof PolicyFileError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code !== 'ENOENT') throw new PolicyFileError(path, `could not be read (${code}).`);
    if (mustExist) throw new PolicyFileError(path, 'does not exist.');
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function describeProblems({ syntax, problems }: ValidatedPolicy): string {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const isSyntax = errors.some(({ code }) => code.startsWith('json-') || code.startsWith('policy-'));
  const lines = errors.map(({ range, code, message }) => `  ${describePosition(syntax.text, range.offset)} ${code}: ${message}`);
  return `${isSyntax ? 'is not valid JSON' : 'does not hold a valid policy'}:\n${lines.join('\n')}`;
}
