import type { ExitStatus } from '../launch/command-channel';
import type { Session } from '../launch/session';
import type { AbsolutePath, Violation } from '../policy';
import { violationsOf } from '../monitor/command-violations';
import { createBoundedOutput } from './bounded-output';

/**
 * A shell command of an agent.
 *
 * @property label what its violations are known by; unique among the commands that run in the session
 */
export interface AgentCommand {
  readonly command: string;
  readonly directory: AbsolutePath;
  readonly label: string;
  readonly timeoutMs: number;
}

export interface AgentCommandResult {
  readonly status: ExitStatus;
  /** Why it ended. */
  readonly ended: 'by itself' | 'time limit' | 'cancelled';
  /** stdout and stderr as they came, bounded, printable. */
  readonly output: string;
  /** What this command was refused. */
  readonly violations: readonly Violation[];
}

/** Runs a command to its end, to the time limit, or until it is cancelled; whatever it started ends with it. */
export async function runAgentCommand(session: Session, { command, directory, label, timeoutMs }: AgentCommand, signal: AbortSignal): Promise<AgentCommandResult> {
  const refused = violationsOf(session.violations, label);
  try {
    const running = await session.run({ argv: ['bash', '-c', command], directory, streams: ['ignore', 'pipe', 'pipe'], terminal: 'none', task: label });
    const output = createBoundedOutput();
    for (const stream of [running.stdout, running.stderr]) stream?.on('data', (bytes: Buffer) => output.add(bytes));
    let ended: AgentCommandResult['ended'] = 'by itself';
    const end = (reason: AgentCommandResult['ended']) => (): void => {
      ended = reason;
      running.kill();
    };
    const cancel = end('cancelled');
    const timer = setTimeout(end('time limit'), timeoutMs);
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    const status = await running.exited.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    });
    return { status, ended, output: output.text(), violations: refused.violations() };
  } finally {
    refused.close();
  }
}
