import type { Policy } from '../policy.generated';
import { SECRET_PLACES } from '../secret-places';

/**
 * How much a recording is open to.
 *
 * @property home whether the home directory may be written; its changes are then thrown away
 * @property localServices whether services on this machine may be connected to
 */
export interface RecordingOptions {
  readonly home: boolean;
  readonly localServices: boolean;
}

/** RFC 1918, RFC 6598, RFC 4193: what lies behind them is the user's own network, which has never asked who is there. What the policy lists as an address can be reached. */
const PRIVATE_ADDRESSES: readonly string[] = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];

/**
 * The policy that a command is recorded under: it reads all but secrets, writes the project and a throw-away home
 * directory, and reaches every public host. All protections hold, and what the policy that it starts from denies.
 */
export function recordingPolicy(base: Policy, { home, localServices }: RecordingOptions): Policy {
  const { network, filesystem } = base;
  // A proxy of the user's own looks names up itself: nobody here sees which addresses they have.
  const isLookedUpHere = network.httpProxyPort === undefined && network.socksProxyPort === undefined;
  return {
    ...base,
    network: {
      ...network,
      unrestricted: true,
      allowedDomains: [...network.allowedDomains, ...(localServices ? ['localhost'] : [])],
      deniedResolvedAddresses: [...(network.deniedResolvedAddresses ?? []), ...(isLookedUpHere ? PRIVATE_ADDRESSES : [])],
    },
    filesystem: { ...filesystem, disabled: false, allowGitConfig: false, liftProtections: [], denyRead: [...filesystem.denyRead, ...SECRET_PLACES], allowWrite: [...filesystem.allowWrite, '.', ...(home ? ['~'] : [])] },
    ignoreViolations: {},
  };
}
