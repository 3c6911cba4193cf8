import { containsPath, decide, describePointer, parentPath, printable, toPointer, withoutRule, type PathRule, type Policy, type PolicyPointer, type ResolvedPolicy, type AbsolutePath } from '../policy';
import type { HostFacts, PathFact } from '../host/facts';
import type { Refusal } from './plan';

/** Everything in the policy that cannot be held here, all at once. */
export function findRefusals(policy: ResolvedPolicy, directory: AbsolutePath, facts: HostFacts): Refusal[] {
  return [
    ...platformRefusals(facts),
    ...unresolvedExtends(policy.source),
    ...unvettedAddresses(policy.source),
    ...weakerNestedSandbox(facts),
    ...policy.filesystem.rules.flatMap((rule) => globRefusal(rule, facts)),
    ...conflictRefusal(policy.source),
    ...policy.filesystem.rules.flatMap((rule) => linkRefusal(rule, policy, facts)),
    ...socketLinkRefusals(policy, facts),
    ...directoryRefusal(policy, directory),
  ];
}

function platformRefusals({ platform, architecture }: HostFacts): Refusal[] {
  if (platform !== 'linux') return [{ code: 'platform-unsupported', message: `this plan is for Linux, and this is ${platform}` }];
  if (architecture === 'other') return [{ code: 'architecture-unsupported', message: 'the system call filter exists for x86-64 and arm64 only' }];
  return [];
}

/** Whoever reads the file puts its parts together; one that was not would lack the rules of the others. */
function unresolvedExtends(policy: Policy): Refusal[] {
  return policy.extends === undefined ? [] : [refusal('extends-unresolved', toPointer(['extends']), 'the policies that "extends" names were not read; load the policy from its file')];
}

/** Names are looked up by the proxy there, so nobody here sees what they lead to. */
export function unvettedAddresses({ network }: Policy): Refusal[] {
  const proxy = network.httpProxyPort !== undefined ? 'httpProxyPort' : network.socksProxyPort !== undefined ? 'socksProxyPort' : undefined;
  if (proxy === undefined || (network.deniedResolvedAddresses ?? []).length === 0) return [];
  return [refusal('not-expressible', toPointer(['network', 'deniedResolvedAddresses']), `network.deniedResolvedAddresses cannot be held: the proxy of network.${proxy} looks up names itself; remove one of them`)];
}

/** pid 1 has to know its callers' numbers in the /proc around the sandbox: native/src/own_process.h. */
function weakerNestedSandbox({ processes }: HostFacts): Refusal[] {
  if (processes !== 'none') return [];
  return [refusal('not-expressible', toPointer(['enableWeakerNestedSandbox']), 'enableWeakerNestedSandbox needs Linux 6.9 or newer; let the container mount /proc instead (Docker: --security-opt systempaths=unconfined, Podman: --security-opt unmask=ALL)')];
}

/** srt: one of them has to look into the connection. */
function conflictRefusal({ network }: Policy): Refusal[] {
  if (network.tlsTerminate === undefined || network.mitmProxy === undefined) return [];
  return [refusal('conflicting-keys', toPointer(['network', 'mitmProxy']), 'network.mitmProxy and network.tlsTerminate exclude each other: both would decrypt the same connections; remove one')];
}

/** A pattern is held by finding what it names; where there is too much to look through, the rest would not be held. */
function globRefusal(rule: PathRule, facts: HostFacts): Refusal[] {
  const { pattern } = rule;
  if (pattern.kind !== 'glob' || rule.rule.kind !== 'policy' || !facts.incomplete.some((root) => containsPath(root, pattern.prefix) || containsPath(pattern.prefix, root))) return [];
  const pointer = toPointerOf(rule);
  return [refusal('glob-too-broad', pointer, `${describePointer(pointer)}: there are too many directories below ${printable(pattern.prefix, 200)} to find everything that "${printable(rule.spelled)}" names; start the pattern deeper, or name a directory`)];
}

/**
 * A symbolic link in a directory that the sandbox may write, wherever on the way it lies, could have been put there by an
 * earlier command, and be replaced by the next one: following it would grant what the link says, protecting it would not hold.
 * An allowed one may lead to where the same may be done without the entry.
 */
export function linkRefusal(rule: PathRule, policy: ResolvedPolicy, facts: Pick<HostFacts, 'paths'>): Refusal[] {
  const fact = facts.paths.get(rule.named);
  if (fact?.links === undefined || rule.rule.kind !== 'policy' || rule.list === 'denyRead') return [];
  const [link] = replaceableLinks(fact, policy);
  if (link === undefined || grantsNothing(rule, fact.canonical, policy)) return [];
  const pointer = toPointerOf(rule);
  const shown = `${describePointer(pointer)}: "${printable(rule.spelled)}" leads to ${printable(fact.canonical, 200)} through a symbolic link, ${printable(link, 200)}`;
  if (rule.list === 'denyWrite') return [refusal('deny-of-link', pointer, `${shown}, in a directory that may be written, so the link itself could be replaced; name the target instead`)];
  return [refusal('allow-through-link', pointer, `${shown}, which lies in a directory that may be written, so a command could have planted it; name the target if that is meant`)];
}

function grantsNothing(rule: PathRule, target: AbsolutePath, policy: ResolvedPolicy): boolean {
  if (rule.list === 'denyWrite' || rule.pattern.kind === 'glob') return false;
  const without = withoutRule(policy, rule);
  const kinds = rule.list === 'allowRead' ? (['read'] as const) : (['read', 'write'] as const);
  return kinds.every((kind) => decide(without, { kind, path: target }).outcome === 'allow');
}

/** A socket of the host that a planted link leads to was not meant. */
export function socketLinkRefusals(policy: ResolvedPolicy, facts: Pick<HostFacts, 'paths'>): Refusal[] {
  return policy.network.unixSockets.listed.flatMap(({ named, spelled, rule }) => {
    const fact = facts.paths.get(named);
    const link = fact && replaceableLinks(fact, policy)[0];
    if (link === undefined || rule.kind !== 'policy') return [];
    const pointer = rule.pointer as PolicyPointer; // set at parse
    return [refusal('allow-through-link', pointer, `${describePointer(pointer)}: "${printable(spelled)}" leads to ${printable(fact?.canonical ?? named, 200)} through a symbolic link, ${printable(link, 200)}, which lies in a directory that may be written, so a command could have planted it; name the socket itself`)];
  });
}

function replaceableLinks(fact: PathFact, policy: ResolvedPolicy): AbsolutePath[] {
  return (fact.links ?? []).filter((link) => decide(policy, { kind: 'write', path: parentPath(link) }).outcome === 'allow');
}

export function directoryRefusal(policy: ResolvedPolicy, directory: AbsolutePath): Refusal[] {
  const { outcome, rule, reason } = decide(policy, { kind: 'read', path: directory });
  if (outcome === 'allow') return [];
  const message = `the working directory ${printable(directory, 200)} is hidden (${reason}); add it to filesystem.allowRead or allowWrite, or start elsewhere`;
  return [rule.kind === 'policy' ? refusal('directory-hidden', rule.pointer as PolicyPointer, message) : { code: 'directory-hidden', message }]; // set at parse
}

function toPointerOf(rule: PathRule): PolicyPointer {
  return (rule.rule.kind === 'built-in' ? '' : rule.rule.pointer) as PolicyPointer; // set at parse
}

function refusal(code: Refusal['code'], pointer: PolicyPointer, message: string): Refusal {
  return { code, pointer, message };
}

