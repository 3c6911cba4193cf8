import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';

import { createVault, type CredentialVault } from '../credentials/vault';
import { containerUnconfigured, platformUnsupported, SandboxError, sessionEnded, unavailableHere } from '../errors';
import { requireRecentBubblewrap } from '../host/bubblewrap-version';
import type { PlannedLayers, ThrowawayLayer } from '../host/facts';
import type { Host } from '../host/host';
import { locateBubblewrap, locateHelper, locateWatchLibrary } from '../host/locate';
import { explainStartFailure } from '../host/namespace-diagnosis';
import { randomId } from '../host/random-id';
import { wouldComeToSomething } from '../host/outside';
import { followPolicy } from '../host/resolve-policy';
import { hasOtherSessions, makeSessionDirectory, removeIfEmpty } from '../host/session-directory';
import type { AuditLog, AuditOptions } from '../monitor/audit-log';
import { networkViolation, type CommandInfo } from '../monitor/reports';
import { createViolationStream, type ViolationStream } from '../monitor/violation-stream';
import type { NetworkActivity } from '../network/activity';
import { createAsker, type AskAboutHost } from '../network/ask';
import { createEgress, type Egress } from '../network/egress';
import type { HostLookup } from '../network/host-lookup';
import type { RequestFilter } from '../network/http/filter';
import { parentProxies } from '../network/parent-proxy';
import type { CommandLimits } from '../plan/limits';
import type { LaunchPlan } from '../plan/plan';
import { containerSettings } from '../plan/container/settings';
import type { SeatbeltPlan } from '../plan/seatbelt/plan';
import { absolutePath, ROOT_DIRECTORY, type AbsolutePath, type Policy, type PolicyOrigins, type ResolvedPolicy } from '../policy';
import { openEngine, type ContainerEngine } from './container/engine';
import { chooseMode, type ChosenMode } from './container/mode';
import { openContainerNetwork, type ContainerNetwork } from './container/network';
import { prepareContainerProcess } from './container/process';
import { changedPaths, endAudit, openAudit, startAudit } from './audit';
import { createBroker, type AskAboutCommand, type Broker, type BrokeredCall } from './broker/broker';
import { followCommand, type CommandEvents } from './command-channel';
import { makeLayers, type Throwaway } from './layers';
import type { CommandCgroup } from './command-cgroup';
import { createLivePolicy, type LivePolicy } from './live-policy';
import { openMountPointJournal } from './mount-points';
import { noticeNewRepositories } from './new-repositories';
import { startPod, type Pod } from './pod';
import { createPodListeners, standingListeners, type PodListeners } from './pod-listeners';
import { createCommandPreparer, type CommandPreparer, type PlannableCommand, type PreparedCommand, type WrappableCommand, type WrappedCommand } from './prepare-command';
import { createSeatbeltSession } from './seatbelt/session';
import { startProcess, type SandboxProcess, type StandardStreams } from './sandbox-process';
import { parsePublishedPorts, publishPort, type PublishedPort } from './publish';
import { serveSession, type AttachRequest } from './session-server';
import { createStandIns } from './stand-ins';
import { recordLimit, superviseCommand } from './supervision';
import { prepareTlsTermination, type TlsTermination } from './tls-termination';

export interface SessionOptions {
  /** A validated policy. */
  readonly policy: Policy;
  /** Where its rules were written, if it was put together from several files. */
  readonly origins?: PolicyOrigins;
  readonly host: Host;
  /** What the policy's relative paths are relative to. */
  readonly directory: AbsolutePath;
  /** Files that the policy was read from: no command may write them. */
  readonly policyFiles?: readonly AbsolutePath[];
  /** Resolves allowed names; the host's resolver unless given. */
  readonly lookup?: HostLookup;
  /** Asked about hosts that no rule covers; without, they are refused. */
  readonly ask?: AskAboutHost;
  /** How long a question may stay unanswered, milliseconds; a minute unless given. */
  readonly askTimeout?: number;
  /** Asked about commands in the policy's `broker.ask`; without, they are refused. */
  readonly askCommand?: AskAboutCommand;
  /** Told of each command that the policy's `broker` ran or refused. */
  readonly brokered?: (call: BrokeredCall) => void;
  /** srt: filterRequest. Judges each HTTP request that can be read and that the policy allows. */
  readonly filterRequest?: RequestFilter;
  /** Records the session in an audit log, which several sessions may share. */
  readonly audit?: AuditOptions;
  /** Directories whose changes are not kept. Linux only. */
  readonly throwaway?: Throwaway;
  /** Directories that commands may read below SHOWN_DIRECTORY, by these names, whatever the policy says of where they lie. Linux only. */
  readonly shown?: Readonly<Record<string, AbsolutePath>>;
  /** Told once of what a user should know and what stops nothing. */
  readonly notice?: (text: string) => void;
  /** Where commands run, if that was chosen already; as the policy's `mode` says unless given. */
  readonly mode?: ChosenMode;
}

export interface CommandRequest extends PlannableCommand {
  readonly streams: StandardStreams;
  /** Shown beside violations: a terminal's or a task's name. */
  readonly task?: string;
  readonly onStopped?: CommandEvents['stopped'];
  /** Awaited when all that the command needs is in place on the host, before its process starts. */
  readonly prepared?: () => Promise<void>;
}

/** One policy in force, its network, and what it refused. Commands of one session share the sandbox's loopback and /tmp. */
export interface Session {
  /** A UUID; violations name it. */
  readonly id: string;
  readonly violations: ViolationStream;
  /** What was connected to, and how much was carried. */
  readonly network: NetworkActivity;
  /** Where changes that are not kept go, until the session stops. */
  readonly layers: readonly ThrowawayLayer[];
  /** Puts changed network lists and `ignoreViolations` into force, for running commands too; connections that they deny are cut. Throws if anything else changed. `origins`: as in SessionOptions. */
  updatePolicy(policy: Policy, origins?: PolicyOrigins): Promise<void>;
  /** Makes a port of the sandbox's loopback reachable on the host's: the other one unless `hostPort` is given (0: any free one). */
  publish(port: number, hostPort?: number): Promise<PublishedPort>;
  /** The policy against the disk as it is now: links followed, built-in rules added. */
  resolved(): Promise<ResolvedPolicy>;
  /** The plan that a command would be launched with. */
  plan(command: PlannableCommand): Promise<LaunchPlan | SeatbeltPlan>;
  run(request: CommandRequest): Promise<SandboxProcess>;
  /** Lets processes that somebody else starts join: `srt-helper run --session SOCKET`. Resolves with the socket's path. */
  openSocket(): Promise<AbsolutePath>;
  /** How somebody else starts a command in this session. On macOS it gets the policy as it is now, and outlives the session without a network. */
  wrap(command: WrappableCommand): Promise<WrappedCommand>;
  /** Commands that run now. */
  readonly running: number;
  /** Settles when the session has ended, with the error if nobody asked it to. */
  readonly ended: Promise<SandboxError | undefined>;
  /** Ends everything that runs, and removes everything the session made. */
  stop(): Promise<void>;
}

const OUTER_PROCESSES = 'enableWeakerNestedSandbox: no new /proc can be mounted here, so commands see the one around the sandbox: names, arguments and connections of processes outside of it';

/** Starts a session: 20 to 40 ms, most of it for two processes. Throws a SandboxError that says what to do. */
export async function createSession(options: SessionOptions): Promise<Session> {
  const { host, policy } = options;
  const notice = options.notice ?? ((): void => undefined);
  if (host.platform !== 'linux' && host.platform !== 'macos') throw platformUnsupported(host.platform);
  const mode = options.mode ?? chooseMode(policy, host, notice);
  if (host.platform === 'macos') {
    if (mode === 'container') throw unavailableHere('containers need Linux; on macOS, use mode "native"');
    return createSeatbeltSession(options);
  }
  const engine = mode === 'container' ? await openConfiguredEngine(options) : undefined;
  const bubblewrap = engine ? ROOT_DIRECTORY : locateBubblewrap(policy.bwrapPath);
  const helper = locateHelper();
  const network = engine && (await openContainerNetwork(engine, helper));
  const { session: sessionDirectory, sessions: sessionsDirectory } = makeSessionDirectory(host.temporary, host.user);
  const starting = startPod({ bubblewrap, helper, sessionDirectory, standing: standingListeners(policy), ...(network && { starter: network.starter }), mayShowOuterProcesses: policy.enableWeakerNestedSandbox === true });
  const swept = hasOtherSessions(sessionsDirectory) ? sweepAbandoned(helper, sessionsDirectory) : Promise.resolve();
  try {
    const followed = followPolicy(policy, { base: options.directory, home: host.home, ...(host.resolverFile && { resolverFile: host.resolverFile }), ...(options.policyFiles && { policyFiles: options.policyFiles }), ...(options.origins && { origins: options.origins }) });
    const [pod, onHost] = await Promise.all([starting, followed.look(), engine ? undefined : requireRecentBubblewrap(bubblewrap)]);
    if (pod.processes === 'outer') notice(OUTER_PROCESSES);
    const journal = openMountPointJournal(sessionDirectory, pod);
    const live = createLivePolicy(followed, onHost.policy);
    const audit = openAudit(options, onHost.policy);
    const { context } = onHost.policy;
    const tls = await prepareTlsTermination({ policy, host, context, sessionDirectory, notice });
    const vault = createVault({ policy, notice });
    const throwaway = options.throwaway && makeLayers(options.throwaway, sessionDirectory);
    const standIns = createStandIns({ policy, context, vault, sessionDirectory });
    const preparer = createCommandPreparer({ host, policy: live, bubblewrap, helper, watchLibrary: locateWatchLibrary(), sessionDirectory, sessionsDirectory, pod: pod.identity, makesMounts: pod.makesMounts, processes: pod.processes, journal, standIns, trust: tls.trust, throwaway, ...(options.shown && { shown: options.shown }), engine, network });
    return await SessionInForce.open({ pod, throwaway, engine, network, helper, sessionDirectory, sessionsDirectory, preparer, live, swept, tls, vault, audit, options });
  } catch (error) {
    await starting.then((pod) => pod.stop(), () => rm(sessionDirectory, { recursive: true, force: true }));
    await network?.close();
    await swept;
    removeIfEmpty(sessionsDirectory);
    throw error instanceof SandboxError ? explainStartFailure(error, host) : error;
  }
}

interface SessionParts {
  readonly pod: Pod;
  readonly helper: AbsolutePath;
  readonly sessionDirectory: AbsolutePath;
  readonly sessionsDirectory: AbsolutePath;
  readonly preparer: CommandPreparer;
  readonly live: LivePolicy;
  /** The removal of what earlier sessions left. */
  readonly swept: Promise<void>;
  readonly tls: TlsTermination;
  readonly vault: CredentialVault;
  readonly audit: AuditLog | undefined;
  readonly throwaway: PlannedLayers | undefined;
  readonly engine: ContainerEngine | undefined;
  readonly network: ContainerNetwork | undefined;
  readonly options: SessionOptions;
}

/** @property abandon instead of starting it */
interface PreparedStart {
  readonly start: (events: CommandEvents) => SandboxProcess;
  readonly abandon: () => void;
}

/** A command of this session, whoever started its process. */
interface RunningCommand {
  readonly info: CommandInfo;
  /** Of one that somebody else started. */
  readonly attached?: { readonly pid: number; readonly signal: (signal: NodeJS.Signals) => void };
  end(): void;
  readonly ended: Promise<unknown>;
}

class SessionInForce implements Session {
  readonly id = randomId();
  readonly violations: ViolationStream;
  readonly ended: Promise<SandboxError | undefined>;
  private readonly commands = new Set<RunningCommand>();
  private readonly egress: Egress;
  private readonly broker: Broker | undefined;
  private readonly published: PublishedPort[] = [];
  private listeners: PodListeners | undefined;
  private socket: Promise<Server> | undefined;
  private stopped: Promise<void> | undefined;
  private readonly begun = Date.now();
  private lost = false;

  private constructor(private readonly parts: SessionParts) {
    const { options, tls, vault } = parts;
    this.violations = createViolationStream({ session: this.id, ignore: () => parts.live.inForce().source.ignoreViolations });
    const { lookup, ask, askTimeout } = options;
    this.egress = createEgress({
      policy: parts.live.inForce,
      ...(ask && { ask: createAsker(ask, askTimeout) }),
      report: (denial) => this.violations.add(networkViolation(denial, this.onlyCommand(), new Date())),
      splice: parts.pod.relay.splice,
      ipv6: parts.pod.hasIpv6,
      ...(lookup && { lookup }),
      parents: parentProxies(options.policy, options.host.environment),
      vault,
      authority: tls.authority,
      trusted: tls.trusted,
      filter: options.filterRequest,
    });
    if (options.policy.broker) this.broker = createBroker({ session: options, policy: parts.live.inForce, sessionDirectory: parts.sessionDirectory, openSession: createSession, called: (call) => this.recordCall(call) });
    this.ended = parts.pod.ended.then((error) => {
      this.lost = true;
      if (this.stopped) return undefined;
      for (const command of this.commands) command.end();
      return error instanceof SandboxError ? error : sessionEnded();
    });
  }

  static async open(parts: SessionParts): Promise<SessionInForce> {
    const session = new SessionInForce(parts);
    session.listeners = await createPodListeners(parts.pod, session.egress, parts.live.inForce(), session.broker);
    startAudit(parts.audit, session, parts.options);
    for (const ports of parts.options.policy.network.publish ?? []) await session.publishAs(ports);
    return session;
  }

  get running(): number {
    return this.commands.size;
  }

  get layers(): readonly ThrowawayLayer[] {
    return this.parts.throwaway?.layers ?? [];
  }

  get network(): NetworkActivity {
    return this.egress.activity;
  }

  async updatePolicy(policy: Policy, origins?: PolicyOrigins): Promise<void> {
    if (this.stopped || this.lost || !this.listeners) throw sessionEnded();
    await this.listeners.follow(this.parts.live.update(policy, origins));
    this.egress.cutDenied();
  }

  async publish(port: number, hostPort: number = port): Promise<PublishedPort> {
    if (this.stopped || this.lost) throw sessionEnded();
    const published = await publishPort(this.parts.pod.relay, { port, hostPort });
    this.published.push(published);
    return published;
  }

  private async publishAs(ports: string): Promise<void> {
    const { port, hostPort } = parsePublishedPorts(ports);
    await this.publish(port, hostPort);
  }

  async resolved(): Promise<ResolvedPolicy> {
    if (this.stopped) throw sessionEnded();
    return (await this.parts.live.look()).policy;
  }

  plan(command: PlannableCommand): Promise<LaunchPlan> {
    return this.parts.preparer.plan(command);
  }

  async run(request: CommandRequest): Promise<SandboxProcess> {
    const info: CommandInfo = { command: request.argv, ...(request.task !== undefined && { task: request.task }) };
    const { start, abandon } = await this.unlessEnded(this.prepareStart(request, info));
    await request.prepared?.();
    if (this.stopped) {
      abandon();
      throw sessionEnded(); // nobody is left to end what would start now
    }
    const process = start({ ...this.eventsOf(info, request.limits), ...(request.onStopped && { stopped: request.onStopped }) });
    this.track({ info, end: process.kill, ended: process.exited });
    return process;
  }

  async openSocket(): Promise<AbsolutePath> {
    if (this.parts.engine) throw unavailableHere('processes that somebody else starts cannot join a session of containers; run the command with srt');
    const path = absolutePath(`${this.parts.sessionDirectory}/socket`);
    this.socket ??= serveSession(path, { prepare: (request) => this.prepare(request), attached: (request, prepared, channel) => this.attach(request, prepared, channel), signal: (pid, signal) => this.signalAttached(pid, signal) });
    await this.socket;
    return path;
  }

  async wrap({ argv, task }: WrappableCommand): Promise<WrappedCommand> {
    return { argv: [this.parts.helper, 'run', '--session', await this.openSocket(), '--label', task, '--', ...argv] };
  }

  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async prepare(command: PlannableCommand): Promise<PreparedCommand> {
    if (this.stopped || this.lost || !this.listeners) throw sessionEnded();
    return this.parts.preparer.prepare(command);
  }

  private async prepareStart(request: CommandRequest, info: CommandInfo): Promise<PreparedStart> {
    const { engine, helper, preparer } = this.parts;
    if (!engine) {
      const { launch, cgroup } = await this.prepare(request);
      const start = (events: CommandEvents): SandboxProcess => {
        const process = startProcess(helper, launch, request.streams, events);
        return cgroup ? { ...process, exited: process.exited.finally(() => this.closeCgroup(cgroup, info, request.limits)) } : process;
      };
      return { start, abandon: () => void cgroup?.close() };
    }
    if (this.stopped || this.lost) throw sessionEnded();
    const { start, abandon } = await prepareContainerProcess(await preparer.prepareContainer(request, engine));
    return { start: (events) => start(request.streams, events), abandon };
  }

  /** What goes wrong because the session ends meanwhile is no fault of its own. */
  private async unlessEnded<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      throw this.stopped ? sessionEnded() : error;
    }
  }

  private signalAttached(pid: number, signal: NodeJS.Signals): boolean {
    const found = [...this.commands].find(({ attached }) => attached?.pid === pid);
    found?.attached?.signal(signal);
    return found !== undefined;
  }

  private attach({ argv, task, pid }: AttachRequest, { cgroup }: PreparedCommand, socket: Socket): void {
    const info: CommandInfo = { command: argv, task };
    const channel = followCommand(socket, this.eventsOf(info));
    if (cgroup) void channel.ended.finally(() => this.closeCgroup(cgroup, info, undefined));
    this.track({ info, attached: { pid, signal: channel.signal }, end: channel.kill, ended: channel.ended });
  }

  private eventsOf(info: CommandInfo, limits?: CommandLimits): CommandEvents {
    if (!this.listeners) throw sessionEnded();
    // What a container's image has at a path, nobody can tell from here.
    const outside = this.parts.engine ? (): boolean => true : wouldComeToSomething;
    return { supervisor: superviseCommand({ policy: this.parts.live.inForce, architecture: this.parts.options.host.architecture === 'arm64' ? 'arm64' : 'x64', info, limits, violations: this.violations, egress: this.egress, listeners: this.listeners, outside }) };
  }

  private closeCgroup(cgroup: CommandCgroup, info: CommandInfo, limits: CommandLimits | undefined): void {
    for (const name of cgroup.close()) recordLimit(name, { policy: this.parts.live.inForce, info, limits, violations: this.violations });
  }

  private track(command: RunningCommand): void {
    this.commands.add(command);
    if (this.stopped) command.end(); // it joined while the others were told
    const forget = (): void => void this.commands.delete(command);
    command.ended.then(forget, forget);
  }

  private recordCall(call: BrokeredCall): void {
    this.parts.audit?.brokered(call);
    this.parts.options.brokered?.(call);
  }

  /** The network does not see which process asked; with one command running there is no doubt. */
  private onlyCommand(): CommandInfo | undefined {
    const [first, ...others] = this.commands;
    return others.length === 0 ? first?.info : undefined;
  }

  private async end(): Promise<void> {
    const ends = [...this.commands].map(({ ended }) => ended.catch(() => undefined));
    for (const command of this.commands) command.end();
    (await this.socket?.catch(() => undefined))?.close();
    await Promise.all(ends);
    for (const published of this.published) published.close();
    await this.broker?.close();
    this.listeners?.close();
    await noticeNewRepositories(this.parts.live, this.parts.options).catch(() => undefined); // whatever it finds, the rest has to end
    this.parts.live.close();
    this.egress.close();
    const paths = this.parts.audit ? changedPaths(this.parts.live.inForce(), this.begun) : []; // before the pod removes what was made for the mounts
    await Promise.all([this.parts.pod.stop().then(() => this.parts.network?.close()), this.parts.swept]);
    if (existsSync(this.parts.sessionDirectory)) await sweepAbandoned(this.parts.helper, this.parts.sessionsDirectory); // what the pod had no right to remove
    endAudit(this.parts.audit, this, paths);
    removeIfEmpty(this.parts.sessionsDirectory);
  }
}

function openConfiguredEngine({ policy, host }: SessionOptions): Promise<ContainerEngine> {
  const settings = containerSettings(policy);
  if (!settings) throw containerUnconfigured();
  return openEngine(settings, host);
}

/** Sessions whose owner was killed: their directories and mount points are removed by the next one to start. */
function sweepAbandoned(helper: AbsolutePath, sessions: AbsolutePath): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(helper, ['sweep', sessions], { stdio: 'ignore', env: {} });
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
