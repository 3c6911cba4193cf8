import type { HostFacts } from '../host/facts';
import { bubblewrapArguments } from '../plan/bubblewrap';
import type { LaunchPlan } from '../plan/plan';
import { encodeFrame, joinStrings } from './frame';
import type { PodIdentity } from './pod';
import { assembleSeccomp } from './seccomp-bpf';

export interface LaunchFrameOptions {
  readonly plan: LaunchPlan;
  readonly facts: HostFacts;
  readonly pod: PodIdentity;
  /** TCP ports that have a listener in the pod's network by now. */
  readonly openPorts: readonly number[];
  readonly nestedNamespaces: boolean;
}

/** The plan as `srt-helper run` takes it: native/src/run.h, native/src/init.h. */
export function launchFrame({ plan, facts, pod, openPorts, nestedNamespaces }: LaunchFrameOptions): Buffer {
  const bubblewrap = joinStrings(bubblewrapArguments(plan, { nestedNamespaces }));
  return encodeFrame('launch', facts.bubblewrap, pod.pid, pod.userNamespace, pod.networkNamespace, bubblewrap, initSettings(plan, facts, openPorts));
}

function initSettings(plan: LaunchPlan, facts: HostFacts, openPorts: readonly number[]): Buffer {
  const masked = plan.mounts.flatMap((mount) => (mount.kind === 'masked-file' || mount.kind === 'masked-directory' ? [mount.path] : []));
  const environment = Object.entries(plan.environment).map(([name, value]) => `${name}=${value}`);
  const architecture = facts.architecture === 'arm64' ? 'arm64' : 'x64'; // others were refused
  return Buffer.concat([
    encodeFrame('argv', joinStrings(plan.command.argv)),
    encodeFrame('environment', joinStrings(environment)),
    encodeFrame('directory', joinStrings([plan.command.directory])),
    encodeFrame('seccomp', assembleSeccomp(plan.seccomp, architecture)),
    encodeFrame('masked', joinStrings(masked)),
    encodeFrame('guarded', joinStrings(plan.guards.names), joinStrings(plan.guards.patterns)),
    encodeFrame('ports', portList(openPorts)),
    plan.network.unixSockets === 'any' ? encodeFrame('any-unix-socket') : encodeFrame('unix-sockets', joinStrings(plan.network.unixSockets)),
    ...(plan.network.hostLoopback === 'any' ? [encodeFrame('ask-loopback')] : []),
  ]);
}

function portList(ports: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * ports.length);
  ports.forEach((port, index) => bytes.writeUInt16LE(port, 2 * index));
  return bytes;
}
