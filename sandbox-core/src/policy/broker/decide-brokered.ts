import { matchesCommand } from '../commands/match-command';
import { ruleReference } from '../layers/origins';
import { printable } from '../parse';
import { toPointer, type PolicyPointer } from '../pointer';
import type { Broker } from '../policy.generated';
import type { ResolvedPolicy, RuleReference } from '../resolve';
import { describeCommand, matchesBrokerPattern, parseBrokerPattern } from './broker-pattern';

/**
 * @property outcome `inside`: not a matter for the broker, so the command runs in the sandbox
 * @property directory where it starts: in an empty directory, or where its caller is
 */
export interface BrokerDecision {
  readonly outcome: 'allow' | 'ask' | 'deny' | 'inside';
  readonly reason: string;
  readonly rule?: RuleReference;
  readonly guidance?: string;
  readonly directory: 'empty' | 'caller';
}

/** What the broker is to do with a command that something in the sandbox called by its name. */
export function decideBrokered({ source, origins }: Pick<ResolvedPolicy, 'source' | 'origins'>, argv: readonly string[]): BrokerDecision {
  const broker = source.broker ?? {};
  const command = describeCommand(argv, 200);
  const found = findDenial(broker, argv, command) ?? findGrant(broker, 'ask', argv, command) ?? findGrant(broker, 'allow', argv, command);
  if (!found) return { outcome: 'inside', reason: 'no entry of broker is about it', directory: 'empty' };
  const { pointer, ...decision } = found;
  return { ...decision, rule: ruleReference(pointer, origins) };
}

/** Programs that the sandbox's PATH gets stand-ins for. */
export function brokeredPrograms({ allow = [], ask = [], deny = [] }: Broker): string[] {
  const granted = [...allow, ...ask].map((entry) => parseBrokerPattern(commandOf(entry)).program);
  // A path or `*` in a denial is not a name that a stand-in could have.
  const denied = deny.map((entry) => commandOf(entry).split(' ')[0] ?? '').filter((program) => /^[A-Za-z0-9][\w.+-]*$/.test(program));
  return [...new Set([...granted, ...denied])];
}

type Found = Omit<BrokerDecision, 'rule'> & { readonly pointer: PolicyPointer };

function findDenial({ deny = [] }: Broker, argv: readonly string[], command: string): Found | undefined {
  const index = deny.findIndex((entry) => matchesCommand(commandOf(entry).split(' '), argv, 'may'));
  const entry = deny[index];
  if (entry === undefined) return undefined;
  const guidance = typeof entry === 'string' ? undefined : entry.guidance;
  return { outcome: 'deny', directory: 'empty', pointer: toPointer(['broker', 'deny', index]), reason: `"${command}" is covered by "${printable(commandOf(entry))}" in broker.deny`, ...(guidance !== undefined && { guidance: printable(guidance, 500) }) };
}

function findGrant(broker: Broker, list: 'allow' | 'ask', [program = '', ...args]: readonly string[], command: string): Found | undefined {
  for (const [index, entry] of (broker[list] ?? []).entries()) {
    const pattern = parseBrokerPattern(commandOf(entry));
    if (pattern.program !== program || !matchesBrokerPattern(pattern, args)) continue;
    const directory = typeof entry === 'string' ? 'empty' : (entry.directory ?? 'empty');
    return { outcome: list, directory, pointer: toPointer(['broker', list, index]), reason: `"${command}" is covered by "${printable(commandOf(entry))}" in broker.${list}` };
  }
  return undefined;
}

function commandOf(entry: string | { readonly command: string }): string {
  return typeof entry === 'string' ? entry : entry.command;
}
