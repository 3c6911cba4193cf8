import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';

import { createVault } from '../../credentials/vault';
import { PolicyRefusedError, sessionEnded, unavailableHere, type SandboxError } from '../../errors';
import type { Host, SeatbeltTools } from '../../host/host';
import { probePaths } from '../../host/path-facts';
import { followPolicy, type FollowedPolicy, type PolicyOnHost } from '../../host/resolve-policy';
import { makeSessionDirectory, removeIfEmpty } from '../../host/session-directory';
import type { AuditLog } from '../../monitor/audit-log';
import { networkViolation, type CommandInfo } from '../../monitor/reports';
import { seatbeltLine, seatbeltViolation, type SeatbeltReport } from '../../monitor/seatbelt-log';
import { createViolationStream, type ViolationStream } from '../../monitor/violation-stream';
import type { NetworkActivity } from '../../network/activity';
import { createAsker } from '../../network/ask';
import { createEgress, type Egress } from '../../network/egress';
import { parentProxies } from '../../network/parent-proxy';
import { compileSeatbeltPlan, seatbeltArguments } from '../../plan/seatbelt/compile';
import type { SeatbeltFacts, SeatbeltPlan } from '../../plan/seatbelt/plan';
import { joinPath, type AbsolutePath, type Policy, type PolicyOrigins, type ResolvedPolicy } from '../../policy';
import { changedPaths, endAudit, openAudit, startAudit } from '../audit';
import { createLivePolicy, type LivePolicy } from '../live-policy';
import type { PlannableCommand, WrappableCommand, WrappedCommand } from '../prepare-command';
import type { PublishedPort } from '../publish';
import type { SandboxProcess } from '../sandbox-process';
import type { CommandRequest, Session, SessionOptions } from '../session';
import { followSeatbeltLog, type SeatbeltLog } from './log-stream';
import { withSeatbeltRules, type SeatbeltDirectories } from './policy';
import { recordRefusedCommand } from '../refused-command';
import { startSeatbeltProcess } from './process';

const SYSTEM_TOOLS: SeatbeltTools = { sandboxExec: '/usr/bin/sandbox-exec', log: '/usr/bin/log' };
const PROXY_USER = 'srt';
/** Of the password and the tag: neither can be guessed. */
const SECRET_BYTES = 16;

/** A session on macOS: each command gets the policy as a Seatbelt profile, and a proxy of the session's is its network. */
export async function createSeatbeltSession(options: SessionOptions): Promise<Session> {
  if (options.throwaway) throw unavailableHere('directories whose changes are thrown away need Linux');
  const { host, directory } = options;
  const { session: sessionDirectory, sessions: sessionsDirectory } = makeSessionDirectory(host.temporary, host.user);
  const directories = { temporary: joinPath(sessionDirectory, 'tmp'), sessions: sessionsDirectory };
  try {
    const followed = followPolicy(options.policy, { base: directory, home: host.home, ...(options.policyFiles && { policyFiles: options.policyFiles }), ...(options.origins && { origins: options.origins }) });
    const added: FollowedPolicy = {
      look: async () => withRules(await followed.look(), directories),
      latest: () => {
        const onHost = followed.latest();
        return onHost && withRules(onHost, directories);
      },
      leftForGit: followed.leftForGit,
      close: followed.close,
    };
    const live = createLivePolicy(added, (await added.look()).policy);
    const session = new SeatbeltSession({ host, live, temporary: directories.temporary, sessionDirectory, sessionsDirectory, tools: host.seatbelt ?? SYSTEM_TOOLS, audit: openAudit(options, live.inForce()) }, options);
    await session.open();
    startAudit(session.parts.audit, session, options);
    return session;
  } catch (error) {
    await rm(sessionDirectory, { recursive: true, force: true });
    removeIfEmpty(sessionsDirectory);
    throw error;
  }
}

function withRules(onHost: PolicyOnHost, directories: SeatbeltDirectories): PolicyOnHost {
  return { ...onHost, policy: withSeatbeltRules(onHost, directories) };
}

interface SeatbeltParts {
  readonly host: Host;
  readonly live: LivePolicy;
  /** The sandbox's own directory for temporary files. */
  readonly temporary: AbsolutePath;
  readonly sessionDirectory: AbsolutePath;
  readonly sessionsDirectory: AbsolutePath;
  readonly tools: SeatbeltTools;
  readonly audit: AuditLog | undefined;
}

class SeatbeltSession implements Session {
  /** Wrapped commands begin without the session. */
  readonly joined = 0;
  readonly id = randomUUID();
  readonly violations: ViolationStream;
  readonly ended: Promise<SandboxError | undefined>;
  private readonly begun = Date.now();
  private readonly tag = `srt-${randomBytes(SECRET_BYTES).toString('hex')}`;
  private readonly password = randomBytes(SECRET_BYTES).toString('hex');
  private readonly egress: Egress;
  private readonly server: Server = createServer();
  private readonly log: SeatbeltLog;
  private readonly commands = new Map<string, CommandInfo>();
  private readonly processes = new Set<SandboxProcess>();
  private settleEnded: () => void = () => undefined;
  private stopped: Promise<void> | undefined;

  constructor(
    readonly parts: SeatbeltParts,
    { lookup, ask, askTimeout, policy, host, filterRequest, notice = () => undefined }: SessionOptions,
  ) {
    this.violations = createViolationStream({ session: this.id, ignore: () => parts.live.inForce().source.ignoreViolations });
    this.ended = new Promise((resolve) => (this.settleEnded = () => resolve(undefined)));
    this.egress = createEgress({
      policy: parts.live.inForce,
      ipv6: true,
      ...(ask && { ask: createAsker(ask, askTimeout) }),
      report: (denial) => this.violations.add(networkViolation(denial, this.onlyCommand(), new Date())),
      proxyCredentials: { user: PROXY_USER, password: this.password },
      parents: parentProxies(policy, host.environment),
      vault: createVault({ policy, notice }),
      trusted: [],
      filter: filterRequest,
      ...(lookup && { lookup }),
    });
    this.egress.serveProxy(this.server);
    this.log = followSeatbeltLog(parts.tools.log, this.tag, (report) => this.record(report));
  }

  async open(): Promise<void> {
    const listening = new Promise<void>((resolve, reject) => this.server.once('error', reject).listen(0, '127.0.0.1', resolve));
    await Promise.all([listening, this.log.ready]);
  }

  get running(): number {
    return this.processes.size;
  }

  /** Nothing like overlayfs is there: createSeatbeltSession refuses what would need it. */
  readonly layers = [];

  get network(): NetworkActivity {
    return this.egress.activity;
  }

  /** Ports of this machine that the lists open directly are in the profiles of commands: for those, it counts from the next one on. */
  updatePolicy(policy: Policy, origins?: PolicyOrigins): Promise<void> {
    if (this.stopped) return Promise.reject(sessionEnded());
    this.parts.live.update(policy, origins);
    this.egress.cutDenied();
    return Promise.resolve();
  }

  publish(): Promise<PublishedPort> {
    return Promise.reject(unavailableHere('there is nothing to publish on macOS: with network.allowLocalBinding, servers of a sandbox listen on the machine itself'));
  }

  async resolved(): Promise<ResolvedPolicy> {
    if (this.stopped) throw sessionEnded();
    return (await this.parts.live.look()).policy;
  }

  async plan(command: PlannableCommand): Promise<SeatbeltPlan> {
    return (await this.compile(command, `${this.tag}-${this.commands.size}`)).plan;
  }

  async run(request: CommandRequest): Promise<SandboxProcess> {
    if (this.stopped) throw sessionEnded();
    const tag = `${this.tag}-${this.commands.size}`;
    this.commands.set(tag, { command: request.argv, ...(request.task !== undefined && { task: request.task }) });
    const { plan } = await this.compile(request, tag);
    const process = startSeatbeltProcess(this.parts.tools.sandboxExec, plan, request.streams);
    this.processes.add(process);
    const forget = (): void => void this.processes.delete(process);
    process.exited.then(forget, forget);
    return process;
  }

  openSocket(): Promise<AbsolutePath> {
    return Promise.reject(unavailableHere('processes that somebody else starts cannot join a session on macOS; run the command with srt'));
  }

  async wrap({ task, ...command }: WrappableCommand): Promise<WrappedCommand> {
    if (this.stopped) throw sessionEnded();
    const tag = `${this.tag}-${this.commands.size}`;
    this.commands.set(tag, { command: command.argv, task });
    const { plan } = await this.compile({ ...command, terminal: 'inherit' }, tag);
    return { argv: [this.parts.tools.sandboxExec, ...seatbeltArguments(plan)], environment: plan.environment };
  }

  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private refused(error: PolicyRefusedError, policy: ResolvedPolicy, tag: string): PolicyRefusedError {
    const info = this.commands.get(tag); // of what is only planned there is none
    if (info) recordRefusedCommand(error, policy, info, this.violations);
    return error;
  }

  private async compile(command: PlannableCommand, tag: string): Promise<{ readonly plan: SeatbeltPlan }> {
    const { host, live, temporary } = this.parts;
    const directory = (await probePaths([command.directory])).get(command.directory)?.canonical ?? command.directory;
    const { policy, paths, found } = await live.look();
    const facts: SeatbeltFacts = {
      temporary,
      proxy: { port: (this.server.address() as AddressInfo).port, user: PROXY_USER, password: this.password }, // a TCP port since open()
      tag,
      environment: command.environment ?? host.environment,
      paths,
      found,
    };
    const compiled = compileSeatbeltPlan(policy, { argv: command.argv, directory, terminal: command.terminal, ...(command.limits && { limits: command.limits }), ...(command.isOwn === true && { isOwn: true }) }, facts);
    if ('refusals' in compiled) throw this.refused(new PolicyRefusedError(compiled.refusals), policy, tag);
    return compiled;
  }

  private record(report: SeatbeltReport): void {
    const info = this.commands.get(report.tag);
    const violation = info && seatbeltViolation(report, this.parts.live.inForce(), info, new Date());
    if (violation) this.violations.add(violation, seatbeltLine(report));
  }

  /** The network does not see which process asked; with one command running there is no doubt. */
  private onlyCommand(): CommandInfo | undefined {
    return this.processes.size === 1 ? [...this.commands.values()].at(-1) : undefined;
  }

  private async end(): Promise<void> {
    for (const process of this.processes) process.kill();
    await Promise.all([...this.processes].map(({ exited }) => exited.catch(() => undefined)));
    this.log.stop();
    this.server.close();
    this.egress.close();
    endAudit(this.parts.audit, this, this.parts.audit ? changedPaths(this.parts.live.inForce(), this.begun) : []);
    await rm(this.parts.sessionDirectory, { recursive: true, force: true });
    removeIfEmpty(this.parts.sessionsDirectory);
    this.settleEnded();
  }
}
