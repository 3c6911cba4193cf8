import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

import { SandboxError } from '../errors';
import type { Host } from '../host/host';
import { loadPolicy, type LoadedPolicy } from '../host/policy-file';
import { locateHelper } from '../host/locate';
import type { ExitStatus } from '../launch/command-channel';
import type { SandboxProcess } from '../launch/sandbox-process';
import { createSession, type Session } from '../launch/session';
import { absolutePath, describeViolation, type Violation } from '../policy';
import type { Output } from './output';
import { summarizeViolations } from './summary';

interface RunOptions {
  readonly settings?: string;
  readonly c?: string;
  readonly debug?: boolean;
  readonly quiet?: boolean;
  readonly violationsFile?: string;
}

/** A terminal sends these to the command itself, which shares it or owns it; without one they have to be passed on. */
const TERMINAL_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const FORWARDED_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

/** `srt [options] COMMAND…`: resolves with the command's exit status. */
export async function runCommand(words: readonly string[], options: RunOptions, host: Host, output: Output): Promise<number> {
  const argv = options.c === undefined ? words : ['bash', '-c', options.c, ...words];
  if (argv.length === 0 || argv[0] === '') throw new SandboxError('usage', 'No command specified. Use -c <command> or provide command arguments.');
  const loaded = loadPolicy(options.settings);
  const directory = absolutePath(process.cwd());
  const session = await createSession({ policy: loaded.policy, host, directory });
  try {
    if (options.debug === true) followSession(session, output);
    const status = await runInSession(session, argv, options, output);
    return status.code;
  } finally {
    await session.stop();
    reportViolations(session.violations.violations, loaded, options, output);
  }
}

async function runInSession(session: Session, argv: readonly string[], options: RunOptions, output: Output): Promise<ExitStatus> {
  const directory = absolutePath(process.cwd());
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY ? 'inherit' : 'none';
  if (options.debug === true) output.error(JSON.stringify(await session.plan({ argv, directory, terminal }), null, 2));
  const command = await session.run({ argv, directory, terminal, streams: ['inherit', 'inherit', 'inherit'], onStopped: stopWithCommand });
  const release = passSignals(command, terminal);
  void session.ended.then((error) => error && output.error(`Error: ${error.message}`));
  try {
    return await command.exited;
  } finally {
    release();
    if (terminal === 'inherit') reclaimTerminal();
  }
}

/** Signals meant for the command go to it; this process ends when the command has ended. */
function passSignals(command: SandboxProcess, terminal: 'inherit' | 'none'): () => void {
  const forward = (signal: NodeJS.Signals): void => command.signal(signal);
  const ignore = (): void => undefined;
  const resume = (): void => command.resume();
  const forwarded = terminal === 'none' ? [...FORWARDED_SIGNALS, ...TERMINAL_SIGNALS] : FORWARDED_SIGNALS;
  for (const signal of forwarded) process.on(signal, forward);
  if (terminal === 'inherit') for (const signal of TERMINAL_SIGNALS) process.on(signal, ignore);
  process.on('SIGCONT', resume);
  return () => {
    for (const signal of forwarded) process.off(signal, forward);
    for (const signal of TERMINAL_SIGNALS) process.off(signal, ignore);
    process.off('SIGCONT', resume);
  };
}

/** Job control stopped the command, which had the terminal to itself: stop with it, as one job, for the shell to see. */
function stopWithCommand(): void {
  reclaimTerminal();
  process.kill(0, 'SIGSTOP');
}

function reclaimTerminal(): void {
  spawnSync(locateHelper(), ['terminal', 'reclaim'], { stdio: 'inherit', env: {} });
}

function followSession(session: Session, output: Output): void {
  session.violations.onViolation((violation) => output.error(`srt: ${describeViolation(violation)}`));
}

function reportViolations(violations: readonly Violation[], loaded: LoadedPolicy, options: RunOptions, output: Output): void {
  if (options.violationsFile !== undefined) writeFileSync(options.violationsFile, violations.map((violation) => JSON.stringify(violation) + '\n').join(''));
  if (options.quiet !== true && violations.length > 0) output.error(summarizeViolations(violations, loaded, output.style));
}
