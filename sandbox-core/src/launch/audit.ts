import { SandboxError } from '../errors';
import { isChangedSince } from '../host/changed-since';
import { openAuditLog, type AuditLog } from '../monitor/audit-log';
import { sha256, type AuditedPath } from '../monitor/audit-record';
import { absolutePath, printable, type AbsolutePath, type Policy, type ResolvedPolicy, type RuleReference } from '../policy';
import { requireOutOfReach } from './out-of-reach';
import type { Session, SessionOptions } from './session';

/** Files and directories of one rule: some tens of milliseconds at the end of a session. */
const MAX_LOOKED_AT = 20_000;

/** The audit log that was asked for. Throws a SandboxError if it cannot be written, or commands could write it. */
export function openAudit({ audit, notice = () => undefined }: SessionOptions, policy: ResolvedPolicy): AuditLog | undefined {
  if (!audit) return undefined;
  const path = absolutePath(audit.file);
  try {
    requireOutOfReach('an audit log', path, policy);
    return openAuditLog({ ...audit, file: path }, (error) => notice(`the audit log ends here, as it cannot be written any more: ${error.message}`));
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: AbsolutePath, error: unknown): SandboxError {
  return error instanceof SandboxError ? error : new SandboxError('usage', `cannot write the audit log ${printable(path, 400)}: ${(error as NodeJS.ErrnoException).code ?? String(error)}. Name a file of your own in a directory that exists`, { cause: error });
}

export function startAudit(audit: AuditLog | undefined, { id, violations }: Pick<Session, 'id' | 'violations'>, { policy, directory, policyFiles = [] }: SessionOptions): void {
  audit?.start({ session: id, directory, policy: policyDigest(policy), policyFiles }, violations);
}

export function endAudit(audit: AuditLog | undefined, { network }: Pick<Session, 'network'>, paths: readonly AuditedPath[]): void {
  const hosts = network.byHost.map(({ name, connections, refused }) => ({ name, connections, refused }));
  audit?.end({ hosts, allowed: network.allowed.byRule, paths });
}

/**
 * Which rules let paths be written that were changed since: a rule whose paths were not was of no use. Counting each write would
 * cost a question to the supervisor. Left out are patterns, and directories with more in them than may be looked at.
 */
export function changedPaths({ filesystem }: ResolvedPolicy, since: number): AuditedPath[] {
  const looked = new Map<string, { readonly rule: RuleReference; readonly results: (boolean | undefined)[] }>();
  for (const { list, pattern, rule } of filesystem.rules) {
    if (list !== 'allowWrite' || rule.kind !== 'policy') continue;
    const { results } = looked.get(JSON.stringify(rule)) ?? { results: [] };
    looked.set(JSON.stringify(rule), { rule, results: [...results, pattern.kind === 'literal' ? isChangedSince(pattern.path, since, MAX_LOOKED_AT) : undefined] });
  }
  return [...looked.values()].flatMap(({ rule, results }): AuditedPath[] => (results.includes(true) ? [{ rule, changed: true }] : results.includes(undefined) ? [] : [{ rule, changed: false }]));
}

/** What start records name a policy by. */
export function policyDigest(policy: Policy): string {
  return sha256(JSON.stringify(policy));
}
