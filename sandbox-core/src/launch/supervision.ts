import { pathViolation, type CommandInfo } from '../monitor/reports';
import type { ViolationStream } from '../monitor/violation-stream';
import type { Egress } from '../network/egress';
import { describeDestination } from '../network/destination';
import { isNameAddress } from '../network/name-addresses';
import { isLoopbackAddress } from '../network/vet-address';
import type { ResolvedPolicy } from '../policy';
import { encodeFrame, type Frame } from './frame';
import type { PodListeners } from './pod-listeners';

export interface SupervisionOptions {
  readonly policy: ResolvedPolicy;
  readonly info: CommandInfo;
  readonly violations: ViolationStream;
  readonly egress: Egress;
  readonly listeners: PodListeners;
}

/** Answers the supervisor in a command's pid 1: records what it reports, opens the ports that programs connect to. */
export function superviseCommand(options: SupervisionOptions): (frame: Frame, reply: (answer: Buffer) => void) => void {
  return (frame, reply) => {
    if (frame.type === 'path') recordPath(frame, options);
    if (frame.type === 'connect') void prepareConnect(frame, options).then((isOpen) => reply(encodeFrame('connect-ready', frame.number(1), isOpen ? 1 : 0)));
  };
}

function recordPath(frame: Frame, { policy, info, violations }: SupervisionOptions): void {
  const report = { operation: frame.text(1), reason: frame.text(2), pid: frame.number(3), program: frame.text(4), path: frame.text(5) };
  const violation = pathViolation(report, policy, info, new Date());
  if (violation) violations.add(violation);
}

/** A port gets its listener only for an allowed destination: a program that tries all ports opens none. */
async function prepareConnect(frame: Frame, { egress, listeners }: SupervisionOptions): Promise<boolean> {
  const address = addressText(frame.bytes(5));
  const port = frame.number(6);
  if (isLoopbackAddress(address)) return listeners.openHostLoopback(port).catch(() => false);
  const name = egress.addresses.nameOf(address);
  if (name === undefined && isNameAddress(address)) return false;
  const destination = { host: name ?? address, port };
  const decision = egress.judge.connect(destination);
  if (decision.outcome === 'allow') return listeners.openPort(port).catch(() => false);
  egress.judge.report({ operation: 'connect', source: 'network', target: describeDestination(destination), decision });
  return false;
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (bytes.length === 16 ? bytes.readUInt16BE(2 * index).toString(16) : '0'));
  return groups.join(':');
}
