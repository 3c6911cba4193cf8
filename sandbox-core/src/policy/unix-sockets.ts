import { containsPath, expandPath, type AbsolutePath, type PathContext } from './absolute-path';
import type { Decision } from './decide';
import { ruleReference, type PolicyOrigins } from './layers/origins';
import { toPointer } from './pointer';
import { printable } from './parse';
import type { Policy } from './policy.generated';
import type { RuleReference } from './resolve';

/** An entry of allowUnixSockets: a socket, or a directory whose sockets are all meant. */
export interface SocketRule {
  /** Free of symbolic links. */
  readonly path: AbsolutePath;
  /** Links not followed. */
  readonly named: AbsolutePath;
  readonly rule: RuleReference;
  readonly spelled: string;
}

/** The sockets of the host that commands may connect to. */
export interface SocketRules {
  /** srt: network.allowAllUnixSockets. */
  readonly any: boolean;
  readonly listed: readonly SocketRule[];
}

/** The paths that entries name, links not followed. */
export function namedSocketPaths(policy: Policy, context: PathContext): AbsolutePath[] {
  return (policy.network.allowUnixSockets ?? []).map((spelled) => expandPath(spelled, context));
}

export function socketRules(policy: Policy, context: PathContext & { readonly canonicalPath: (path: AbsolutePath) => AbsolutePath; readonly origins?: PolicyOrigins }): SocketRules {
  const listed = namedSocketPaths(policy, context).map((path, index) => ({
    path: context.canonicalPath(path),
    named: path,
    rule: ruleReference(toPointer(['network', 'allowUnixSockets', index]), context.origins),
    spelled: policy.network.allowUnixSockets?.[index] ?? path,
  }));
  return { any: policy.network.allowAllUnixSockets === true, listed };
}

/** About a socket that is bound on the host; those that commands make themselves are theirs to use. */
export function decideSocket({ any, listed }: SocketRules, path: AbsolutePath): Decision {
  const found = listed.find((rule) => containsPath(rule.path, path));
  if (found) return { outcome: 'allow', rule: found.rule, reason: `allowed by "${printable(found.spelled)}" in allowUnixSockets`, overridden: [] };
  if (any) return { outcome: 'allow', rule: { kind: 'policy', pointer: toPointer(['network', 'allowAllUnixSockets']) }, reason: 'allowAllUnixSockets lets every Unix socket be reached', overridden: [] };
  return { outcome: 'deny', rule: { kind: 'default', pointer: toPointer(['network', 'allowUnixSockets']) }, reason: 'no entry of allowUnixSockets covers it', overridden: [] };
}
