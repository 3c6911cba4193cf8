import { spawnSync } from 'node:child_process';
import { constants, statSync } from 'node:fs';
import { release } from 'node:os';

import { SandboxError } from '../../errors';
import { printable } from '../../policy';
import { isAccessible } from '../accessible';
import { findDelegatedCgroup } from '../delegated-cgroup';
import type { DelegatedCgroup } from '../facts';
import type { Host } from '../host';
import { sessionDirectoryObstacle } from '../session-directory';
import { describeEngine, type EngineDescription } from '../container-engine';
import { locateBubblewrap, locateEngine, locateHelper, locateRuntimes, type EngineHere } from '../locate';

/** A namespace takes milliseconds to make; more than this is a hang. */
const TRIAL_TIMEOUT_MS = 10_000;

/**
 * What the checks judge: plain data, so that every finding can be tested on any machine.
 *
 * @property trial what bubblewrap said when it was to make the namespaces of a sandbox; empty if it made them
 * @property mountsProc whether it could mount a /proc in them
 */
export interface DoctorFacts {
  readonly platform: Host['platform'];
  readonly architecture: Host['architecture'];
  readonly node: string;
  readonly kernel: string;
  readonly bubblewrap?: { readonly path: string; readonly version: string; readonly isSetuid: boolean; readonly trial: string; readonly mountsProc: boolean };
  /** `supervision`: `supervised` inside of another sandbox that has a supervisor. */
  readonly helper?: { readonly path: string; readonly version: string; readonly supervision: string };
  readonly hasCompiler: boolean;
  readonly seccompActions?: string;
  readonly ptraceScope?: string;
  readonly delegatedCgroup?: DelegatedCgroup;
  readonly hasFuse: boolean;
  /** Where sessions keep their files, and what would keep one from it. */
  readonly sessions: { readonly directory: string; readonly obstacle?: string };
  /** How many files a process may have open, if that is limited. */
  readonly openFiles?: number;
}

/** @property runtimes names of those that are installed */
export interface EngineFacts extends EngineHere {
  /** Or what the engine said instead. */
  readonly description: EngineDescription | string;
  readonly runtimes: readonly string[];
}

export function gatherDoctorFacts(host: Host, configuredBubblewrap: string | undefined): DoctorFacts {
  const bubblewrap = orUndefined(() => locateBubblewrap(configuredBubblewrap));
  const helper = orUndefined(() => locateHelper());
  const seccompActions = host.readText('/proc/sys/kernel/seccomp/actions_avail');
  const ptraceScope = host.readText('/proc/sys/kernel/yama/ptrace_scope');
  const delegatedCgroup = findDelegatedCgroup(host);
  const obstacle = sessionDirectoryObstacle(host.temporary, host.user);
  const openFiles = /^Max open files\s+(\d+)/m.exec(host.readText('/proc/self/limits') ?? '');
  return {
    platform: host.platform,
    architecture: host.architecture,
    node: process.version,
    kernel: release(),
    ...(bubblewrap && { bubblewrap: { path: bubblewrap, version: output(bubblewrap, ['--version']).replace(/^bubblewrap /, ''), isSetuid: isSetuid(bubblewrap), ...tryNamespaces(bubblewrap) } }),
    ...(helper && { helper: { path: helper, version: output(helper, ['version']), supervision: output(helper, ['supervision']) } }),
    hasCompiler: output('cc', ['--version']) !== '',
    ...(seccompActions !== undefined && { seccompActions }),
    ...(ptraceScope !== undefined && { ptraceScope }),
    ...(delegatedCgroup !== undefined && { delegatedCgroup }),
    hasFuse: isAccessible('/dev/fuse', constants.R_OK | constants.W_OK),
    sessions: { directory: host.temporary, ...(obstacle && { obstacle: obstacle.message }) },
    ...(openFiles && { openFiles: Number(openFiles[1]) }),
  };
}

/** Takes tenths of a second, which only `srt doctor` has. */
export async function gatherEngineFacts(host: Host): Promise<EngineFacts | undefined> {
  const engine = locateEngine();
  if (!engine) return undefined;
  const description = await describeEngine(engine, host.environment).catch((error: unknown) => printable(error instanceof Error && 'stderr' in error ? String(error.stderr).trim() || error.message : String(error), 300));
  return { ...engine, description, runtimes: [...new Set([...(typeof description === 'string' ? [] : description.runtimes), ...locateRuntimes()])].sort() };
}

function orUndefined<Value>(locate: () => Value): Value | undefined {
  try {
    return locate();
  } catch (error) {
    if (error instanceof SandboxError) return undefined;
    throw error;
  }
}

/** As a session does; where that fails, as one with enableWeakerNestedSandbox does. */
function tryNamespaces(bubblewrap: string): { readonly trial: string; readonly mountsProc: boolean } {
  const trial = tryWith(bubblewrap, ['--disable-userns'], ['--proc', '/proc']);
  if (trial === '') return { trial, mountsProc: true };
  return tryWith(bubblewrap, [], ['--ro-bind', '/proc', '/proc']) === '' ? { trial: '', mountsProc: false } : { trial, mountsProc: true };
}

/** The pod's namespaces, then those of a command in them. */
function tryWith(bubblewrap: string, limits: readonly string[], proc: readonly string[]): string {
  const command = ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', ...limits, '--ro-bind', '/', '/', '--dev', '/dev', ...proc, '--', bubblewrap, '--version'];
  const { status, stderr, error } = spawnSync(bubblewrap, ['--unshare-user', '--unshare-net', '--dev-bind', '/', '/', '--', bubblewrap, ...command], { encoding: 'utf8', env: {}, timeout: TRIAL_TIMEOUT_MS });
  if (status === 0) return '';
  return error?.message ?? (stderr.trim() || `bubblewrap ended with status ${status}`);
}

function output(program: string, args: readonly string[]): string {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: TRIAL_TIMEOUT_MS });
  return status === 0 ? stdout.trim() : '';
}

function isSetuid(path: string): boolean {
  return (statSync(path).mode & 0o4000) !== 0;
}
