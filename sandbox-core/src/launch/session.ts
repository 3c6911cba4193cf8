import { rm } from 'node:fs/promises';

import { createVault } from '../credentials/vault';
import { containerUnconfigured, platformUnsupported, SandboxError, unavailableHere } from '../errors';
import { requireRecentBubblewrap } from '../host/bubblewrap-version';
import type { ThrowawayLayer } from '../host/facts';
import type { Host } from '../host/host';
import { locateBubblewrap, locateHelper, locateWatchLibrary } from '../host/locate';
import { explainStartFailure } from '../host/namespace-diagnosis';
import { followPolicy } from '../host/resolve-policy';
import { hasOtherSessions, makeSessionDirectory, removeIfEmpty } from '../host/session-directory';
import type { AuditOptions } from '../monitor/audit-log';
import type { ViolationStream } from '../monitor/violation-stream';
import type { NetworkActivity } from '../network/activity';
import type { AskAboutHost } from '../network/ask';
import type { HostLookup } from '../network/host-lookup';
import type { RequestFilter } from '../network/http/filter';
import type { LaunchPlan } from '../plan/plan';
import { containerSettings } from '../plan/container/settings';
import type { SeatbeltPlan } from '../plan/seatbelt/plan';
import { ROOT_DIRECTORY, type AbsolutePath, type Policy, type PolicyOrigins, type ResolvedPolicy } from '../policy';
import { openEngine, type ContainerEngine } from './container/engine';
import { chooseMode, type ChosenMode } from './container/mode';
import { openContainerNetwork } from './container/network';
import { openAudit } from './audit';
import type { AskAboutCommand, BrokeredCall } from './broker/broker';
import type { CommandEvents } from './command-channel';
import { makeLayers, type Throwaway } from './layers';
import { createLivePolicy } from './live-policy';
import { openMountPointJournal } from './mount-points';
import { podWords, startPod, type PodOptions } from './pod';
import { standingListeners } from './pod-listeners';
import { createCommandPreparer, type PlannableCommand, type PlannedLaunch, type WrappableCommand, type WrappedCommand } from './prepare-command';
import { createSeatbeltSession } from './seatbelt/session';
import type { SandboxProcess, StandardStreams } from './sandbox-process';
import type { PublishedPort, Publisher } from './publish';
import { SessionInForce, sweepAbandoned } from './session-in-force';
import { createStandIns } from './stand-ins';
import { takeOverPod, type TakenOver } from './taken-over';
import { prepareTlsTermination } from './tls-termination';

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
  /** What ports are published with; sessions that share it take over each other's. Linux only. */
  readonly publisher?: Publisher;
  /** Told once of what a user should know and what stops nothing. */
  readonly notice?: (text: string) => void;
  /** Where commands run, if that was chosen already; as the policy's `mode` says unless given. */
  readonly mode?: ChosenMode;
  /** Told how each command is launched, right before it is. Linux only, not of containers. */
  readonly launched?: (launch: PlannedLaunch) => void;
  /** A session that runs already: its one command is the first that is run. */
  readonly takenOver?: TakenOver;
}

export interface CommandRequest extends PlannableCommand {
  readonly streams: StandardStreams;
  /** Shown beside violations: a terminal's or a task's name. */
  readonly task?: string;
  readonly onStopped?: CommandEvents['stopped'];
  /** Signals that it begins with ignoring, as nohup wants it. */
  readonly ignored?: readonly NodeJS.Signals[];
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
  /** How many of the commands that were wrapped have begun, or were refused. */
  readonly joined: number;
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
  const { takenOver } = options;
  const { session: sessionDirectory, sessions: sessionsDirectory } = takenOver ?? makeSessionDirectory(host.temporary, host.user);
  const podOptions: PodOptions = { bubblewrap, helper, sessionDirectory, standing: standingListeners(policy), ...(network && { starter: network.starter }), mayShowOuterProcesses: policy.enableWeakerNestedSandbox === true };
  const starting = takenOver ? Promise.resolve(takeOverPod(takenOver, podOptions.standing)) : startPod(podOptions);
  const swept = !takenOver && hasOtherSessions(sessionsDirectory) ? sweepAbandoned(helper, sessionsDirectory) : Promise.resolve();
  try {
    const followed = followPolicy(policy, { base: options.directory, home: host.home, ...(host.resolverFile && { resolverFile: host.resolverFile }), ...(options.policyFiles && { policyFiles: options.policyFiles }), ...(options.origins && { origins: options.origins }) });
    const [pod, onHost] = await Promise.all([starting, followed.look(), engine ? undefined : requireRecentBubblewrap(bubblewrap)]);
    takenOver?.resolved();
    if (pod.processes === 'outer') notice(OUTER_PROCESSES);
    const journal = openMountPointJournal(sessionDirectory, pod);
    const live = createLivePolicy(followed, onHost.policy);
    const audit = openAudit(options, onHost.policy);
    const { context } = onHost.policy;
    const tls = await prepareTlsTermination({ policy, host, context, sessionDirectory, notice });
    const vault = createVault({ policy, notice });
    const throwaway = options.throwaway && makeLayers(options.throwaway, sessionDirectory);
    const standIns = createStandIns({ policy, context, vault, sessionDirectory });
    const preparer = createCommandPreparer({ host, policy: live, bubblewrap, helper, watchLibrary: locateWatchLibrary(), sessionDirectory, sessionsDirectory, pod: pod.identity, makesMounts: pod.makesMounts, processes: pod.processes, journal, standIns, trust: tls.trust, throwaway, ...(options.shown && { shown: options.shown }), engine, network, podWords: podWords(podOptions), launched: options.launched });
    return await SessionInForce.open({ pod, throwaway, engine, network, helper, sessionDirectory, sessionsDirectory, preparer, live, swept, tls, vault, audit, options, openSession: createSession });
  } catch (error) {
    await starting.then((pod) => pod.stop(), () => rm(sessionDirectory, { recursive: true, force: true }));
    await network?.close();
    await swept;
    removeIfEmpty(sessionsDirectory);
    throw error instanceof SandboxError ? explainStartFailure(error, host) : error;
  }
}

function openConfiguredEngine({ policy, host }: SessionOptions): Promise<ContainerEngine> {
  const settings = containerSettings(policy);
  if (!settings) throw containerUnconfigured();
  return openEngine(settings, host);
}
