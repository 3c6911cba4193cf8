import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { printable } from '../policy';
import type { Controller, HeldLimits } from './facts';
import type { EngineHere } from './locate';

/** The first answer of an ordinary user's Podman takes seconds. */
const ANSWER_TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export interface EngineDescription {
  readonly version: string;
  readonly isRootless: boolean;
  readonly runtimes: readonly string[];
  readonly limits: HeldLimits;
}

/** Asks the engine. Rejects with what it said, if it does not work. */
export async function describeEngine({ kind, program }: EngineHere, environment: Readonly<Record<string, string>>): Promise<EngineDescription> {
  const { stdout } = await promisify(execFile)(program, ['info', '--format', '{{json .}}'], { env: { ...environment }, timeout: ANSWER_TIMEOUT_MS, maxBuffer: MAX_ANSWER_BYTES });
  const answer = JSON.parse(stdout) as unknown;
  return kind === 'docker' ? ofDocker(answer as DockerAnswer) : ofPodman(answer as PodmanAnswer); // each member is looked at
}

interface PodmanAnswer {
  readonly host?: { readonly cgroupControllers?: unknown; readonly cgroupVersion?: unknown; readonly ociRuntime?: { readonly name?: unknown }; readonly security?: { readonly rootless?: unknown } };
  readonly version?: { readonly Version?: unknown };
}

interface DockerAnswer {
  readonly ServerVersion?: unknown;
  readonly ServerErrors?: unknown;
  readonly SecurityOptions?: unknown;
  readonly Runtimes?: unknown;
  readonly CpuCfsQuota?: unknown;
  readonly MemoryLimit?: unknown;
  readonly PidsLimit?: unknown;
}

function ofPodman({ host = {}, version }: PodmanAnswer): EngineDescription {
  const isRootless = host.security?.rootless === true;
  const listed = Array.isArray(host.cgroupControllers) ? host.cgroupControllers : [];
  // Podman only warns, and holds nothing.
  const isOld = isRootless && host.cgroupVersion !== 'v2';
  const controllers = isOld ? [] : CONTROLLERS.filter((controller) => listed.includes(controller));
  const instead = isOld ? 'cgroups of version 1 are not for ordinary users; boot with systemd.unified_cgroup_hierarchy=1' : 'have systemd delegate them to the user (Delegate=cpu memory pids in user@.service)';
  return { version: text(version?.Version), isRootless, runtimes: [text(host.ociRuntime?.name)], limits: { controllers, ...(controllers.length < CONTROLLERS.length && { instead }) } };
}

function ofDocker(answer: DockerAnswer): EngineDescription {
  if (typeof answer.ServerVersion !== 'string' || answer.ServerVersion === '') throw new Error(`the Docker daemon does not answer: ${text(Array.isArray(answer.ServerErrors) ? answer.ServerErrors[0] : '')}`);
  const held: readonly (readonly [Controller, unknown])[] = [['cpu', answer.CpuCfsQuota], ['memory', answer.MemoryLimit], ['pids', answer.PidsLimit]];
  const controllers = held.flatMap(([controller, isHeld]) => (isHeld === true ? [controller] : []));
  const security = Array.isArray(answer.SecurityOptions) ? answer.SecurityOptions : [];
  const runtimes = typeof answer.Runtimes === 'object' && answer.Runtimes !== null ? Object.keys(answer.Runtimes) : [];
  return { version: text(answer.ServerVersion), isRootless: security.includes('name=rootless'), runtimes: runtimes.map(text), limits: { controllers, ...(controllers.length < held.length && { instead: 'enable these controllers for the daemon' }) } };
}

const CONTROLLERS: readonly Controller[] = ['cpu', 'memory', 'pids'];

function text(value: unknown): string {
  return typeof value === 'string' ? printable(value, 100) : '';
}
