import { SandboxError } from '../errors';
import { findProgram } from './find-program';
import type { Host } from './host';
import { probePaths } from './path-facts';
import { commandRequests, expandPath, isWindowsDevice, type AbsolutePath, type CommandRequest, type PathContext, type PolicyPlatform, type PolicyRequest } from '../policy';

const HTTPS_PORT = 443;
const MAX_PORT = 65_535;

/** Whether a path is the sandbox's own, so that links of the host do not count there. */
type IsOwn = (path: AbsolutePath) => boolean;

/** `read`, `write`, `connect` or `resolve` and a target, links followed as the sandbox will. */
export async function toRequest(operation: string, target: string, context: PathContext, isOwn: IsOwn): Promise<PolicyRequest> {
  switch (operation) {
    case 'read':
    case 'write':
      if (context.platform === 'windows' && isWindowsDevice(target)) throw new SandboxError('usage', 'expected a path with a drive or a share: what a device or a volume is named otherwise cannot be compared with the rules');
      return context.platform === 'windows' ? { kind: operation, path: expandPath(target, context) } : followed({ kind: operation, path: expandPath(target, context) }, isOwn);
    case 'connect': {
      if (target.startsWith('/') || target.startsWith('~')) return followed({ kind: 'socket', path: expandPath(target, context) }, () => false);
      const found = /^(?:\[(?<address>.+)\]|(?<name>[^:]+))(?::(?<port>\d+))?$/.exec(target)?.groups;
      const port = Number(found?.['port'] ?? HTTPS_PORT);
      if (port < 1 || port > MAX_PORT) throw new SandboxError('usage', `expected a port from 1 to ${MAX_PORT}, got ${port}`);
      return { kind: 'connect', host: found?.['address'] ?? found?.['name'] ?? target, port };
    }
    case 'resolve':
      return { kind: 'resolve', host: target };
    default:
      throw new SandboxError('usage', `expected read, write, connect, resolve or command, got "${operation}"`);
  }
}

/** What a command line will obviously ask for, each a question of its own. */
export async function toCommandRequests(line: string, context: PathContext, host: Host, isOwn: IsOwn): Promise<CommandRequest[]> {
  const requests = commandRequests(line, { ...context, findProgram: (name) => findProgram(name, host.environment['PATH']) });
  return Promise.all(requests.map(async (found) => (found.request ? { ...found, request: await followed(found.request, isOwn) } : found)));
}

async function followed(request: PolicyRequest, isOwn: IsOwn): Promise<PolicyRequest> {
  if (!('path' in request) || isOwn(request.path)) return request;
  const fact = (await probePaths([request.path])).get(request.path);
  return { ...request, path: fact?.canonical ?? request.path };
}

/** The platform to answer for unless another is asked for. */
export function platformOf({ platform }: Pick<Host, 'platform'>): PolicyPlatform {
  return platform === 'other' ? 'linux' : platform;
}
