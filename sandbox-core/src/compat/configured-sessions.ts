import type { RequestFilter } from '../network/http/filter';
import type { Host } from '../host/host';
import { isLiveChange } from '../launch/live-policy';
import { absolutePath, type Policy, type Violation } from '../policy';
import { checkedPolicy } from '../sandbox/checked-policy';
import { createSessionLine, type SessionLine } from '../sandbox/session-line';
import type { SandboxAskCallback, SandboxRuntimeConfig } from './api';

/** The sessions of one configuration that changes, and of commands that have one of their own. */
export interface ConfiguredSessions {
  readonly config: SandboxRuntimeConfig;
  /** Rejects if the configuration cannot be put into force. */
  readonly main: Promise<SessionLine>;
  /** The one for a command. */
  for(custom: Partial<SandboxRuntimeConfig> | undefined): Promise<SessionLine>;
  update(config: SandboxRuntimeConfig): void;
  stop(): Promise<void>;
}

export interface SessionsOptions {
  readonly host: Host;
  readonly ask: SandboxAskCallback | undefined;
  readonly record: (violation: Violation, added: number) => void;
}

export function openSessions(first: SandboxRuntimeConfig, { host, ask, record }: SessionsOptions): ConfiguredSessions {
  const open = async (given: SandboxRuntimeConfig): Promise<SessionLine> => {
    const { policy, filterRequest } = separated(given);
    const line = await createSessionLine({ policy }, { host, directory: absolutePath(process.cwd()), ...(filterRequest && { filterRequest }), ...(ask && { ask: async ({ host, port }) => ((await ask({ host, port })) === true ? 'once' : 'deny') }) });
    line.violations.onViolation(record);
    return line;
  };
  let config = copied(first);
  let main = open(first);
  const custom = new Map<string, Promise<SessionLine>>();
  /** What was wrapped before a change may be run after it: these stay until the end. */
  let superseded: Promise<SessionLine>[] = [];
  return {
    get config() {
      return config;
    },
    get main() {
      return main;
    },
    for(own) {
      if (own === undefined || Object.keys(own).length === 0) return main;
      const wanted = merged(config, own);
      const key = JSON.stringify(wanted);
      const known = custom.get(key) ?? open(wanted);
      custom.set(key, known);
      known.catch(() => custom.delete(key));
      return known;
    },
    update(next) {
      const [fresh, former] = [separated(next), separated(config)];
      const isLive = fresh.filterRequest === former.filterRequest && isLiveChange(former.policy, fresh.policy);
      const before = main;
      superseded = [...superseded, ...(isLive ? [] : [before]), ...custom.values()];
      custom.clear();
      main = isLive ? before.then(async (opened) => opened.replace({ policy: fresh.policy }).then(() => opened)) : open(next);
      main.catch(() => undefined); // whoever wraps a command gets the error
      config = copied(next);
    },
    async stop() {
      await Promise.all([main, ...custom.values(), ...superseded].map((line) => line.then((opened) => opened.stop(), () => undefined)));
    },
  };
}

/** A list of the command's takes the place of the session's; a deny list of the network's stays. */
function merged(config: SandboxRuntimeConfig, custom: Partial<SandboxRuntimeConfig>): SandboxRuntimeConfig {
  return { ...config, ...custom, network: { ...config.network, ...custom.network }, filesystem: { ...config.filesystem, ...custom.filesystem } };
}

function copied(config: SandboxRuntimeConfig): SandboxRuntimeConfig {
  const { filterRequest, ...network } = config.network;
  const copy = structuredClone({ ...config, network });
  return { ...copy, network: { ...copy.network, ...(filterRequest && { filterRequest }) } };
}

/** A function in it is no part of the policy. */
function separated({ network: { filterRequest, ...network }, ...config }: SandboxRuntimeConfig): { readonly policy: Policy; readonly filterRequest: RequestFilter | undefined } {
  return { policy: checkedPolicy({ ...config, network }), filterRequest };
}
