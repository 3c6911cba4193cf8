import { describePointer, printable, toPointer, type PathRule, type PolicyPointer, type ResolvedPolicy, type RuleReference } from '../../policy';
import { commandRefusals } from '../command-refusals';
import { argumentRefusals, type Command } from '../compile';
import type { Refusal } from '../plan';
import { directoryRefusal, linkRefusal, socketLinkRefusals, unvettedAddresses } from '../refusals';
import { fileRules, unorderedPairs } from './file-rules';
import { toPathMatcher } from './path-filters';
import { expressible } from './pattern-text';
import type { SeatbeltFacts } from './plan';
import { isQuotable, type SeatbeltFilter } from './profile';

/** Everything in the policy that a Seatbelt profile cannot hold, all at once. */
export function seatbeltRefusals(policy: ResolvedPolicy, command: Command, facts: SeatbeltFacts): Refusal[] {
  const patterns = policy.filesystem.rules.filter((rule) => rule.pattern.kind === 'glob' && !expressible(rule.pattern));
  if (patterns.length > 0) return patterns.map((rule) => ruleRefusal('not-expressible', rule, 'has a "/" between brackets; write the directories out'));
  return [
    ...unvettedAddresses(policy.source),
    ...linuxOnly(policy),
    ...brokerRefusal(policy),
    ...policy.filesystem.rules.flatMap((rule) => linkRefusal(rule, policy, facts)),
    ...socketLinkRefusals(policy, facts),
    ...unorderedPairs(policy).map(({ denied, allowed }) =>
      ruleRefusal('not-expressible', denied, `and "${printable(allowed.spelled)}" both match at any depth, so on macOS neither can be put before the other; name the directories in one of them`)),
    ...textRefusals(policy),
    ...directoryRefusal(policy, command.directory),
    ...argumentRefusals(command),
    ...(command.isOwn === true ? [] : commandRefusals(policy, command.argv)),
    ...ownLimits(command),
  ];
}

/** Its stand-ins are mounted, and reach it through the sandbox's own network. */
function brokerRefusal({ source }: ResolvedPolicy): Refusal[] {
  return source.broker === undefined ? [] : [{ code: 'platform-unsupported', pointer: toPointer(['broker']), message: 'broker: commands are run outside on behalf of the sandbox on Linux only; remove the key, and run them yourself' }];
}

/** Whoever starts a command with limits counts on them. */
function ownLimits({ limits = {} }: Command): Refusal[] {
  return Object.keys(limits).map((name) => ({ code: 'limit-not-held', message: `the command was to be started with the limit ${name}, and limits are held on Linux only` }));
}

/** What needs the session's CA or its placeholders inside, which are made on Linux only. */
function linuxOnly({ source: { network, credentials } }: ResolvedPolicy): Refusal[] {
  const masked = (credentials?.envVars ?? []).flatMap(({ mode }, index) => (mode === 'mask' ? [toPointer(['credentials', 'envVars', index, 'mode'])] : []));
  const pointers = [...(network.tlsTerminate ? [toPointer(['network', 'tlsTerminate'])] : []), ...masked];
  return pointers.map((pointer) => ({ code: 'not-enforced-yet', pointer, message: `${describePointer(pointer)} is enforced on Linux only; remove it here` }));
}

/** Texts that do not fit a profile's strings: too long, with control characters, or with halves of characters. */
function textRefusals(policy: ResolvedPolicy): Refusal[] {
  const { any, listed } = policy.network.unixSockets;
  const fits = (filter: SeatbeltFilter): boolean => textsOf(filter).every(isQuotable);
  const files = fileRules(policy, []).flatMap(({ filters, reason }) => (filters.every(fits) || reason === undefined ? [] : [reason]));
  // What may be written stands in one rule of the profile, which names no entry.
  const single = policy.filesystem.rules.flatMap(({ rule, named, pattern }) => (isQuotable(named) && fits(toPathMatcher(pattern).filter) ? [] : [rule]));
  const sockets = any ? [] : listed.flatMap(({ path, rule }) => (isQuotable(path) ? [] : [rule]));
  const services = (policy.source.network.allowMachLookup ?? []).flatMap((name, index): RuleReference[] => (isQuotable(name) ? [] : [{ kind: 'policy', pointer: toPointer(['network', 'allowMachLookup', index]) }]));
  const distinct = new Map([...files, ...single, ...sockets, ...services].map((reason) => [JSON.stringify(reason), reason]));
  return [...distinct.values()].map((reason) => {
    const pointer = reason.kind === 'built-in' ? undefined : (reason.pointer as PolicyPointer); // set at parse
    const shown = pointer === undefined ? `the built-in protection ${reason.kind === 'built-in' ? reason.name : ''}` : describePointer(pointer);
    const message = `${shown}: a profile of macOS takes texts of up to 1024 bytes without control characters and broken ones, and this one needs more; shorten the path`;
    return { code: 'not-expressible', message, ...(pointer !== undefined && { pointer }) };
  });
}

function textsOf(filter: SeatbeltFilter): string[] {
  if ('path' in filter) return [filter.path];
  if ('source' in filter) return [filter.source];
  if ('filters' in filter) return filter.filters.flatMap(textsOf);
  return 'filter' in filter ? textsOf(filter.filter) : [];
}

function ruleRefusal(code: Refusal['code'], { rule, spelled }: PathRule, problem: string): Refusal {
  const pointer = (rule.kind === 'built-in' ? '' : rule.pointer) as PolicyPointer; // set at parse
  return { code, pointer, message: `${describePointer(pointer)}: "${printable(spelled)}" ${problem}` };
}
