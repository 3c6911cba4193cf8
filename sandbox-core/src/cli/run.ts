import { closeSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { isatty } from 'node:tty';

import { PolicyRefusedError, SandboxError } from '../errors';
import type { Host } from '../host/host';
import { loadPolicy, type LoadedPolicy } from '../host/policy-file';
import { chooseMode, type ChosenMode } from '../launch/container/mode';
import type { PlannableCommand, PlannedLaunch } from '../launch/prepare-command';
import { parsePublishedPorts } from '../launch/publish';
import type { SandboxProcess } from '../launch/sandbox-process';
import { createSession, type Session } from '../launch/session';
import { absolutePath, describeViolation, printable } from '../policy';
import { createTerminalAskers } from './ask';
import { AUDIT_LOG_VARIABLE } from './audit-commands';
import { followControlFd, openControlFd } from './control-fd';
import type { Front } from './front';
import { loadOptions, reportLeftOut, type LayerFlags } from './layers';
import { writeNetworkLog } from './network-log';
import type { Output } from './output';
import { openOutputFile } from './output-file';
import { positionOf } from './position';
import { printReport, type Report } from './report';
import { receiveSignals, type ReceivedSignals } from './terminal-signals';

interface RunOptions extends LayerFlags {
  readonly c?: string;
  readonly debug?: boolean;
  readonly quiet?: boolean;
  readonly report?: Report;
  readonly violationsFile?: string;
  readonly ask?: boolean;
  readonly publish?: readonly string[];
  readonly networkLog?: string;
  readonly auditLog?: string;
  readonly controlFd?: string;
  readonly dockerImage?: string;
}

/** @property commands srt's own, which are none to be run */
interface RunPlace {
  readonly host: Host;
  readonly output: Output;
  readonly front?: Front;
  readonly commands?: readonly string[];
}

/** `srt [options] COMMAND…`: resolves with the command's exit status. */
export async function runCommand(words: readonly string[], options: RunOptions, { host: given, output, front, commands = [] }: RunPlace): Promise<number> {
  const host = front ? { ...given, environment: front.watched(given.environment) } : given;
  const argv = options.c === undefined ? words : ['bash', '-c', options.c, ...words];
  if (argv.length === 0 || argv[0] === '') throw new SandboxError('usage', 'No command specified. Use -c <command> or provide command arguments.');
  const loaded = inImage(loadPolicy(options.settings, loadOptions(options)), options.dockerImage);
  if (loaded.leftOut.length > 0 || AUDIT_LOG_VARIABLE in given.environment) front?.spoil(); // where it is empty now, it may name a log next time
  if (options.quiet !== true) reportLeftOut(loaded, output);
  const ports = (options.publish ?? []).map(parsePublishedPorts);
  const control = options.controlFd === undefined ? undefined : openControlFd(options.controlFd);
  const askers = options.ask === true ? createTerminalAskers(loaded, output) : undefined;
  const notice = (text: string): void => {
    front?.spoil();
    output.error(`srt: ${text}`);
  };
  const mode = chooseMode(loaded.policy, host, notice);
  // The answers to questions come from the terminal, so the command does not get it.
  const terminal = !askers && hasTerminalFor(mode) ? 'inherit' : 'none';
  // A container's terminal is a raw one here: signals of this process did not reach the command.
  const signals = receiveSignals(mode === 'native' ? terminal : 'none', front?.takenOver?.isForeground, front?.ignored);
  const policyFiles = loaded.file ? [absolutePath(resolve(loaded.file.path))] : [];
  const { takenOver, launched } = front ?? {};
  const begun = { ...(takenOver && { takenOver }), ...(launched && { launched: (planned: PlannedLaunch) => launched(planned, commands) }) };
  const session = await createSession({ policy: loaded.policy, notice, mode, policyFiles, ...loaded.composition, host, directory: absolutePath(process.cwd()), ...askers, ...begun, ...(options.auditLog !== undefined && { audit: { file: resolve(options.auditLog) } }) });
  const stopControl = control && followControlFd(control, session, output);
  let files: OutputFiles | undefined;
  let isRefused = false;
  try {
    files = await openOutputFiles(options, session, notice);
    for (const { port, hostPort } of ports) await session.publish(port, hostPort);
    if (options.debug === true) followSession(session, output);
    return await runInSession({ session, command: { argv, directory: absolutePath(process.cwd()), terminal }, mode, signals, ignored: front?.ignored ?? [], isRunning: takenOver !== undefined, options, output });
  } catch (error) {
    isRefused = error instanceof PolicyRefusedError && error.isOfCommand;
    throw error;
  } finally {
    stopControl?.();
    await session.stop();
    files?.close();
    signals.reclaimTerminal();
    signals.release();
    reportViolations(session, loaded, { ...options, isRefused }, output);
  }
}

/** That of a container is another one, which its engine connects with this one: it carries both directions, or none. */
function hasTerminalFor(mode: ChosenMode): boolean {
  const [input, output, errors] = [isatty(0), isatty(1), isatty(2)];
  return mode === 'container' ? input && output : input || output || errors;
}

/** srt: as its ports to Rust, the policy's own container but for the image. */
function inImage(loaded: LoadedPolicy, image: string | undefined): LoadedPolicy {
  if (image === undefined) return loaded;
  if (!/^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/.test(image)) throw new SandboxError('usage', `--docker-image: expected the name of an image, got "${printable(image, 200)}"`);
  const { docker, container = docker, ...policy } = loaded.policy;
  return { ...loaded, policy: { ...policy, mode: 'container', container: { ...container, image } } };
}

interface SessionRun {
  readonly session: Session;
  readonly command: PlannableCommand;
  readonly mode: ChosenMode;
  readonly signals: ReceivedSignals;
  readonly ignored: readonly NodeJS.Signals[];
  /** Taken over: a signal that came before this process was there for it is delivered. */
  readonly isRunning: boolean;
  readonly options: RunOptions;
  readonly output: Output;
}

async function runInSession({ session, command, mode, signals, ignored, isRunning, options, output }: SessionRun): Promise<number> {
  if (options.debug === true) output.error(JSON.stringify(await session.plan(command), null, 2));
  if (signals.first !== undefined && !isRunning) return interrupted(signals.first, output);
  // The caller's job control ends at a container's terminal; what stops there would only hang.
  const onStopped = mode === 'native' ? signals.stopWithCommand : (): void => running.resume(true);
  const running: SandboxProcess = await session.run({ ...command, streams: [options.ask === true ? 'ignore' : 'inherit', 'inherit', 'inherit'], onStopped, ignored });
  signals.deliverTo(running);
  let lost: SandboxError | undefined;
  void session.ended.then((error) => (lost = error));
  const { code } = await running.exited;
  reportLoss(lost, signals, output);
  return code;
}

/** A signal of the terminal ends the processes that the session needs as well. */
function reportLoss(lost: SandboxError | undefined, signals: ReceivedSignals, output: Output): void {
  if (lost && signals.first === undefined) output.error(`Error: ${lost.message}`);
}

/** The command was never run: that is said, and it is not the command's status. */
function interrupted(signal: NodeJS.Signals, output: Output): number {
  output.error(`Error: interrupted by ${signal}; the command was not run`);
  return 128 + constants.signals[signal];
}

/** What is written besides what is shown. Closed when nothing runs any more. */
interface OutputFiles {
  close(): void;
}

async function openOutputFiles({ violationsFile, networkLog }: RunOptions, session: Session, notice: (text: string) => void): Promise<OutputFiles | undefined> {
  if (violationsFile === undefined && networkLog === undefined) return undefined;
  const policy = await session.resolved();
  const violations = violationsFile === undefined ? undefined : openOutputFile('a violations file', violationsFile, policy);
  const log = networkLog === undefined ? undefined : writeNetworkLog(openOutputFile('a network log', networkLog, policy), session.network, ({ message }) => notice(`the network log ends here, as it cannot be written any more: ${message}`));
  return {
    close() {
      log?.close();
      if (violations !== undefined) writeViolations(violations, session, notice);
    },
  };
}

/** A disk that is full takes neither the command's status nor the report of what was refused. */
function writeViolations(file: number, { violations: { violations } }: Session, notice: (text: string) => void): void {
  try {
    writeFileSync(file, violations.map((violation) => JSON.stringify(violation) + '\n').join(''));
  } catch (error) {
    notice(`the violations file is not complete, as it cannot be written: ${(error as Error).message}`); // of the system
  } finally {
    closeSync(file);
  }
}

function followSession(session: Session, output: Output): void {
  session.violations.onViolation((violation) => output.error(`srt: ${describeViolation(violation)}`));
}

/** Of a command that was not begun the error has all but where the rule stands. */
function reportViolations(session: Session, loaded: LoadedPolicy, { quiet, report = 'summary', isRefused }: RunOptions & { readonly isRefused: boolean }, output: Output): void {
  const [first] = session.violations.violations;
  const position = isRefused && first ? positionOf(first.rule, loaded) : undefined;
  if (quiet === true || report !== 'summary' || position === undefined) return printReport(quiet === true ? 'none' : report, session, loaded, output);
  output.error(`srt: refused by the rule at ${position}`);
}
