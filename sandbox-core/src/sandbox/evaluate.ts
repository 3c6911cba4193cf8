import { probePaths } from '../host/path-facts';
import { canonicalHost, decide, decideCommand, decideInSandbox, expandPath, isOwnPlace, joinPath, parentPath, type AbsolutePath, type Decision, type PathContext, type PolicyPlatform, type ResolvedPolicy, type RuleReference } from '../policy';
import { checkRequest } from './checked-request';
import { commandWords, type SandboxCommand } from './execute';

const HTTPS_PORT = 443;

/**
 * What may be asked of a policy. Paths are absolute, or relative to the sandbox's directory, or start with `~`.
 * `delete` is about one file or empty directory. A connect without a port is about 443.
 */
export type AccessRequest =
  | { readonly kind: 'read' | 'write' | 'delete' | 'list'; readonly path: string }
  | { readonly kind: 'connect'; readonly host: string; readonly port?: number }
  | { readonly kind: 'resolve'; readonly host: string }
  | { readonly kind: 'command'; readonly command: SandboxCommand };

/**
 * @property outcome `ask`: a command that commands.ask names or that cannot be judged before it runs, or a host that no rule covers while there is somebody to ask
 * @property rule what decided
 * @property guidance what the author of a command rule says to do instead
 * @property overridden rules that cover the target too and lost, the most specific first
 */
export interface AccessDecision {
  readonly outcome: 'allow' | 'deny' | 'ask';
  readonly rule: RuleReference;
  readonly reason: string;
  readonly guidance?: string;
  readonly overridden: readonly RuleReference[];
}

/**
 * @property runsOn the system of the sandbox
 * @property asks whether somebody is asked about hosts that no rule covers
 */
export interface EvaluationContext extends PathContext {
  readonly runsOn: PolicyPlatform;
  readonly asks: boolean;
}

/** What the sandbox would do: links are followed as they lie on the disk now. Throws a SandboxError if it is no request. */
export async function evaluate(policy: ResolvedPolicy, request: AccessRequest, context: EvaluationContext): Promise<AccessDecision> {
  checkRequest(request);
  switch (request.kind) {
    case 'read':
    case 'list':
      return decideInSandbox(policy, { kind: 'read', path: await followed(policy, request.path, context) }, context.runsOn);
    case 'write':
      return decideInSandbox(policy, { kind: 'write', path: await followed(policy, request.path, context) }, context.runsOn);
    case 'delete':
      return decideDelete(policy, expandPath(request.path, context), context.runsOn);
    case 'connect':
      return askable(request.host, decide(policy, { kind: 'connect', host: request.host, port: request.port ?? HTTPS_PORT }), policy, context);
    case 'resolve':
      return askable(request.host, decide(policy, { kind: 'resolve', host: request.host }), policy, context);
    case 'command':
      return { overridden: [], ...decideCommand(policy, commandWords(request.command)) };
  }
}

/** A name is removed from its directory: that has to be writable too. A link itself is removed, not what it leads to. */
async function decideDelete(policy: ResolvedPolicy, path: AbsolutePath, runsOn: PolicyPlatform): Promise<Decision> {
  if ([path, parentPath(path)].every((place) => isOwnPlace(policy, place, runsOn))) return decideInSandbox(policy, { kind: 'write', path }, runsOn);
  const directory = await canonical(parentPath(path));
  const own = decide(policy, { kind: 'write', path: joinPath(directory, path.slice(path.lastIndexOf('/') + 1)) });
  return own.outcome === 'deny' ? own : decide(policy, { kind: 'write', path: directory });
}

/** What is no host name is nothing to ask about. */
function askable(host: string, decision: Decision, policy: ResolvedPolicy, { asks }: EvaluationContext): AccessDecision {
  const isOpen = decision.outcome === 'deny' && decision.rule.kind === 'default' && policy.source.network.strictAllowlist !== true;
  return isOpen && asks && canonicalHost(host) !== undefined ? { ...decision, outcome: 'ask' } : decision;
}

async function followed(policy: ResolvedPolicy, path: string, context: EvaluationContext): Promise<AbsolutePath> {
  const expanded = expandPath(path, context);
  return isOwnPlace(policy, expanded, context.runsOn) ? expanded : canonical(expanded);
}

async function canonical(path: AbsolutePath): Promise<AbsolutePath> {
  return (await probePaths([path])).get(path)?.canonical ?? path;
}
