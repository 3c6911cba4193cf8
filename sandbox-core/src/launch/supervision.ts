import { wouldChangeSomething } from '../host/outside';
import { callViolation, commandViolation, limitViolation, pathViolation, socketViolation, type CommandInfo } from '../monitor/reports';
import type { ViolationStream } from '../monitor/violation-stream';
import type { Egress } from '../network/egress';
import { describeDestination, type Caller, type Destination } from '../network/destination';
import { isNameAddress } from '../network/name-addresses';
import { isLoopbackAddress } from '../network/vet-address';
import { STAND_IN_DIRECTORY } from '../plan/environment';
import { planLimits, type CommandLimits } from '../plan/limits';
import { describeRefusedCall } from '../plan/refused-calls';
import { absolutePath, canonicalHost, decide, decideCommand, isOwnPlace, ruleAroundLink, type Decision, type ResolvedPolicy } from '../policy';
import { encodeFrame, type Frame } from './frame';
import type { PodListeners } from './pod-listeners';

export interface SupervisionOptions {
  /** As it was when a command last started. */
  readonly policy: () => ResolvedPolicy;
  /** As it was when this command was prepared: what its names are held by. A repository that it makes is not held in it when others start. */
  readonly held: ResolvedPolicy;
  readonly architecture: 'x64' | 'arm64';
  readonly info: CommandInfo;
  readonly limits: CommandLimits | undefined;
  readonly violations: ViolationStream;
  readonly egress: Egress;
  readonly listeners: PodListeners;
  /** Whether a call on a path that is hidden inside would have come to something outside. */
  readonly outside: (path: Buffer, needs: number) => boolean;
}

/** Answers the supervisor in a command's pid 1: records what it reports, opens the ports that programs connect to. */
export function superviseCommand(options: SupervisionOptions): (frame: Frame, reply: (answer: Buffer) => void) => void {
  return (frame, reply) => {
    if (frame.type === 'path') recordPath(frame, options);
    if (frame.type === 'call') recordCall(frame, options);
    if (frame.type === 'judge') reply(encodeFrame('judged', frame.number(1), judge(frame, options) ? 1 : 0));
    if (frame.type === 'unix-connect') recordSocket(frame, options);
    if (frame.type === 'send') recordDatagram(frame, options);
    if (frame.type === 'limit') recordLimit(frame.text(1), options);
    if (frame.type === 'connect') void answerConnect(frame, options, reply);
  };
}

function recordPath(frame: Frame, { policy, info, violations, outside }: SupervisionOptions): void {
  const report = { operation: frame.text(1), reason: frame.text(2), pid: frame.number(3), program: frame.text(4), path: frame.text(5) };
  // The sandbox's own /tmp is empty at first: what is not there is not what the host has under the same name.
  if (report.reason === 'masked' && report.path.startsWith('/') && isOwnPlace(policy(), absolutePath(report.path), 'linux')) return;
  const violation = pathViolation(report, policy(), info, new Date());
  if (violation && (report.reason !== 'masked' || outside(frame.bytes(5), frame.number(6)))) violations.add(violation);
}

function recordCall(frame: Frame, { architecture, info, violations }: SupervisionOptions): void {
  const call = describeRefusedCall(frame.number(1), [frame.number(4), frame.number(5), frame.number(6)], architecture);
  violations.add(callViolation({ ...call, pid: frame.number(2), program: frame.text(3) }, info, new Date()));
}

/** True: refuse. */
function judge(frame: Frame, options: SupervisionOptions): boolean {
  return frame.text(2) === 'exec' ? judgeProgram(frame, options) : judgePaths(frame, options);
}

/** A program that something inside starts, by its path and arguments. Nobody can be asked in the middle of a command. */
function judgeProgram(frame: Frame, { policy, info, violations }: SupervisionOptions): boolean {
  const words = frame.text(5).split('\0').slice(0, -1);
  // A stand-in does what the broker says; what it then becomes is judged.
  if (words[0]?.startsWith(`${STAND_IN_DIRECTORY}/`)) return false;
  const decision = decideCommand(policy(), words);
  if (decision.outcome === 'allow') return false;
  violations.add(commandViolation({ starter: { pid: frame.number(3), program: frame.text(4) }, words, decision }, info, new Date()));
  return true;
}

/**
 * A call on a guarded name, refused if a rule denies any of its paths. What no rule names is for the kernel to decide: the
 * sandbox's own /tmp may be written, though no entry allows it. True: refuse.
 */
function judgePaths(frame: Frame, { held, info, violations, outside }: SupervisionOptions): boolean {
  const operation = frame.text(2);
  const refused = refusedPath(frame.text(5).split('\0').slice(0, -1), operation === 'read' ? 'read' : 'write', held);
  if (refused === undefined) return false;
  const violation = pathViolation({ operation, reason: 'guarded', pid: frame.number(3), program: frame.text(4), ...refused }, held, info, new Date());
  // What the user could not do either fails by itself.
  if (violation && wouldChangeSomething(refused.path, operation, outside)) violations.add(violation);
  return true;
}

interface RefusedPath {
  readonly path: string;
  readonly decision?: Decision;
}

/** @param asked as native/src/guards.h says: paths, "</from" before where it goes, and "/link/" before the ">text" of a symbolic link */
function refusedPath(asked: readonly string[], kind: 'read' | 'write', policy: ResolvedPolicy): RefusedPath | undefined {
  for (const [index, entry] of asked.entries()) {
    const next = asked[index + 1] ?? '';
    if (entry.startsWith('>') && asked[index - 1]?.endsWith('/') === true) continue;
    const isMove = entry.startsWith('</');
    if (!isMove && !entry.startsWith('/')) return { path: entry };
    const refused = isMove ? refusedMove(entry.slice(1), next, policy) : entry !== '/' && entry.endsWith('/') ? refusedLink(entry.slice(0, -1), next.slice(1), policy) : denied(entry, kind, policy);
    if (refused) return refused;
  }
  return undefined;
}

function denied(path: string, kind: 'read' | 'write', policy: ResolvedPolicy): RefusedPath | undefined {
  return possiblePaths(path).map((possible) => deniedPath(possible, kind, policy)).find((refused) => refused !== undefined);
}

function deniedPath(path: string, kind: 'read' | 'write', policy: ResolvedPolicy): RefusedPath | undefined {
  const decision = decide(policy, { kind, path: absolutePath(path) });
  return decision.outcome === 'deny' && decision.rule.kind !== 'default' ? { path, decision } : undefined;
}

/** Some file systems (vfat, exFAT, shares of Windows) drop dots and spaces at the end of a name. Which one this is, the path does not tell. */
function possiblePaths(path: string): readonly string[] {
  const kept = path.replace(/[. ]+(?=\/|$)/g, '');
  return kept === path ? [path] : [path, kept];
}

/** What may not be read would have another name, under which it may. */
function refusedMove(from: string, to: string, policy: ResolvedPolicy): RefusedPath | undefined {
  const freed = denied(from, 'read', policy);
  const isFreed = freed && possiblePaths(to).some((possible) => !deniedPath(possible, 'read', policy));
  return denied(from, 'write', policy) ?? (isFreed ? freed : undefined);
}

function refusedLink(path: string, text: string, policy: ResolvedPolicy): RefusedPath | undefined {
  const rule = possiblePaths(path).map((possible) => ruleAroundLink(policy, absolutePath(possible), text)).find((found) => found !== undefined);
  return rule && { path, decision: { outcome: 'deny', rule, reason: 'below a symbolic link here, other files would have names that may not be written', overridden: [] } };
}

/** @param met the name of a limit, as a plan has it */
export function recordLimit(met: string, { policy, info, limits, violations }: Pick<SupervisionOptions, 'policy' | 'info' | 'limits' | 'violations'>): void {
  const limit = planLimits(policy().source, limits).find(({ name }) => name === met);
  if (limit) violations.add(limitViolation(limit, info, new Date()));
}

function recordSocket(frame: Frame, { policy, info, violations, outside }: SupervisionOptions): void {
  const needs = frame.number(4);
  const violation = socketViolation({ pid: frame.number(1), program: frame.text(2), path: frame.text(3) }, policy(), info, new Date());
  if (violation && (needs === 0 || outside(frame.bytes(3), needs))) violations.add(violation);
}

/** Whatever comes of the preparation: the connect then finds a listener, or none. */
async function answerConnect(frame: Frame, options: SupervisionOptions, reply: (answer: Buffer) => void): Promise<void> {
  await prepareConnect(frame, options).catch(() => undefined);
  reply(encodeFrame('connect-ready', frame.number(1)));
}

/** What a refused connection can be told in its own words: HTTP, TLS, SSH, git. */
const PORTS_WITH_WORDS: ReadonlySet<number> = new Set([80, 443, 22, 9418]);

/** What the kernel connects to instead: servers print them as where they listen, and getaddrinfo(3) of a server's own address tries them. */
const UNSPECIFIED: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * A port gets its listener when it is connected to, and only for a destination that is allowed, may be asked about, or can be refused in
 * words: a program that tries all ports opens hardly any.
 */
async function prepareConnect(frame: Frame, { info, egress, listeners }: SupervisionOptions): Promise<void> {
  const text = addressText(frame.bytes(5));
  const address = UNSPECIFIED[text] ?? text;
  const port = frame.number(6);
  const caller: Caller = { pid: frame.number(2), program: frame.text(3), ...info };
  const isStream = frame.number(4) === 1;
  egress.callers.expect(address, port, caller);
  if (isLoopbackAddress(address)) return isStream ? prepareLoopback(address, port, caller, { egress, listeners }) : undefined;
  if (listeners.isOpen(port)) return;
  const name = egress.addresses.nameOf(address);
  if (name === undefined && isNameAddress(address)) return;
  const destination = { host: name ?? address, port };
  if (isStream && PORTS_WITH_WORDS.has(port)) await listeners.openPort(port);
  else if (!egress.mayConnect(destination)) recordRefused(destination, caller, egress);
  else if (isStream) await listeners.openPort(port);
}

function recordRefused(destination: Destination, caller: Caller, { judge }: Egress): void {
  judge.report({ operation: 'connect', source: 'network', target: describeDestination(destination), decision: judge.connect(destination), caller });
}

/** A datagram to a port that nobody listens on. The same is said of it as of a connect. */
function recordDatagram(frame: Frame, { info, egress }: SupervisionOptions): void {
  const address = addressText(frame.bytes(3));
  const destination = { host: egress.addresses.nameOf(address) ?? address, port: frame.number(4) };
  const caller: Caller = { pid: frame.number(1), program: frame.text(2), ...info };
  if (!egress.mayConnect(destination)) recordRefused(destination, caller, egress);
}

/** The sandbox has a loopback of its own. A port of it that nobody listens on may have been meant as the host's. */
async function prepareLoopback(address: string, port: number, caller: Caller, { egress, listeners }: Pick<SupervisionOptions, 'egress' | 'listeners'>): Promise<void> {
  const destination = { host: 'localhost', port };
  // Nothing is asked here: a program that waits for its own server to come up would take the port away from it.
  if (egress.judge.connect(destination).outcome === 'allow') await listeners.openPort(port);
  else if (await listeners.isFreeLoopback(address, port)) recordRefused(destination, caller, egress);
}

/** In the spelling of rules: IPv4 as IPv6 has it, as programs with one socket for both use it, is IPv4. */
function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (bytes.length === 16 ? bytes.readUInt16BE(2 * index).toString(16) : '0')).join(':');
  return canonicalHost(groups) ?? groups;
}
