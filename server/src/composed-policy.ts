import { composePolicy, extendsFiles, extendsOthers, extendsProblems, nodeAt, placesOnWindows, resolveForWindows, resolveWithoutDisk, type AbsolutePath, type ComposeResult, type LeftOut, type PolicyPlatform, type PolicySource, type PolicyText, type PolicyTexts, type Problem, type ResolvedPolicy, type ValidatedPolicy } from 'sandbox-core/policy';

import { isPolicyFile } from './check-document';
import { currentViolations } from './features/violations';
import { placeOf, uriOf } from './policy-place';
import type { PolicyView } from './policy-view';
import type { ServerState } from './server-state';

/** A policy with what it extends, as the editor shows it: unsaved text counts, links in rules are not followed. */
export interface ComposedView {
  readonly policy: ResolvedPolicy;
  readonly texts: PolicyTexts;
  readonly leftOut: readonly LeftOut[];
}

export type ComposedViewResult = ComposedView | UnusablePolicies;

/** @property sources what could be read all the same */
export interface UnusablePolicies {
  readonly problems: readonly string[];
  readonly sources: readonly PolicySource[];
}

/** More are not looked for, whatever a policy names. */
const MAX_FILES = 64;
/** As much as a policy may have. */
const MAX_BYTES = 12 * 1024 * 1024;

/**
 * @property text instead of what the document holds: another version of it
 * @property platform whose paths they are; those of this machine unless given
 */
export interface ComposeOptions {
  readonly text?: string;
  readonly platform?: PolicyPlatform | undefined;
}

export async function composedPolicy(state: ServerState, uri: string, { text, platform = state.runtime.platform }: ComposeOptions = {}): Promise<ComposedViewResult> {
  const content = text ?? state.documents.get(uri)?.getText() ?? state.runtime.readFile(uri);
  const { base, home, file } = placeOf(uri, state.client.folders, state.runtime);
  if (content === undefined || file === undefined) return { problems: ['the policy could not be read'], sources: [] };
  const result = await readAndCompose(state, { path: file, text: content }, { base, home });
  if ('problems' in result) return { problems: result.problems.map((problem) => `${problem.file}: ${problem.message}`), sources: result.sources };
  const { policy, origins, sources, leftOut } = result.composed;
  const [main] = sources;
  const places = platform === 'windows' && state.runtime.platform !== 'windows' ? placesOnWindows({ base, home }) : { base, home };
  const resolved = platform === 'windows' ? resolveForWindows(policy, { ...places, origins }) : resolveWithoutDisk(policy, { base, home, origins });
  return { policy: resolved, texts: { ...(main && { main: { name: file, syntax: main.checked.syntax } }), sources }, leftOut };
}

/** The view of a policy that extends others, with those in force too. One that cannot be put together decides nothing. */
export async function withExtended(state: ServerState, view: PolicyView): Promise<PolicyView> {
  if (!nodeAt(view.root, '/extends')) return view;
  const composed = await composedPolicy(state, view.document.uri);
  const policy = 'problems' in composed ? undefined : composed.policy;
  return { ...view, sources: 'problems' in composed ? composed.sources : composed.texts.sources, resolved: () => policy, violations: () => currentViolations(policy, state.violations.get(view.document.uri)) };
}

/** What is wrong with what a policy extends. */
export async function problemsOfExtended(state: ServerState, uri: string, { syntax }: ValidatedPolicy): Promise<Problem[]> {
  const { base, home, file } = placeOf(uri, state.client.folders, state.runtime);
  if (file === undefined || !isPolicyFile(uri) || !extendsOthers(syntax)) return [];
  return extendsProblems({ syntax, file }, await readAndCompose(state, { path: file, text: syntax.text }, { base, home }), state.settings.severities);
}

/** The open policies whose problems depend on other files. */
export function extendingPolicies({ documents, policies }: ServerState): string[] {
  return documents.all().flatMap((document) => (isPolicyFile(document.uri) && extendsFiles(policies.get(document).syntax) ? [document.uri] : []));
}

/** Composing asks for files and does not wait; what it missed is read, and it is asked again. */
async function readAndCompose(state: ServerState, file: PolicyText, context: { readonly base: AbsolutePath; readonly home: AbsolutePath }): Promise<ComposeResult> {
  const known = new Map<AbsolutePath, PolicyText | { readonly error: string }>();
  for (;;) {
    const missing = new Set<AbsolutePath>();
    const read = (path: AbsolutePath): PolicyText | { readonly error: string } => {
      const found = known.get(path);
      if (!found && known.size + missing.size < MAX_FILES) missing.add(path);
      return found ?? { error: 'is one file too many' };
    };
    const result = composePolicy([{ file }], { context, read, trusted: true });
    if (missing.size === 0) return result;
    for (const path of missing) known.set(path, await readPolicy(state, path));
  }
}

/** Unsaved text counts. */
export async function readPolicy({ documents, runtime }: ServerState, path: AbsolutePath): Promise<PolicyText | { readonly error: string }> {
  const found = await runtime.inspect(path);
  if (!found) return { error: 'does not exist' };
  if (found.kind !== 'file') return { error: 'is not a regular file' };
  const text = documents.get(uriOf(path))?.getText() ?? (await runtime.readStart(found.canonical, MAX_BYTES));
  return text === undefined ? { error: 'could not be read' } : { path: found.canonical, text };
}
