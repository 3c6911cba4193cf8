import { printable, type Violation } from '../policy';

/** One line of text for each refusal, as sandbox-runtime has it. */
export interface SandboxViolationEvent {
  line: string;
  command?: string;
  encodedCommand?: string;
  timestamp: Date;
}

const MAX_KEPT = 100;
/** Of a command's key: sandbox-runtime compares no more. */
const KEY_LENGTH = 100;
const MAX_TEXT = 1024;

/** The calls by which sandbox-runtime names what a command did to files. */
const CALLS: Readonly<Partial<Record<Violation['operation'], string>>> = { read: 'openat', write: 'openat', create: 'openat', remove: 'unlinkat', rename: 'renameat2', change: 'fchmodat' };

/** The latest refusals. */
export class SandboxViolationStore {
  private kept: SandboxViolationEvent[] = [];
  private total = 0;
  private readonly listeners = new Set<(violations: SandboxViolationEvent[]) => void>();

  addViolation(violation: SandboxViolationEvent): void {
    this.kept = [...this.kept, { ...violation, line: singleLine(violation.line) }].slice(-MAX_KEPT);
    this.total++;
    this.notify();
  }

  getViolations(limit?: number): SandboxViolationEvent[] {
    return limit === undefined ? [...this.kept] : this.kept.slice(-limit);
  }

  getCount(): number {
    return this.kept.length;
  }

  /** Those that were pushed out, or cleared, too. */
  getTotalCount(): number {
    return this.total;
  }

  getViolationsForCommand(command: string): SandboxViolationEvent[] {
    const key = encodeCommand(command);
    return this.kept.filter(({ encodedCommand }) => encodedCommand === key);
  }

  clear(): void {
    this.kept = [];
    this.notify();
  }

  /** Told of all that is kept, now and at every change. @returns stops listening */
  subscribe(listener: (violations: SandboxViolationEvent[]) => void): () => void {
    this.listeners.add(listener);
    listener(this.getViolations());
    return () => void this.listeners.delete(listener);
  }

  private notify(): void {
    for (const listener of this.listeners) listener(this.getViolations());
  }
}

/** What a command is known by: the beginning of its key. */
export function commandKey(command: string): string {
  return command.slice(0, KEY_LENGTH);
}

export function encodeCommand(command: string): string {
  return Buffer.from(commandKey(command)).toString('base64');
}

export function violationLine({ kind, operation, target, reason }: Violation): string {
  if (kind === 'filesystem') return `deny ${CALLS[operation] ?? operation} ${target}`;
  if (kind === 'system-call') return `deny system-call ${target}`;
  if (kind === 'limit') return `deny exceed ${target}`;
  if (kind === 'command') return `deny process-exec ${target} (${reason})`;
  return operation === 'request' ? `deny http-request ${target} (${reason})` : `deny network-outbound ${target} (${reason})`;
}

/** A path is whatever a program chose: it ends neither the line nor the block that lines are shown in. */
function singleLine(text: string): string {
  return printable(text, MAX_TEXT).replaceAll(/[<>]/g, '');
}
