import { SandboxError } from '../errors';
import type { ExitStatus } from '../launch/command-channel';
import type { Session } from '../launch/session';
import type { AbsolutePath, Violation } from '../policy';
import { violationsOf } from '../monitor/command-violations';
import { openTerminal } from '../sandbox/terminal';
import { createBoundedOutput, type BoundedOutput } from './bounded-output';

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
  /** On a terminal of its own, where node-pty is installed; else with pipes, which the output then says. */
  readonly terminal?: { readonly environment: Readonly<Record<string, string>> };
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

/** What is needed of a command, on a terminal or with pipes. */
interface Running {
  readonly exited: Promise<ExitStatus>;
  kill(): void;
}

/** Runs a command to its end, to the time limit, or until it is cancelled; whatever it started ends with it. */
export async function runAgentCommand(session: Session, command: AgentCommand, signal: AbortSignal): Promise<AgentCommandResult> {
  const refused = violationsOf(session.violations, command.label);
  try {
    const output = createBoundedOutput();
    const running = await start(session, command, output);
    let ended: AgentCommandResult['ended'] = 'by itself';
    const end = (reason: AgentCommandResult['ended']) => (): void => {
      ended = reason;
      running.kill();
    };
    const cancel = end('cancelled');
    const timer = setTimeout(end('time limit'), command.timeoutMs);
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

async function start(session: Session, command: AgentCommand, output: BoundedOutput): Promise<Running> {
  const { directory, label, terminal } = command;
  const argv = ['bash', '-c', command.command];
  if (terminal) {
    try {
      const opened = await openTerminal(session, { words: argv, directory, label, environment: terminal.environment });
      opened.onData((text) => output.add(Buffer.from(text)));
      return { exited: opened.result, kill: () => opened.kill() };
    } catch (error) {
      if (!(error instanceof SandboxError) || error.code !== 'unavailable-here') throw error;
      output.add(Buffer.from(`(without a terminal: ${error.message})\n`));
    }
  }
  const running = await session.run({ argv, directory, streams: ['ignore', 'pipe', 'pipe'], terminal: 'none', task: label });
  for (const stream of [running.stdout, running.stderr]) stream?.on('data', (bytes: Buffer) => output.add(bytes));
  return running;
}
