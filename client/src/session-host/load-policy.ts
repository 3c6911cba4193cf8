import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { DEFAULT_POLICY, DEFAULT_POLICY_NAME, loadPolicy, type LoadedPolicy } from 'sandbox-core';
import { applyEdit } from 'sandbox-core/policy';

import type { PolicyPlaceParams } from './protocol';

/** Throws a PolicyFileError unless there is a valid policy. */
export function loadPolicyInPlace({ policyPath, directory, layers, grants }: PolicyPlaceParams): LoadedPolicy {
  if (policyPath === undefined) return { policy: DEFAULT_POLICY, sources: [], leftOut: [] };
  // Nothing runs in a window whose workspace is not trusted.
  const options = { directory, layers, trusted: true };
  const named = layers === 'merged' ? undefined : policyPath;
  const loaded = loadPolicy(named, options); // first without the grants: they are not to mend, or hide, what is wrong with the file
  if (grants.length === 0) return loaded;
  return loadPolicy(named, { ...options, text: grants.reduce(applyEdit, textBelowGrants(named)) });
}

/** Of the file that is read under `named`. */
function textBelowGrants(named: string | undefined): string {
  const path = named ?? join(homedir(), DEFAULT_POLICY_NAME);
  return named === undefined && !existsSync(path) ? JSON.stringify(DEFAULT_POLICY) : readFileSync(path, 'utf8');
}
