import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { promisify } from 'node:util';

import { startFailed } from '../../errors';
import { HELPER_PATH, mountArguments } from '../../plan/container/mounts';
import { printable, type AbsolutePath } from '../../policy';
import type { PodIdentity, PodStarter } from '../pod';
import { ANSWER_TIMEOUT_MS, type ContainerEngine } from './engine';

const MAX_STDERR_BYTES = 4096;

/** Only what the pod needs; setpriv(1) of util-linux becomes the helper. */
const PRIVILEGES = ['/usr/bin/setpriv', '--bounding-set', '-all,+net_admin,+net_bind_service,+sys_admin', '--inh-caps', '-all', '--'];

/** Where a session of containers has its network. */
export interface ContainerNetwork {
  readonly starter: PodStarter;
  /** The engine's word for it. */
  nameFor(pod: PodIdentity): string;
  close(): Promise<void>;
}

/**
 * Podman joins a network by its path: root's any, an ordinary user's one that was made in the user namespace that
 * `podman unshare` enters. Docker joins that of another container only, so there is one that does nothing else.
 */
export async function openContainerNetwork(engine: ContainerEngine, helper: AbsolutePath): Promise<ContainerNetwork> {
  if (engine.kind === 'docker') return holdNetwork(engine, helper);
  const make = ['/usr/bin/unshare', '--net', '--', ...PRIVILEGES] as const;
  const words: PodStarter['words'] = engine.isRootless ? [engine.program, 'unshare', ...make] : make;
  return { starter: { words, environment: engine.environment }, nameFor: ({ pid }) => `ns:/proc/${pid}/ns/net`, close: () => Promise.resolve() };
}

/** The container ends, and is removed, when its standard input does: at the latest with this process. */
async function holdNetwork(engine: ContainerEngine, helper: AbsolutePath): Promise<ContainerNetwork> {
  const name = `srt-${randomUUID()}`;
  const words = ['run', '--interactive', '--rm', '--pull', 'never', '--name', name, '--network', 'none', '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--no-healthcheck', '--log-driver', 'none', '--sig-proxy=false'];
  const mount = mountArguments({ kind: 'bind', path: HELPER_PATH, source: helper, writable: false });
  const child = spawn(engine.program, [...words, ...mount, '--entrypoint', HELPER_PATH, engine.image.id, 'hold'], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...engine.environment }, cwd: '/', detached: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, MAX_STDERR_BYTES)));
  child.stdin.on('error', () => undefined); // it has ended, which is what closing it is for
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const close = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => reject(startFailed(`the container engine could not hold a network: ${printable(said.trim(), 300)}`)));
      child.stdout.once('data', () => resolve());
    });
    const pid = await holderPid(engine, name);
    return { starter: { words: ['/usr/bin/nsenter', `--net=/proc/${pid}/ns/net`, '--', ...PRIVILEGES], environment: {} }, nameFor: () => `container:${name}`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A daemon on another machine would name a process of that one. */
async function holderPid({ program, environment }: ContainerEngine, name: string): Promise<number> {
  const { stdout } = await promisify(execFile)(program, ['container', 'inspect', '--format', '{{.State.Pid}}', name], { env: { ...environment }, timeout: ANSWER_TIMEOUT_MS });
  const pid = Number(stdout.trim());
  if (!Number.isSafeInteger(pid) || pid <= 1 || programOf(pid) !== HELPER_PATH) throw startFailed('the container engine runs its containers on another machine, or in a virtual one, where the policy\'s network cannot be; use an engine of this machine, or mode "native"');
  return pid;
}

function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}
