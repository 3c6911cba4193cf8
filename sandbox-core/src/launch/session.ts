import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';

import { PolicyRefusedError, SandboxError, sessionEnded } from '../errors';
import type { HostFacts } from '../host/facts';
import type { Host } from '../host/host';
import { locateBubblewrap, locateHelper } from '../host/locate';
import { explainStartFailure } from '../host/namespace-diagnosis';
import { probePaths } from '../host/path-facts';
import { resolvePolicyOnHost, type PolicyOnHost } from '../host/resolve-policy';
import { makeSessionDirectory, removeIfEmpty } from '../host/session-directory';
import { networkViolation, type CommandInfo } from '../monitor/reports';
import { createViolationStream, type ViolationStream } from '../monitor/violation-stream';
import { createEgress, type Egress } from '../network/egress';
import type { HostLookup } from '../network/dial';
import { compilePlan } from '../plan/compile';
import type { LaunchPlan } from '../plan/plan';
import type { AbsolutePath, Policy } from '../policy';
import { launchFrame } from './launch-frame';
import { openMountPointJournal, type MountPointJournal } from './mount-points';
import { startPod, type Pod } from './pod';
import { createPodListeners, type PodListeners } from './pod-listeners';
import { startProcess, type ProcessEvents, type SandboxProcess, type StandardStreams } from './sandbox-process';
import { superviseCommand } from './supervision';

export interface SessionOptions {
  /** A validated policy. */
  readonly policy: Policy;
  readonly host: Host;
  /** What the policy's relative paths are relative to. */
  readonly directory: AbsolutePath;
  /** Resolves allowed names; the host's resolver unless given. */
  readonly lookup?: HostLookup;
}

export interface CommandRequest {
  readonly argv: readonly string[];
  readonly directory: AbsolutePath;
  readonly streams: StandardStreams;
  /** Whether the command keeps the caller's terminal; without, it has no controlling terminal. */
  readonly terminal: 'inherit' | 'none';
  /** The caller's environment; what leads out of the sandbox is taken out of it. The host's unless given. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Shown beside violations: a terminal's or a task's name. */
  readonly task?: string;
  readonly onStopped?: ProcessEvents['stopped'];
}

/**
 * One policy in force, its network, and what it refused. Commands of one session share the sandbox's loopback and /tmp.
 */
export interface Session {
  readonly violations: ViolationStream;
  /** The plan that a command would be launched with. */
  plan(request: Pick<CommandRequest, 'argv' | 'directory' | 'terminal' | 'environment'>): Promise<LaunchPlan>;
  run(request: CommandRequest): Promise<SandboxProcess>;
  /** Settles when the session has ended, with the error if nobody asked it to. */
  readonly ended: Promise<SandboxError | undefined>;
  /** Ends everything that runs, and removes everything the session made. */
  stop(): Promise<void>;
}

export async function createSession(options: SessionOptions): Promise<Session> {
  const { host, policy } = options;
  const bubblewrap = locateBubblewrap(policy.bwrapPath);
  const helper = locateHelper();
  const { session, sessions } = makeSessionDirectory(host.temporary, host.user);
  const swept = sweepAbandoned(helper, sessions);
  const starting = startPod({ bubblewrap, helper, sessionDirectory: session });
  try {
    const [pod, onHost] = await Promise.all([starting, resolvePolicyOnHost(policy, { base: options.directory, home: host.home })]);
    const parts = { options, bubblewrap, helper, session, sessions, pod, onHost, journal: openMountPointJournal(session) };
    return await openSession(parts, swept);
  } catch (error) {
    await starting.then((pod) => pod.stop(), () => rm(session, { recursive: true, force: true }));
    await swept;
    removeIfEmpty(sessions);
    throw error instanceof SandboxError ? explainStartFailure(error, host) : error;
  }
}

interface SessionParts {
  readonly options: SessionOptions;
  readonly bubblewrap: AbsolutePath;
  readonly helper: AbsolutePath;
  readonly session: AbsolutePath;
  readonly sessions: AbsolutePath;
  readonly pod: Pod;
  readonly onHost: PolicyOnHost;
  readonly journal: MountPointJournal;
}

async function openSession(parts: SessionParts, swept: Promise<void>): Promise<Session> {
  const { options, pod, onHost, sessions } = parts;
  const violations = createViolationStream();
  const commands = new Set<CommandInfo>();
  const egress = createEgress({
    policy: () => onHost.policy,
    // The network does not see which process of the sandbox asked; with one command running there is no doubt.
    report: (denial) => violations.add(networkViolation(denial, commands.size === 1 ? [...commands][0] : undefined, new Date())),
    ...(options.lookup && { lookup: options.lookup }),
  });
  const listeners = await createPodListeners(pod, egress, onHost.policy);
  const running = new Set<SandboxProcess>();
  const stop = createStop(parts, running, () => (listeners.close(), egress.close()), swept);
  let stopping = false;
  void pod.ended.then(() => running.forEach((process) => process.kill()));
  return {
    violations,
    plan: async (request) => (await compileRequest(parts, request)).plan,
    async run(request) {
      if (stopping) throw sessionEnded();
      const info: CommandInfo = { command: request.argv, ...(request.task !== undefined && { task: request.task }) };
      const process = await runCommand(parts, request, { info, violations, egress, listeners });
      running.add(process);
      commands.add(info);
      const forget = (): void => void (running.delete(process), commands.delete(info));
      process.exited.then(forget, forget);
      return process;
    },
    ended: pod.ended.then((error) => (stopping ? undefined : error instanceof SandboxError ? error : sessionEnded())),
    stop: () => ((stopping = true), stop().then(() => removeIfEmpty(sessions))),
  };
}

interface RunningParts {
  readonly info: CommandInfo;
  readonly violations: ViolationStream;
  readonly egress: Egress;
  readonly listeners: PodListeners;
}

async function runCommand(parts: SessionParts, request: CommandRequest, running: RunningParts): Promise<SandboxProcess> {
  const { plan, facts } = await compileRequest(parts, request);
  parts.journal.make(plan.mountPoints);
  const launch = launchFrame({ plan, facts, pod: parts.pod.identity, openPorts: running.listeners.openPorts(), nestedNamespaces: parts.options.policy.allowNestedUserNamespaces === true });
  const supervisor = superviseCommand({ policy: parts.onHost.policy, ...running });
  return startProcess(parts.helper, launch, request.streams, { supervisor, ...(request.onStopped && { stopped: request.onStopped }) });
}

async function compileRequest(parts: SessionParts, request: Pick<CommandRequest, 'argv' | 'directory' | 'terminal' | 'environment'>): Promise<{ readonly plan: LaunchPlan; readonly facts: HostFacts }> {
  const { host } = parts.options;
  const [directory] = (await probePaths([request.directory])).values();
  const facts: HostFacts = {
    platform: host.platform,
    architecture: host.architecture,
    bubblewrap: parts.bubblewrap,
    helper: parts.helper,
    sessionDirectory: parts.session,
    sessionsDirectory: parts.sessions,
    ...(host.resolverFile && { resolverFile: host.resolverFile }),
    environment: request.environment ?? host.environment,
    paths: parts.onHost.paths,
  };
  const compiled = compilePlan(parts.onHost.policy, { argv: request.argv, directory: directory?.canonical ?? request.directory, terminal: request.terminal }, facts);
  if ('refusals' in compiled) throw new PolicyRefusedError(compiled.refusals);
  return { plan: compiled.plan, facts };
}

function createStop(parts: SessionParts, running: ReadonlySet<SandboxProcess>, closeNetwork: () => void, swept: Promise<void>): () => Promise<void> {
  return async () => {
    const exits = [...running].map((process) => process.exited.catch(() => undefined));
    for (const process of running) process.kill();
    await Promise.all(exits);
    closeNetwork();
    await Promise.all([parts.pod.stop(), swept]);
  };
}

/** Sessions whose owner was killed: their directories and mount points are removed by the next one to start. */
function sweepAbandoned(helper: AbsolutePath, sessions: AbsolutePath): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(helper, ['sweep', sessions], { stdio: 'ignore', env: {} });
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
