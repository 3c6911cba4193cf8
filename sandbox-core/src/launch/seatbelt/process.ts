import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';

import { startFailed } from '../../errors';
import { seatbeltArguments } from '../../plan/seatbelt/compile';
import type { SeatbeltPlan } from '../../plan/seatbelt/plan';
import type { ExitStatus } from '../command-channel';
import type { SandboxProcess, StandardStreams } from '../sandbox-process';

/** Runs a planned command under sandbox-exec. Without a terminal it has a process group of its own, which ends with it. */
export function startSeatbeltProcess(sandboxExec: string, plan: SeatbeltPlan, streams: StandardStreams): SandboxProcess {
  const ownGroup = plan.terminal === 'none';
  const child = spawn(sandboxExec, seatbeltArguments(plan), { cwd: plan.command.directory, env: plan.environment, stdio: [...streams], detached: ownGroup });
  const send = (signal: NodeJS.Signals): void => sendSignal(child, signal, ownGroup);
  const exited = exitOf(child, () => send('SIGKILL'));
  return {
    pid: child.pid ?? 0,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited,
    signal: send,
    resume: () => send('SIGCONT'),
    kill: () => send('SIGKILL'),
  };
}

function exitOf(child: ChildProcess, endRest: () => void): Promise<ExitStatus> {
  const exited = new Promise<ExitStatus>((resolve, reject) => {
    child.once('error', (error) => reject(startFailed(error.message, error)));
    child.once('exit', (code, signal) => {
      endRest();
      resolve(signal === null ? { code: code ?? 1 } : { code: 128 + constants.signals[signal], signal });
    });
  });
  exited.catch(() => undefined); // whoever awaits it gets the error
  return exited;
}

function sendSignal(child: ChildProcess, signal: NodeJS.Signals, ownGroup: boolean): void {
  if (child.pid === undefined) return;
  try {
    process.kill(ownGroup ? -child.pid : child.pid, signal);
  } catch {
    // it has ended
  }
}
