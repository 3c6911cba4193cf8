import { realpath } from 'node:fs/promises';

import { SandboxError } from '../../errors';
import { findProgram } from '../../host/find-program';
import type { Host } from '../../host/host';
import { absolutePath, containsPath, decide, printable, type AbsolutePath, type Policy, type ResolvedPolicy } from '../../policy';

/** What every brokered command gets of the user's environment. */
const BASIC_VARIABLES = ['HOME', 'USER', 'LOGNAME', 'LANG'];
const AGENT_SOCKET = 'SSH_AUTH_SOCK';

/**
 * The policy of the sandbox that brokered commands run in: they may read what the user may, reach the hosts that the broker
 * names, and write only in their own directory, or (`caller`) also what commands inside may write. What it takes to make a sandbox here,
 * this one takes too.
 *
 * @param directory theirs
 */
export function outsidePolicy({ source }: ResolvedPolicy, kind: 'empty' | 'caller', directory: AbsolutePath, environment: Host['environment']): Policy {
  const { filesystem, network, broker = {}, bwrapPath, enableWeakerNestedSandbox } = source;
  const socket = (broker.environment ?? []).includes(AGENT_SOCKET) ? environment[AGENT_SOCKET] : undefined;
  return {
    ...(bwrapPath !== undefined && { bwrapPath }),
    ...(enableWeakerNestedSandbox === true && { enableWeakerNestedSandbox }),
    network: {
      allowedDomains: broker.hosts ?? [],
      deniedDomains: network.deniedDomains,
      ...(network.parentProxy && { parentProxy: network.parentProxy }),
      ...(socket?.startsWith('/') && { allowUnixSockets: [socket] }),
    },
    filesystem: { denyRead: [], allowWrite: [directory, ...(kind === 'caller' ? filesystem.allowWrite : [])], denyWrite: filesystem.denyWrite },
  };
}

/** The user's variables that a brokered command gets; what would have a program ask somebody is switched off. */
export function outsideEnvironment({ source }: ResolvedPolicy, environment: Host['environment'], path: string): Record<string, string> {
  const names = [...BASIC_VARIABLES, ...(source.broker?.environment ?? [])];
  const given = names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]] as const]));
  return { ...Object.fromEntries(given), PATH: path, GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'https:http:ssh', GIT_PAGER: 'cat', PAGER: 'cat' };
}

/** Directories of PATH that nothing inside can put a program into. */
export async function trustedPath(policy: ResolvedPolicy, environment: Host['environment']): Promise<string> {
  const directories = (environment['PATH'] ?? '').split(':').filter((directory) => directory.startsWith('/'));
  const trusted = await Promise.all(directories.map(async (directory) => ((await isOutOfReach(policy, directory)) ? [directory] : [])));
  return trusted.flat().join(':');
}

/** Throws a SandboxError if there is no such program where nothing inside could have put it. */
export async function trustedProgram(name: string, path: string, policy: ResolvedPolicy): Promise<AbsolutePath> {
  const found = findProgram(name, path);
  if (found !== undefined && (await isOutOfReach(policy, found))) return found;
  throw new SandboxError('sandbox-start-failed', found === undefined ? `${printable(name, 100)} was not found outside, in the directories of PATH that the sandbox cannot write` : `${printable(found, 300)} can be written from inside the sandbox, so it is not run outside`);
}

async function isOutOfReach(policy: ResolvedPolicy, path: string): Promise<boolean> {
  const canonical = await realpath(path).catch(() => undefined);
  if (canonical === undefined) return false;
  return [path, canonical].every((place) => decide(policy, { kind: 'write', path: absolutePath(place) }).outcome === 'deny' && !containsPath(policy.context.base, absolutePath(place)));
}
