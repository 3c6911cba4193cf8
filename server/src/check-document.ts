import { createPolicyChecker, dialectOf, joinPath, readSeverities, validateDocument, type PolicyFacts, type SeverityMap, type ValidatedPolicy, type ValidationOptions } from 'sandbox-core/policy';

import type { DocumentCheck } from './policy-documents';
import { pathOf, placeOf } from './policy-place';
import type { ServerState } from './server-state';

/** Enough for any policy that was written by hand; a generated one is not worth the wait. */
const MAX_LOOKUPS = 2000;
/** srt: in the home directory the user's own policy, which is used from everywhere; in a workspace folder that folder's. */
export const DEFAULT_POLICY = '.srt-settings.json';

/** Whether the file is a policy as a whole, and not a block in another program's settings: only those have all features. */
export function isPolicyFile(uri: string): boolean {
  return dialectOf(uri) === 'policy';
}

/** The problems of a policy, or of the policies in another program's settings, on this machine. */
export function checkText(state: CheckState, uri: string, text: string): ValidatedPolicy {
  return validateDocument(text, { dialect: dialectOf(uri), ...checkOptions(state, uri) });
}

/** The same for a document that is being written. */
export function documentCheck(state: CheckState, uri: string): DocumentCheck {
  return isPolicyFile(uri) ? createPolicyChecker(() => checkOptions(state, uri)).check : (text) => checkText(state, uri, text);
}

type CheckState = Pick<ServerState, 'client' | 'runtime' | 'settings'>;

function checkOptions(state: CheckState, uri: string): ValidationOptions {
  const facts = factsFor(state, uri);
  const { platform } = state.runtime;
  return { severities: state.settings.severities, ...(platform && { platform }), ...(facts && { facts }) };
}

/** What a user configured, as far as it can be understood. */
export function severitiesOf(value: unknown): SeverityMap {
  return readSeverities(value ?? {}).severities;
}

function factsFor({ client, runtime }: Pick<ServerState, 'client' | 'runtime'>, uri: string): PolicyFacts | undefined {
  const policyFile = pathOf(uri);
  if (policyFile === undefined || runtime.platform === 'windows') return undefined;
  const { base, home } = placeOf(uri, client.folders, runtime);
  const isShared = policyFile === joinPath(home, DEFAULT_POLICY);
  let lookups = 0;
  return { home, ...(!isShared && { base }), policyFile, kindOf: (path) => (lookups++ < MAX_LOOKUPS ? runtime.kindOf(path) : undefined) };
}
