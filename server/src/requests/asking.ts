import { commandRequests, describeRule, diffPolicies, effectiveText, expandPath, explain, type Explanation, type PathContext, type PolicyChangeInEffect, type PolicyRequest } from 'sandbox-core/policy';
import { CodeLensRefreshRequest, type CancellationToken } from 'vscode-languageserver';

import { composedPolicy, type ComposedView } from '../composed-policy';
import { BASELINE_METHOD, DIFF_METHOD, EFFECTIVE_POLICY_METHOD, EXPLAIN_METHOD, type BaselineParams, type DiffResult, type EffectivePolicyParams, type EffectivePolicyResult, type ExplainedAnswer, type ExplainParams, type ExplainResult } from '../protocol';
import { shownPath } from '../policy-place';
import { runSafe } from '../run-safe';
import type { ServerState } from '../server-state';

const HTTPS_PORT = 443;

/** Requests about what a policy comes to: with all files that it extends. It need not be open. */
export function registerAsking(state: ServerState): void {
  const { connection } = state;
  const { console } = connection;
  connection.onRequest(EXPLAIN_METHOD, (params: ExplainParams, token: CancellationToken) => runSafe<ExplainResult>(console, 'explain', token, { problems: [], answers: [] }, () => explained(state, params)));
  connection.onRequest(EFFECTIVE_POLICY_METHOD, (params: EffectivePolicyParams, token: CancellationToken) => runSafe<EffectivePolicyResult>(console, 'effective policy', token, { text: '' }, () => effective(state, params)));
  connection.onRequest(DIFF_METHOD, ({ textDocument }: { readonly textDocument: { readonly uri: string } }, token: CancellationToken) => runSafe<DiffResult | null>(console, 'diff', token, null, () => changesSinceBaseline(state, textDocument.uri)));
  connection.onNotification(BASELINE_METHOD, ({ uri, text }: BaselineParams) => {
    if (text === null) state.baselines.delete(uri);
    else state.baselines.set(uri, text);
    if (state.client.refreshesCodeLenses) connection.sendRequest(CodeLensRefreshRequest.type).catch(() => undefined);
  });
}

async function explained(state: ServerState, { textDocument, operation, target, platform }: ExplainParams): Promise<ExplainResult> {
  const view = await composedPolicy(state, textDocument.uri, { platform });
  if ('problems' in view) return { problems: view.problems, answers: [] };
  const requests = toRequests(operation, target, view.policy.context);
  return { problems: [], answers: requests.map((request) => answerOf(explain(view.policy, request, platform ?? state.runtime.platform ?? 'linux'), view)) };
}

/** A command line's programs are not looked up here: which there are, only the machine that runs them knows. */
function toRequests(operation: ExplainParams['operation'], target: string, context: PathContext): PolicyRequest[] {
  if (operation === 'command') return commandRequests(target, { ...context, findProgram: () => undefined }).flatMap(({ request }) => request ?? []);
  if (operation !== 'connect') return [{ kind: operation, path: expandPath(target, context) }];
  const found = /^(?:\[(?<address>.+)\]|(?<name>[^:]+))(?::(?<port>\d+))?$/.exec(target)?.groups;
  return [{ kind: 'connect', host: found?.['address'] ?? found?.['name'] ?? target, port: Number(found?.['port'] ?? HTTPS_PORT) }];
}

function answerOf({ request, outcome, reason, rule, overridden, platformNote, changes }: Explanation, { texts, policy }: ComposedView): ExplainedAnswer {
  return {
    operation: request.kind,
    target: 'path' in request ? shownPath(request.path, policy.context) : request.host,
    outcome,
    reason,
    rule: describeRule(rule, texts),
    layer: rule.kind === 'policy' ? (rule.layer ?? null) : null,
    overridden: overridden.map((other) => describeRule(other, texts)),
    ...(platformNote !== undefined && { platformNote }),
    changes: changes.map(({ title, widens, file, edit }) => ({ title, widens, file: file ?? null, edit })),
  };
}

async function effective(state: ServerState, { textDocument, platform }: EffectivePolicyParams): Promise<EffectivePolicyResult> {
  const view = await composedPolicy(state, textDocument.uri, { platform });
  if ('problems' in view) return { text: ['// No policy is in force: nothing would be run under it.', ...view.problems.map((problem) => `//   ${problem.replace(/\s+/g, ' ')}`), ''].join('\n') };
  return { text: effectiveText(view.policy, { platform, texts: view.texts, leftOut: view.leftOut }) };
}

/** Null: nothing to compare with, or one side is not a valid policy. */
export async function changesSinceBaseline(state: ServerState, uri: string): Promise<DiffResult | null> {
  const baseline = state.baselines.get(uri);
  if (baseline === undefined) return null;
  const [before, after] = await Promise.all([composedPolicy(state, uri, { text: baseline }), composedPolicy(state, uri)]);
  if ('problems' in before || 'problems' in after) return null;
  const { newlyAllowed, newlyDenied, undecided } = diffPolicies(before.policy, after.policy);
  const text = ({ operation, target, before: was, after: is }: PolicyChangeInEffect): string => {
    const [decisive, side] = is?.rule.kind === 'default' && was ? [was, before] : [is, after];
    return `${operation} ${target}${decisive ? `  ${decisive.reason} (${describeRule(decisive.rule, side.texts)})` : ''}`;
  };
  return { newlyAllowed: newlyAllowed.map(text), newlyDenied: newlyDenied.map(text), undecided };
}

