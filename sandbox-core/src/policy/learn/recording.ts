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

/**
 * The policy that a command is recorded under: it reads all but secrets, writes the project and a throw-away home
 * directory, and reaches every public host. All protections hold, and what the policy that it starts from denies.
 */
export function recordingPolicy(base: Policy, { home, localServices }: RecordingOptions): Policy {
  const { network, filesystem } = base;
  return {
    ...base,
    network: { ...network, unrestricted: true, allowedDomains: [...network.allowedDomains, ...(localServices ? ['localhost'] : [])] },
    filesystem: { ...filesystem, disabled: false, allowGitConfig: false, liftProtections: [], denyRead: [...filesystem.denyRead, ...SECRET_PLACES], allowWrite: [...filesystem.allowWrite, '.', ...(home ? ['~'] : [])] },
    ignoreViolations: {},
  };
}
