import { containsPath, expandPath, parentPath, ROOT_DIRECTORY, type AbsolutePath, type PathContext } from '../absolute-path';
import { nodeAt, printable } from '../parse';
import { toPointer, type PolicyPointer } from '../pointer';
import { presets } from '../presets';
import type { Policy } from '../policy.generated';
import { validatePolicy, type ValidatedPolicy } from '../validate';
import { narrowingOnly, withRestrictions, type LeftOut } from './limit-workspace';
import { mergePolicies, ofOneFile, type MergedPolicy } from './merge';
import type { LayerName, PolicyOrigins } from './origins';

/** `extends` within `extends`. */
export const MAX_EXTENDS_DEPTH = 8;
/** Files and presets of one layer. */
export const MAX_EXTENDED_FILES = 32;

/** A policy file as it was read. */
export interface PolicyText {
  /** Free of symbolic links. */
  readonly path: AbsolutePath;
  readonly text: string;
}

/** Reads a file that a policy extends. Bounded: a regular file of a reasonable size, or what is in the way, in words. */
export type ReadPolicy = (path: AbsolutePath) => PolicyText | { readonly error: string };

/** @property name absent where one policy is used alone */
export interface PolicyLayer {
  readonly name?: LayerName;
  readonly file: PolicyText;
}

/**
 * @property context what paths of `extends` start from, and where they may lead: see extendsRoot
 * @property trusted whether a workspace's layer may allow what the user's does not
 */
export interface ComposeOptions {
  readonly context: PathContext;
  readonly read: ReadPolicy;
  readonly trusted: boolean;
}

/** A file or preset that a composed policy was made from. */
export interface PolicySource {
  /** Absolute path, or `preset:NAME`. */
  readonly id: string;
  readonly path?: AbsolutePath;
  readonly layer?: LayerName;
  readonly checked: ValidatedPolicy;
  /** The source whose `extends` names it. */
  readonly extendedBy?: string;
  /** The entry of `extends` there. */
  readonly extendedAt?: PolicyPointer;
}

/** @property sources the strongest of each layer first */
export interface ComposedPolicy {
  readonly policy: Policy;
  readonly origins: PolicyOrigins;
  readonly sources: readonly PolicySource[];
  readonly leftOut: readonly LeftOut[];
}

/** Why a policy could not be put together: an entry of `extends`, or a file with errors of its own. */
export interface ComposeProblem {
  readonly file: string;
  readonly pointer?: PolicyPointer;
  readonly message: string;
  /** The file itself was read and is not a valid policy. */
  readonly checked?: ValidatedPolicy;
}

export type ComposeResult = { readonly composed: ComposedPolicy } | { readonly problems: readonly ComposeProblem[]; readonly sources: readonly PolicySource[] };

/**
 * One policy from a file and what it extends, or from a user's and a workspace's.
 *
 * @param layers one without a name, or the user's (first) and the workspace's; the last one is the main file
 */
export function composePolicy(layers: readonly PolicyLayer[], options: ComposeOptions): ComposeResult {
  const main = layers.at(-1)?.file.path;
  const gathered = layers.map((layer) => gatherLayer(layer, options));
  const problems = gathered.flatMap((layer) => layer.problems);
  const sources = gathered.flatMap((layer) => layer.sources);
  if (problems.length > 0) return { problems, sources };
  const merged = gathered.map((layer) => withoutExtends(mergePolicies(layer.sources.map((source) => sourcePolicy(source, main)))));
  const { policy, origins, leftOut } = combine(layers, merged, options.trusted);
  const contradictions = sources.length > 1 ? contradictionsIn(policy, origins, main ?? '') : [];
  if (contradictions.length > 0) return { problems: contradictions, sources };
  return { composed: { policy, origins: { ...origins, newRules: placesOfNewRules(layers, options.trusted) }, sources, leftOut } };
}

/** New rules go to the main file; what would not hold in an untrusted workspace's, to the user's. */
function placesOfNewRules(layers: readonly PolicyLayer[], trusted: boolean): PolicyOrigins['newRules'] {
  const main = layers.at(-1);
  const deny = main?.name ? { layer: main.name } : {};
  const user = layers.find(({ name }) => name === 'user');
  const isUsers = main?.name === 'workspace' && !trusted && user !== undefined;
  return { deny, allow: isUsers ? { layer: 'user', file: user.file.path } : deny };
}

/** Each file is valid, and what they say together may still not be: a value of one that a value of the other rules out. */
function contradictionsIn(policy: Policy, origins: PolicyOrigins, main: string): ComposeProblem[] {
  return validatePolicy(JSON.stringify(policy), { errorsOnly: true })
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ message, pointer }) => {
      const origin = pointer && origins.of(pointer);
      return { file: origin?.file ?? main, ...(origin && { pointer: origin.pointer }), message: `together with the other policies: ${message}` };
    });
}

function combine(layers: readonly PolicyLayer[], merged: readonly MergedPolicy[], trusted: boolean): MergedPolicy & { readonly leftOut: readonly LeftOut[] } {
  const of = (name: LayerName): MergedPolicy | undefined => merged[layers.findIndex((layer) => layer.name === name)];
  const workspace = of('workspace');
  if (!workspace) return { ...mergePolicies(merged), leftOut: [] };
  const limited = trusted ? { workspace, leftOut: [] } : narrowingOnly(workspace);
  const user = of('user');
  return { ...mergePolicies(user ? withRestrictions(user, limited.workspace) : [limited.workspace]), leftOut: limited.leftOut };
}

function sourcePolicy({ id, layer, checked }: PolicySource, main: string | undefined): MergedPolicy {
  return ofOneFile(checked.policy as Policy, { ...(layer && { layer }), ...(id !== main && { file: id }) }); // without problems every source has one
}

function withoutExtends({ policy: { extends: _extends, ...policy }, origins }: MergedPolicy): MergedPolicy {
  return { policy, origins };
}

interface GatheredLayer {
  readonly sources: readonly PolicySource[];
  readonly problems: readonly ComposeProblem[];
}

/** The file, then what it extends: of two entries the later one first, as it is the stronger. Each file once. */
function gatherLayer({ name, file }: PolicyLayer, { context, read }: ComposeOptions): GatheredLayer {
  const sources: PolicySource[] = [];
  const problems: ComposeProblem[] = [];
  const root = extendsRoot(file.path, context);
  const add = (source: PolicySource, chain: readonly string[]): void => {
    sources.push(source);
    const { policy, syntax } = source.checked;
    if (!policy) problems.push({ file: source.id, message: syntax.text.trim() === '' ? 'is empty' : 'does not hold a valid policy', checked: source.checked });
    for (const [index, entry] of entriesOf(source.checked).reverse()) {
      const refuse = (message: string): void => void problems.push({ file: source.id, pointer: toPointer(['extends', index]), message });
      const found = locate(entry, source, { context, read, root });
      if ('error' in found) refuse(found.error);
      else if (chain.includes(found.id)) refuse(`"${printable(entry)}" extends itself: ${[...chain.slice(chain.indexOf(found.id)), found.id].map((id) => printable(id, 200)).join(' → ')}`);
      else if (sources.some(({ id }) => id === found.id)) continue;
      else if (chain.length >= MAX_EXTENDS_DEPTH) refuse(`policies extend each other more than ${MAX_EXTENDS_DEPTH} levels deep`);
      else if (sources.length >= MAX_EXTENDED_FILES) refuse(`more than ${MAX_EXTENDED_FILES} policies are put together`);
      else add({ ...found, checked: validatePolicy(found.text, { errorsOnly: true }), extendedBy: source.id, extendedAt: toPointer(['extends', index]), ...(name && { layer: name }) }, [...chain, found.id]);
    }
  };
  add({ id: file.path, path: file.path, checked: validatePolicy(file.text, { errorsOnly: true }), ...(name && { layer: name }) }, [file.path]);
  return { sources, problems };
}

/** What a policy extends, also one with errors elsewhere: they are all said at once. */
function entriesOf({ policy, syntax: { root } }: ValidatedPolicy): [index: number, entry: string][] {
  if (policy) return [...(policy.extends ?? []).entries()];
  const list = root && nodeAt(root, toPointer(['extends']));
  return (list?.type === 'array' ? (list.children ?? []) : []).flatMap((node, index): [number, string][] => (node.type === 'string' ? [[index, String(node.value)]] : []));
}

/** A name without a slash that does not end in `.json` is a preset's. */
export function isPresetName(entry: string): boolean {
  return !/[/\\]|\.json$/.test(entry);
}

type Located = { readonly id: string; readonly path?: AbsolutePath; readonly text: string } | { readonly error: string };

function locate(entry: string, from: PolicySource, { context, read, root }: { readonly context: PathContext; readonly read: ReadPolicy; readonly root: AbsolutePath }): Located {
  if (isPresetName(entry)) {
    const preset = Object.hasOwn(presets, entry) ? presets[entry] : undefined;
    if (!preset) return { error: `"${printable(entry)}" is not a preset; there are ${Object.keys(presets).join(', ')}. A path has a "/" in it` };
    return { id: `preset:${entry}`, text: JSON.stringify(preset.policy, null, 2) };
  }
  const path = expandPath(entry, { base: from.path ? parentPath(from.path) : root, home: context.home });
  if (!containsPath(root, path)) return { error: outside(entry, root) };
  const found = read(path);
  if ('error' in found) return { error: `"${printable(entry)}" ${found.error}` };
  // A link inside could lead out.
  if (!containsPath(root, found.path)) return { error: outside(entry, root) };
  return { id: found.path, ...found };
}

function outside(entry: string, root: AbsolutePath): string {
  return `"${printable(entry)}" lies outside of ${printable(root, 200)}, and a policy extends only what is in its own place`;
}

/**
 * Where the files lie that a policy may extend: the working directory if the policy is in it, else the home directory if it
 * is in that, else its own directory. Whoever writes a repository's policy thus cannot have files outside of it read.
 */
export function extendsRoot(file: AbsolutePath, { base, home }: PathContext): AbsolutePath {
  return [base, home].find((directory) => directory !== ROOT_DIRECTORY && containsPath(directory, file)) ?? parentPath(file);
}
