import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Server, Socket } from 'node:net';

import type { CredentialVault } from '../credentials/vault';
import { SandboxError, sessionEnded, unavailableHere } from '../errors';
import type { PlannedLayers, ThrowawayLayer } from '../host/facts';
import { randomId } from '../host/random-id';
import { wouldComeToSomething } from '../host/outside';
import { removeIfEmpty } from '../host/session-directory';
import type { AuditLog } from '../monitor/audit-log';
import { networkViolation, type CommandInfo } from '../monitor/reports';
import { createViolationStream, type ViolationStream } from '../monitor/violation-stream';
import type { NetworkActivity } from '../network/activity';
import { createAsker } from '../network/ask';
import { createEgress, type Egress } from '../network/egress';
import { parentProxies } from '../network/parent-proxy';
import type { CommandLimits } from '../plan/limits';
import type { LaunchPlan } from '../plan/plan';
import { absolutePath, type AbsolutePath, type Policy, type PolicyOrigins, type ResolvedPolicy } from '../policy';
import type { ContainerEngine } from './container/engine';
import type { ContainerNetwork } from './container/network';
import { prepareContainerProcess } from './container/process';
import { changedPaths, endAudit, startAudit } from './audit';
import { createBroker, type Broker, type BrokeredCall } from './broker/broker';
import { followCommand, type CommandEvents } from './command-channel';
import type { CommandCgroup } from './command-cgroup';
import type { LivePolicy } from './live-policy';
import { createGitNotices } from './left-for-git';
import type { Pod } from './pod';
import { createPodListeners, type PodListeners } from './pod-listeners';
import type { CommandPreparer, PlannableCommand, PreparedCommand, WrappableCommand, WrappedCommand } from './prepare-command';
import { recordRefusedCommand } from './refused-command';
import { startProcess, type SandboxProcess } from './sandbox-process';
import { createPublisher, parsePublishedPorts, type PublishedPort, type Publisher } from './publish';
import type { CommandRequest, Session, SessionOptions } from './session';
import { serveSession, type AttachRequest } from './session-server';
import { recordLimit, superviseCommand } from './supervision';
import { takeOverCommand } from './taken-over';
import type { TlsTermination } from './tls-termination';

/** What createSession made of its options. */
export interface SessionParts {
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
  /** Another one, for commands outside. */
  readonly openSession: (options: SessionOptions) => Promise<Session>;
}

/** @property abandon instead of starting it */
interface PreparedStart {
  readonly start: (events: CommandEvents) => SandboxProcess;
  readonly policy: ResolvedPolicy;
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

export class SessionInForce implements Session {
  readonly id = randomId();
  readonly violations: ViolationStream;
  readonly ended: Promise<SandboxError | undefined>;
  private readonly commands = new Set<RunningCommand>();
  private readonly egress: Egress;
  private readonly broker: Broker | undefined;
  private readonly publisher: Publisher;
  private readonly published: PublishedPort[] = [];
  private listeners: PodListeners | undefined;
  private socket: Promise<Server> | undefined;
  private stopped: Promise<void> | undefined;
  private readonly begun = Date.now();
  private readonly tellLeftForGit: () => Promise<void>;
  private lost = false;
  joined = 0;

  private constructor(private readonly parts: SessionParts) {
    const { options, tls, vault } = parts;
    this.violations = createViolationStream({ session: this.id, ignore: () => parts.live.inForce().source.ignoreViolations });
    const { lookup, ask, askTimeout } = options;
    this.tellLeftForGit = createGitNotices(parts.live, options);
    this.publisher = options.publisher ?? createPublisher();
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
    if (options.policy.broker) this.broker = createBroker({ session: options, policy: parts.live.inForce, sessionDirectory: parts.sessionDirectory, openSession: parts.openSession, called: (call) => this.recordCall(call) });
    this.ended = parts.pod.ended.then((error) => {
      this.lost = true;
      if (this.stopped) return undefined;
      for (const command of this.commands) command.end();
      return error instanceof SandboxError ? error : sessionEnded();
    });
  }

  static async open(parts: SessionParts): Promise<SessionInForce> {
    const session = new SessionInForce(parts);
    try {
      session.listeners = await createPodListeners(parts.pod, session.egress, parts.live.inForce(), session.broker);
      startAudit(parts.audit, session, parts.options);
      for (const ports of parts.options.policy.network.publish ?? []) await session.publishAs(ports);
      return session;
    } catch (error) {
      await session.stop(); // nobody else has it, to let go of the ports that it holds
      throw error;
    }
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
    const published = await this.publisher.publish(this.parts.pod.relay, { port, hostPort });
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
    const { start, abandon, policy } = await this.unlessEnded(this.prepareStart(request, info));
    await request.prepared?.();
    if (this.stopped) {
      abandon();
      throw sessionEnded(); // nobody is left to end what would start now
    }
    const process = start({ ...this.eventsOf(info, policy, request.limits), ...(request.onStopped && { stopped: request.onStopped }) });
    this.track({ info, end: process.kill, ended: process.exited });
    return process;
  }

  async openSocket(): Promise<AbsolutePath> {
    if (this.parts.engine) throw unavailableHere('processes that somebody else starts cannot join a session of containers; run the command with srt');
    const path = absolutePath(`${this.parts.sessionDirectory}/socket`);
    this.socket ??= serveSession(path, { prepare: (request) => this.prepareJoining(request), attached: (request, prepared, channel) => this.attach(request, prepared, channel), signal: (pid, signal) => this.signalAttached(pid, signal) });
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

  private async prepare(command: PlannableCommand, info: CommandInfo): Promise<PreparedCommand> {
    if (this.stopped || this.lost || !this.listeners) throw sessionEnded();
    return this.recordingRefusal(info, this.parts.preparer.prepare(command));
  }

  private async prepareJoining(request: AttachRequest): Promise<PreparedCommand> {
    try {
      return await this.prepare(request, { command: request.argv, task: request.task });
    } catch (error) {
      this.joined++;
      throw error;
    }
  }

  private async recordingRefusal<T>(info: CommandInfo, prepared: Promise<T>): Promise<T> {
    try {
      return await prepared;
    } catch (error) {
      recordRefusedCommand(error, this.parts.live.inForce(), info, this.violations);
      throw error;
    }
  }

  private async prepareStart(request: CommandRequest, info: CommandInfo): Promise<PreparedStart> {
    const { engine, helper, preparer, options: { takenOver } } = this.parts;
    // Resolved against the disk as it was when the command began: host/replayed-looks.ts.
    if (takenOver) return { start: (events) => takeOverCommand(takenOver, events), policy: this.parts.live.inForce(), abandon: () => undefined };
    if (!engine) {
      const { launch, policy, cgroup } = await this.prepare(request, info);
      const start = (events: CommandEvents): SandboxProcess => {
        const process = startProcess(helper, launch, request.streams, events, request.ignored);
        return cgroup ? { ...process, exited: process.exited.finally(() => this.closeCgroup(cgroup, info, request.limits)) } : process;
      };
      return { start, policy, abandon: () => void cgroup?.close() };
    }
    if (this.stopped || this.lost) throw sessionEnded();
    const launch = await this.recordingRefusal(info, preparer.prepareContainer(request, engine));
    const { start, abandon } = await prepareContainerProcess(launch);
    return { start: (events) => start(request.streams, events), policy: launch.policy, abandon };
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

  private attach({ argv, task, pid }: AttachRequest, { policy, cgroup }: PreparedCommand, socket: Socket): void {
    const info: CommandInfo = { command: argv, task };
    const channel = followCommand(socket, this.eventsOf(info, policy));
    if (cgroup) void channel.ended.finally(() => this.closeCgroup(cgroup, info, undefined));
    this.joined++;
    this.track({ info, attached: { pid, signal: channel.signal }, end: channel.kill, ended: channel.ended });
  }

  private eventsOf(info: CommandInfo, held: ResolvedPolicy, limits?: CommandLimits): CommandEvents {
    if (!this.listeners) throw sessionEnded();
    // What a container's image has at a path, nobody can tell from here.
    const outside = this.parts.engine ? (): boolean => true : wouldComeToSomething;
    return { supervisor: superviseCommand({ policy: this.parts.live.inForce, held, architecture: this.parts.options.host.architecture === 'arm64' ? 'arm64' : 'x64', info, limits, violations: this.violations, egress: this.egress, listeners: this.listeners, outside }) };
  }

  private closeCgroup(cgroup: CommandCgroup, info: CommandInfo, limits: CommandLimits | undefined): void {
    for (const name of cgroup.close()) recordLimit(name, { policy: this.parts.live.inForce, info, limits, violations: this.violations });
  }

  private track(command: RunningCommand): void {
    this.commands.add(command);
    if (this.stopped || this.lost) command.end(); // it joined while the others were told
    const forget = (): void => {
      this.commands.delete(command);
      // Not where the session ends with its command: it tells then.
      setImmediate(() => void (this.stopped ?? this.tellLeftForGit()));
    };
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
    await this.tellLeftForGit();
    this.parts.live.close();
    this.egress.close();
    const paths = this.parts.audit ? changedPaths(this.parts.live.inForce(), this.begun) : []; // before the pod removes what was made for the mounts
    await Promise.all([this.parts.pod.stop().then(() => this.parts.network?.close()), this.parts.swept]);
    if (existsSync(this.parts.sessionDirectory)) await sweepAbandoned(this.parts.helper, this.parts.sessionsDirectory); // what the pod had no right to remove
    endAudit(this.parts.audit, this, paths);
    removeIfEmpty(this.parts.sessionsDirectory);
  }
}

/** Sessions whose owner was killed: their directories and mount points are removed by the next one to start. */
export function sweepAbandoned(helper: AbsolutePath, sessions: AbsolutePath): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(helper, ['sweep', sessions], { stdio: 'ignore', env: {} });
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
