import type { SandboxManagerApi, SandboxRuntimeConfig } from './api';
import { getDefaultWritePaths } from './environment';

type Readers = Pick<SandboxManagerApi, Extract<keyof SandboxManagerApi, `get${string}`>>;

/** What of the configuration can be asked for. */
export function readers(config: () => SandboxRuntimeConfig | undefined): Omit<Readers, 'getSandboxViolationStore' | 'getConfig'> {
  return {
    getFsReadConfig: () => ({ denyOnly: pathsOf(config(), 'denyRead'), allowWithinDeny: pathsOf(config(), 'allowRead') }),
    getFsWriteConfig: () => (config()?.filesystem.disabled === true ? { allowOnly: ['/'], denyWithinAllow: [] } : { allowOnly: [...getDefaultWritePaths(), ...pathsOf(config(), 'allowWrite')], denyWithinAllow: pathsOf(config(), 'denyWrite') }),
    getNetworkRestrictionConfig() {
      const network = config()?.network;
      return { ...(network && { allowedHosts: [...network.allowedDomains] }), ...(network && network.deniedDomains.length > 0 && { deniedHosts: [...network.deniedDomains] }) };
    },
    getAllowUnixSockets: () => config()?.network.allowUnixSockets,
    getAllowLocalBinding: () => config()?.network.allowLocalBinding,
    getAllowMachLookup: () => config()?.network.allowMachLookup,
    getIgnoreViolations: () => config()?.ignoreViolations,
    getEnableWeakerNestedSandbox: () => config()?.enableWeakerNestedSandbox,
    getProxyPort: () => undefined,
    getProxyAuthToken: () => undefined,
    getSocksProxyPort: () => undefined,
    getLinuxHttpSocketPath: () => undefined,
    getLinuxSocksSocketPath: () => undefined,
    getLinuxGlobPatternWarnings: () => [],
  };
}

function pathsOf(config: SandboxRuntimeConfig | undefined, list: 'denyRead' | 'allowRead' | 'allowWrite' | 'denyWrite'): string[] {
  if (!config || config.filesystem.disabled === true) return [];
  return (config.filesystem[list] ?? []).map((entry) => (typeof entry === 'string' ? entry : entry.path));
}
