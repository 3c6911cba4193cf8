import * as ipaddr from 'ipaddr.js';

import { isAddress, type CanonicalHost } from '../host-name';
import { printable } from '../parse';
import { isGlob } from '../path-pattern';
import { toPointer } from '../pointer';
import type { Problem } from '../problem';
import type { PolicyRule, RuleContext } from '../validate';
import { pathEntries } from './entries';

/** What this engine does and sandbox-runtime does not. Reported where a policy has to work there too. */
export const portableDifference: PolicyRule = {
  codes: ['portable-difference'],
  check(context) {
    if (!context.portable) return [];
    return [...proxyBypasses(context), ...lateFiles(context), ...unixSockets(context)];
  },
};

/** sandbox-runtime's proxy is found through the environment, and NO_PROXY there sends these around it, into nothing. */
function proxyBypasses({ hosts, platform, problem }: RuleContext): Problem[] {
  if (platform === 'windows') return [];
  return hosts.allowedDomains
    .filter(({ pattern: { host } }) => host.kind === 'exact' && isBypassed(host.host))
    .map(({ pointer, text }) => problem('portable-difference', `under sandbox-runtime, programs that follow NO_PROXY connect to "${printable(text)}" directly, and fail`, pointer));
}

function isBypassed(host: CanonicalHost): boolean {
  if (host === 'localhost') return true;
  if (!isAddress(host)) return false;
  const range = ipaddr.parse(host).range();
  return range === 'loopback' || range === 'private' || (range === 'linkLocal' && host.startsWith('169.254.'));
}

function lateFiles({ policy, platform, problem }: RuleContext): Problem[] {
  if (platform !== undefined && platform !== 'linux') return [];
  return pathEntries(policy, 'denyRead')
    .filter(({ spelled, literal }) => !literal && isGlob(spelled))
    .map(({ spelled, pointer }) => problem('portable-difference', `"${printable(spelled)}": under sandbox-runtime on Linux only files that exist when a command starts are hidden, not those made later`, pointer));
}

function unixSockets({ policy, platform, problem }: RuleContext): Problem[] {
  if ((platform !== undefined && platform !== 'linux') || (policy.network?.allowUnixSockets?.length ?? 0) === 0) return [];
  return [problem('portable-difference', 'sandbox-runtime ignores this list on Linux: there, no socket is allowed', toPointer(['network', 'allowUnixSockets']))];
}
