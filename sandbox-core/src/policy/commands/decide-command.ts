import { printable } from '../parse';
import { toPointer, type PolicyPointer } from '../pointer';
import type { Policy } from '../policy.generated';
import { ruleReference } from '../layers/origins';
import type { ResolvedPolicy, RuleReference } from '../resolve';
import { matchesCommand } from './match-command';
import { simpleCommands, UNKNOWN_VALUE, type CommandWords, type FoundCommand } from './simple-commands';

/**
 * @property command the words that were judged, for people; absent where the line as a whole was
 * @property guidance what the policy's author says to do instead
 */
export interface CommandDecision {
  readonly outcome: 'allow' | 'deny' | 'ask';
  readonly rule: RuleReference;
  readonly reason: string;
  readonly command?: string;
  readonly guidance?: string;
}

type CommandList = 'allow' | 'deny' | 'ask';

/** Change nothing but the shell itself; a list of allowed commands does not have to name them. */
const BUILTINS = new Set(['cd', 'echo', 'printf', 'true', 'false', 'test', '[', ':', 'pwd', 'export', 'set', 'unset', 'shift', 'local', 'declare', 'readonly', 'return', 'exit', 'break', 'continue', 'wait', 'read', 'umask']);

/** The system's program of that name does the same; one in another directory may do anything. */
const SYSTEM_PROGRAM = /^\/(usr\/)?bin\//;

function isBuiltin(word: string): boolean {
  return BUILTINS.has(word.replace(SYSTEM_PROGRAM, ''));
}

export function hasCommandRules({ commands }: Pick<Policy, 'commands'>): boolean {
  return [commands?.allow, commands?.deny, commands?.ask].some((list) => (list ?? []).length > 0);
}

/** What may be started, as far as words tell: of everything that an argument vector would run, the strictest answer. */
export function decideCommand({ source, origins }: Pick<ResolvedPolicy, 'source' | 'origins'>, argv: readonly string[]): CommandDecision {
  const rules = source.commands;
  if (!rules || !hasCommandRules(source)) return { outcome: 'allow', rule: listReference('deny'), reason: 'no command rules' };
  const { commands, unknown } = simpleCommands(argv);
  const decisions = commands.map((found) => decideWords(rules, found));
  if (unknown !== undefined) decisions.push(decideUnknown(rules, unknown));
  const strictest = decisions.find(({ outcome }) => outcome === 'deny') ?? decisions.find(({ outcome }) => outcome === 'ask') ?? decisions[0] ?? decideUnknown(rules, 'there is no command');
  return strictest.rule.kind === 'policy' ? { ...strictest, rule: ruleReference(strictest.rule.pointer as PolicyPointer, origins) } : strictest; // made by findRule
}

/** What only starts others is judged by those, unless a rule is about itself. */
function decideWords(rules: NonNullable<Policy['commands']>, { words, onlyStarts }: FoundCommand): CommandDecision {
  const command = printable(words.map((word) => word?.replace(UNKNOWN_VALUE, '…') ?? '…').join(' '), 200);
  for (const list of ['deny', 'ask'] as const) {
    const found = findRule(rules, list, words, 'may');
    if (found) return { outcome: list, command, ...found, reason: `"${command}" is covered by "${found.spelled}" in commands.${list}` };
  }
  const allowed = findRule(rules, 'allow', words, 'must');
  if (allowed) return { outcome: 'allow', command, ...allowed, reason: `"${command}" is covered by "${allowed.spelled}" in commands.allow` };
  if (words[0] === undefined) return { ...decideUnknown(rules, `the program of "${command}" is only known when it runs`), command };
  const needsNoEntry = (rules.allow ?? []).length === 0 || onlyStarts || isBuiltin(words[0]);
  if (needsNoEntry) return { outcome: 'allow', rule: listReference('allow'), command, reason: 'no command rule is about it' };
  return { outcome: 'deny', rule: listReference('allow'), command, reason: `no entry of commands.allow covers "${command}"` };
}

/** What cannot be judged is not let through where only named commands are; elsewhere somebody has to look. */
function decideUnknown({ allow }: NonNullable<Policy['commands']>, why: string): CommandDecision {
  return { outcome: (allow ?? []).length > 0 ? 'deny' : 'ask', rule: listReference((allow ?? []).length > 0 ? 'allow' : 'ask'), reason: why };
}

interface FoundRule {
  readonly rule: RuleReference;
  readonly spelled: string;
  readonly guidance?: string;
}

function findRule(rules: NonNullable<Policy['commands']>, list: CommandList, words: CommandWords, certainty: 'may' | 'must'): FoundRule | undefined {
  for (const [index, entry] of (rules[list] ?? []).entries()) {
    const { command, guidance } = typeof entry === 'string' ? { command: entry } : entry;
    if (!matchesCommand(command.split(' '), words, certainty)) continue;
    return { rule: { kind: 'policy', pointer: toPointer(['commands', list, index]) }, spelled: printable(command), ...(guidance !== undefined && { guidance: printable(guidance, 500) }) };
  }
  return undefined;
}

function listReference(list: CommandList): RuleReference {
  return { kind: 'default', pointer: toPointer(['commands', list]) };
}
