import { absolutePath, decide, describeCommand, isNameOutOfReach, MAX_VIOLATION_TEXT, printable, type CommandDecision, type Decision, type ResolvedPolicy, type RuleReference, type Violation } from '../policy';

/** Longer text from inside the sandbox is cut. */
const MAX_TEXT = MAX_VIOLATION_TEXT;

/** Who ran what, as it appears in a violation. */
export interface CommandInfo {
  readonly command: readonly string[];
  readonly task?: string;
}

/** What the supervisor in pid 1 says of one path call: native/src/supervisor.h. */
export interface PathReport {
  readonly operation: string;
  readonly reason: string;
  readonly pid: number;
  readonly program: string;
  readonly path: string;
  /** What it was refused by, where that is not what the policy says of the path itself. */
  readonly decision?: Decision;
}

/** A connect to a Unix socket that the supervisor refused: native/src/connections.h. */
export type SocketReport = Pick<PathReport, 'pid' | 'program' | 'path'>;

/** A system call that no command may make: native/src/supervisor.h. */
export interface CallReport extends Pick<PathReport, 'pid' | 'program'> {
  /** The call, for people. */
  readonly target: string;
  readonly why: string;
}

/** What the network says of one refusal. */
export interface NetworkReport {
  readonly operation: 'resolve' | 'connect' | 'request';
  readonly source: 'dns' | 'network' | 'proxy';
  readonly target: string;
  readonly decision: Decision;
  readonly caller?: CommandInfo & { readonly pid: number; readonly program: string };
}

const OPERATIONS: ReadonlyMap<string, Violation['operation']> = new Map([['open', 'write'], ['read', 'read'], ['create', 'create'], ['remove', 'remove'], ['rename', 'rename'], ['change', 'change']]);

/**
 * A call that the kernel refused because of how the sandbox is mounted, with the rule that had it mounted so. Undefined if
 * the policy would have allowed it: then something else made it fail, for instance a disk that is read-only on the host.
 * What is allowed by an entry of its own has a name that only its directory could give or take.
 */
export function pathViolation(report: PathReport, policy: ResolvedPolicy, info: CommandInfo, now: Date): Violation | undefined {
  const operation = OPERATIONS.get(report.operation);
  if (operation === undefined || !report.path.startsWith('/')) return undefined;
  const kind = report.reason === 'masked' || report.operation === 'read' ? 'read' : 'write';
  const path = absolutePath(report.path);
  const decision = report.decision ?? decide(policy, { kind, path });
  const isNameHeld = kind === 'write' && operation !== 'change' && isNameOutOfReach(policy, path);
  if (decision.outcome === 'allow' && !isNameHeld) return undefined;
  return {
    version: recordVersion(decision.rule),
    kind: 'filesystem',
    operation,
    target: printable(report.path, MAX_TEXT),
    source: 'kernel',
    rule: decision.rule,
    reason: decision.outcome === 'allow' ? `${decision.reason}, but not its directory: a file that is there can be written, not made or removed` : decision.reason,
    pid: report.pid,
    ...(report.program !== '' && { program: printable(report.program, MAX_TEXT) }),
    ...commandFields(info),
    time: now.toISOString(),
    count: 1,
  };
}

/** Undefined if the policy would have allowed it. */
export function socketViolation({ pid, program, path }: SocketReport, policy: ResolvedPolicy, info: CommandInfo, now: Date): Violation | undefined {
  if (!path.startsWith('/')) return undefined;
  const { outcome, rule, reason } = decide(policy, { kind: 'socket', path: absolutePath(path) });
  if (outcome === 'allow') return undefined;
  return {
    version: 1,
    kind: 'network',
    operation: 'connect',
    target: printable(path, MAX_TEXT),
    source: 'kernel',
    rule,
    reason,
    pid,
    ...(program !== '' && { program: printable(program, MAX_TEXT) }),
    ...commandFields(info),
    time: now.toISOString(),
    count: 1,
  };
}

/** Of every policy: no rule of it speaks of system calls. */
const SYSTEM_CALLS = { kind: 'built-in', name: 'system-calls' } as const;

export function callViolation({ target, why, pid, program }: CallReport, info: CommandInfo, now: Date): Violation {
  return {
    version: 4,
    kind: 'system-call',
    operation: 'call',
    target: printable(target, MAX_TEXT),
    source: 'kernel',
    rule: SYSTEM_CALLS,
    reason: `denied by the built-in rule ${SYSTEM_CALLS.name}: ${why}`,
    pid,
    ...(program !== '' && { program: printable(program, MAX_TEXT) }),
    ...commandFields(info),
    time: now.toISOString(),
    count: 1,
  };
}

/** A program that the command rules refuse. */
export interface ProgramReport {
  /** Who inside wanted to start it; absent for a command that was not even begun. */
  readonly starter?: { readonly pid: number; readonly program: string };
  readonly words: readonly string[];
  readonly decision: CommandDecision;
}

export function commandViolation({ starter, words, decision: { rule, reason, guidance } }: ProgramReport, info: CommandInfo, now: Date): Violation {
  return {
    version: starter ? 4 : 5,
    kind: 'command',
    operation: 'exec',
    target: describeCommand(words, MAX_TEXT),
    source: starter ? 'kernel' : 'launch',
    rule,
    reason: guidance === undefined ? reason : `${reason}: ${guidance}`,
    ...(starter && { pid: starter.pid, ...(starter.program !== '' && { program: printable(starter.program, MAX_TEXT) }) }),
    ...commandFields(info),
    time: now.toISOString(),
    count: 1,
  };
}

/** A limit that a command ran into. */
export interface LimitReport {
  /** /limits/wallSeconds */
  readonly pointer: string;
  /** The command was started with it. */
  readonly ofCommand?: true;
}

/** Those that end nothing by themselves. */
const AT_LIMIT: Readonly<Record<string, string>> = { '/limits/processes': 'a process was not started', '/limits/openFiles': 'a file was not opened' };

export function limitViolation({ pointer, ofCommand }: LimitReport, info: CommandInfo, now: Date): Violation {
  return {
    version: 1,
    kind: 'limit',
    operation: 'exceed',
    target: pointer.slice(1).replaceAll('/', '.'),
    source: 'kernel',
    rule: { kind: ofCommand ? 'default' : 'policy', pointer },
    reason: `${AT_LIMIT[pointer] ?? 'the command was ended'} at ${ofCommand ? 'a limit that it was started with' : 'this limit'}`,
    ...commandFields(info),
    time: now.toISOString(),
    count: 1,
  };
}

/** @param info the command, where the caller is not known */
export function networkViolation({ operation, source, target, decision, caller }: NetworkReport, info: CommandInfo | undefined, now: Date): Violation {
  return {
    version: recordVersion(decision.rule),
    kind: 'network',
    operation,
    target: printable(target, MAX_TEXT),
    source,
    rule: decision.rule,
    reason: decision.reason,
    ...(caller && { pid: caller.pid, ...(caller.program !== '' && { program: printable(caller.program, MAX_TEXT) }) }),
    ...commandFields(caller ?? info),
    time: now.toISOString(),
    count: 1,
  };
}

/** Readers of version 1 know neither layers nor files. */
function recordVersion(rule: RuleReference): Violation['version'] {
  return rule.kind === 'policy' && (rule.layer ?? rule.file) !== undefined ? 2 : 1;
}

function commandFields(info: CommandInfo | undefined): Pick<Violation, 'command' | 'task'> {
  if (!info) return {};
  const { command, task } = info;
  return { command: command.map((argument) => printable(argument, MAX_TEXT)), ...(task !== undefined && { task }) };
}
