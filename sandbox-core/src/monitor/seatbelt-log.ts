import { absolutePath, decide, printable, type Decision, type ResolvedPolicy, type Violation } from '../policy';
import type { CommandInfo } from './reports';

/** A longer line of the log is not one of ours. */
const MAX_LINE = 64 * 1024;
const MAX_TEXT = 1024;

/** One refusal as the kernel logs it. */
export interface SeatbeltReport {
  readonly program: string;
  readonly pid: number;
  /** As profiles spell it: `file-read-data`. */
  readonly operation: string;
  /** A path, `host:port`, or the name of a service; empty if there is none. */
  readonly target: string;
  /** The tag of the profile that refused. */
  readonly tag: string;
  /** How often, if the kernel has counted instead of repeating itself. */
  readonly count: number;
}

/**
 * One line of `log stream --style ndjson`. The message is `Sandbox: PROGRAM(PID) deny(N) OPERATION TARGET`, a line break, and
 * the profile's tag; `3 duplicate reports for Sandbox: …` stands for repetitions. Undefined: something else, or not ours.
 *
 * @param session what the tags of this session start with
 */
export function parseSeatbeltLog(line: string, session: string): SeatbeltReport | undefined {
  const message = line.length > MAX_LINE ? undefined : messageOf(line);
  // A target may hold line breaks: the tag is what follows the last one, and everything before it is hostile text.
  const found = /^(?:(?<count>\d{1,9}) duplicate reports? for )?Sandbox: (?<program>.{0,1024}?)\((?<pid>\d{1,10})\) deny\(\d+\) (?<operation>[a-z][a-z0-9*-]*)(?: (?<target>.*))?\n(?<tag>[A-Za-z0-9-]+)\s*$/su.exec(message ?? '')?.groups;
  if (!found?.['tag']?.startsWith(`${session}-`)) return undefined;
  return { program: found['program'] ?? '', pid: Number(found['pid']), operation: found['operation'] ?? '', target: found['target'] ?? '', tag: found['tag'], count: Number(found['count'] ?? 1) };
}

function messageOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined; // the first line says what is filtered for
  try {
    const event: unknown = JSON.parse(line);
    const message = typeof event === 'object' && event !== null && 'eventMessage' in event ? event.eventMessage : undefined;
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** The report as sandbox-runtime shows it: what `ignoreViolations` is compared with on macOS. */
export function seatbeltLine({ program, pid, operation, target }: SeatbeltReport): string {
  return `${program}(${pid}) deny(1) ${operation} ${target}`;
}

/** With the rule that the policy gives for it. Undefined: not about files or the network, or the policy would have allowed it. */
export function seatbeltViolation(report: SeatbeltReport, policy: ResolvedPolicy, info: CommandInfo, now: Date): Violation | undefined {
  const subject = report.operation === 'network-outbound' ? directConnection(report.target) : fileSubject(report, policy);
  if (subject?.decision.outcome !== 'deny') return undefined;
  const { decision, target, ...what } = subject;
  return {
    version: 1,
    ...what,
    target: printable(target, MAX_TEXT),
    source: 'kernel',
    rule: decision.rule,
    reason: decision.reason,
    pid: report.pid,
    ...(report.program !== '' && { program: printable(report.program, MAX_TEXT) }),
    command: info.command.map((argument) => printable(argument, MAX_TEXT)),
    ...(info.task !== undefined && { task: info.task }),
    time: now.toISOString(),
    count: report.count,
  };
}

interface Subject extends Pick<Violation, 'kind' | 'operation' | 'target'> {
  readonly decision: Decision;
}

const FILE_OPERATIONS: readonly (readonly [prefix: string, operation: Violation['operation']])[] = [
  ['file-read', 'read'],
  ['file-write-create', 'create'],
  ['file-write-unlink', 'remove'],
  ['file-write-data', 'write'],
  ['file-write', 'change'],
];

function fileSubject({ operation, target }: SeatbeltReport, policy: ResolvedPolicy): Subject | undefined {
  const named = FILE_OPERATIONS.find(([prefix]) => operation.startsWith(prefix))?.[1];
  if (named === undefined || !target.startsWith('/') || target.includes('\0')) return undefined;
  const path = absolutePath(target);
  const decision = decide(policy, { kind: named === 'read' ? 'read' : 'write', path });
  const isPinned = decision.outcome === 'allow' && (named === 'create' || named === 'remove');
  return { kind: 'filesystem', operation: named, target: path, decision: isPinned ? HELD_IN_PLACE : decision };
}

const HELD_IN_PLACE: Decision = { outcome: 'deny', rule: { kind: 'built-in', name: 'way-to-denied-path' }, reason: 'a denied path lies below it, and would have another name if this directory were moved', overridden: [] };
const NOT_THROUGH_PROXY: Decision = { outcome: 'deny', rule: { kind: 'built-in', name: 'proxy-only' }, reason: 'programs reach the network through the proxy that HTTP_PROXY names; this one went directly', overridden: [] };

/** Refused whatever the host: only the proxy is open, and it judges hosts itself. Unix sockets have a path, and no record of their own. */
function directConnection(target: string): Subject | undefined {
  return target === '' || target.startsWith('/') ? undefined : { kind: 'network', operation: 'connect', target, decision: NOT_THROUGH_PROXY };
}
