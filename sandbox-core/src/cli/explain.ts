import type { Host } from '../host/host';
import { loadPolicy, type LoadedPolicy } from '../host/policy-file';
import { probePaths } from '../host/path-facts';
import { resolvePolicyOnHost } from '../host/resolve-policy';
import { absolutePath, decide, expandPath, type AbsolutePath, type Decision, type PathContext, type PolicyRequest } from '../policy';
import { SandboxError } from '../errors';
import { loadOptions, reportLeftOut, type LayerFlags } from './layers';
import type { Output } from './output';
import { describeRule, positionOf } from './position';

const HTTPS_PORT = 443;

/** `srt explain read|write|connect TARGET`: asks the same function as the sandbox does. */
export async function explainCommand(operation: string, target: string, options: LayerFlags & { readonly json?: boolean }, host: Host, output: Output): Promise<number> {
  const loaded = loadPolicy(options.settings, loadOptions(options));
  reportLeftOut(loaded, output);
  const context: PathContext = { base: absolutePath(process.cwd()), home: host.home };
  const { policy } = await resolvePolicyOnHost(loaded.policy, { ...context, ...loaded.composition });
  const decision = decide(policy, await toRequest(operation, target, context));
  if (options.json === true) output.result(JSON.stringify(toJson(decision, loaded), null, 2));
  else print(operation, target, decision, loaded, output);
  return 0;
}

async function toRequest(operation: string, target: string, context: PathContext): Promise<PolicyRequest> {
  if (operation === 'read' || operation === 'write') return { kind: operation, path: await canonical(target, context) };
  if (operation !== 'connect') throw new SandboxError('usage', `expected read, write or connect, got "${operation}"`);
  if (target.startsWith('/') || target.startsWith('~')) return { kind: 'socket', path: await canonical(target, context) };
  const found = /^(?:\[(?<address>.+)\]|(?<name>[^:]+))(?::(?<port>\d+))?$/.exec(target)?.groups;
  return { kind: 'connect', host: found?.['address'] ?? found?.['name'] ?? target, port: Number(found?.['port'] ?? HTTPS_PORT) };
}

async function canonical(target: string, context: PathContext): Promise<AbsolutePath> {
  const path = expandPath(target, context);
  return (await probePaths([path])).get(path)?.canonical ?? path;
}

function toJson({ outcome, rule, reason, overridden }: Decision, loaded: LoadedPolicy): object {
  return {
    decision: outcome,
    rule: rule.kind === 'built-in' ? rule.name : rule.pointer,
    ruleKind: rule.kind,
    reason,
    position: positionOf(rule, loaded) ?? null,
    overridden: overridden.map((other) => (other.kind === 'built-in' ? other.name : other.pointer)),
  };
}

function print(operation: string, target: string, decision: Decision, loaded: LoadedPolicy, output: Output): void {
  const style = output.resultStyle;
  const verdict = decision.outcome === 'allow' ? style.green('allowed') : style.red('denied');
  output.result(`${verdict}  ${operation} ${target}`);
  output.result(`  because  ${decision.reason}`);
  const position = positionOf(decision.rule, loaded);
  if (position !== undefined) output.result(`  rule     ${position}`);
  for (const rule of decision.overridden) output.result(style.dim(`  beats    ${describeRule(rule, loaded)}`));
}
