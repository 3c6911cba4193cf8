import type { RequestFilter } from '../network/http/filter';
import type { Host } from '../host/host';
import { isLiveChange, withListsOf } from '../launch/live-policy';
import { absolutePath, type Policy } from '../policy';
import { checkedPolicy } from '../sandbox/checked-policy';
import type { SandboxAskCallback, SandboxRuntimeConfig } from './api';
import { hostHere, type HostedLine, type RecordViolation } from './hosted-line';
import { createSupersededLines } from './superseded-lines';
import { hostInThread } from './threaded-line';

/** The sessions of one configuration that changes, and of commands that have one of their own. */
export interface ConfiguredSessions {
  readonly config: SandboxRuntimeConfig;
  /** Rejects if the configuration cannot be put into force. */
  readonly main: Promise<HostedLine>;
  /** The one for a command. */
  for(custom: Partial<SandboxRuntimeConfig> | undefined): Promise<HostedLine>;
  update(config: SandboxRuntimeConfig): void;
  stop(): Promise<void>;
}

/** Each is a thread and a network of its own. */
const MAX_READY = 8;

/** @property own what its commands have of their own, but for the function */
interface OwnLine {
  readonly own: Partial<SandboxRuntimeConfig>;
  readonly filterRequest: RequestFilter | undefined;
  readonly line: Promise<HostedLine>;
}

export interface SessionsOptions {
  readonly host: Host;
  /** Whether it is the machine that this runs on: a thread can be told of no other one. */
  readonly isHere: boolean;
  readonly ask: SandboxAskCallback | undefined;
  readonly record: RecordViolation;
}

export function openSessions(first: SandboxRuntimeConfig, options: SessionsOptions): ConfiguredSessions {
  const open = (wanted: SandboxRuntimeConfig): Promise<HostedLine> => openLine(wanted, options);
  let config = checkedConfig(first);
  let main = open(first);
  let directory = process.cwd();
  const custom = new Map<string, OwnLine>();
  const superseded = createSupersededLines<OwnLine>();
  const makeRoom = (): void => {
    for (const [key, old] of [...custom].slice(0, -MAX_READY)) {
      custom.delete(key);
      superseded.add(old);
    }
    superseded.cut(MAX_READY - custom.size);
  };
  return {
    get config() {
      return config;
    },
    get main() {
      return main;
    },
    for(own = {}) {
      const here = process.cwd(); // relative paths lead from where the program is when it wraps a command
      if (here === directory && Object.keys(given(own)).length === 0) return main;
      const key = JSON.stringify([here, own]);
      const filterRequest = own.network?.filterRequest;
      const known = custom.get(key);
      custom.delete(key); // and last again: the one used last
      if (known && known.filterRequest === filterRequest) {
        custom.set(key, known);
        return known.line;
      }
      if (known) superseded.add(known);
      const line = open(merged(config, own));
      custom.set(key, { own: withoutFilter(own), filterRequest, line });
      line.catch(() => custom.delete(key));
      makeRoom();
      return line;
    },
    update(next) {
      const [fresh, former] = [separated(next), separated(config)];
      const isLive = fresh.filterRequest === former.filterRequest && isLiveChange(former.policy, fresh.policy);
      const before = main;
      for (const old of [...(isLive ? [] : [{ own: {}, filterRequest: former.filterRequest, line: before }]), ...custom.values()]) superseded.add(old);
      custom.clear();
      if (!isLive) directory = process.cwd();
      main = isLive ? before.then(async (opened) => opened.replace(fresh.policy).then(() => opened)) : open(next);
      main.catch(() => undefined); // whoever wraps a command gets the error
      config = copied(next);
      for (const { own, line } of superseded.lines) void follow(line, merged(next, own));
      makeRoom();
    },
    async stop() {
      const lines = [...custom.values(), ...superseded.lines].map(({ line }) => line);
      await Promise.all([superseded.settled(), ...[main, ...lines].map((line) => line.then((opened) => opened.stop(), () => undefined))]);
    },
  };
}

/** What runs under an earlier configuration is given the lists of the one in force. */
function follow(line: Promise<HostedLine>, wanted: SandboxRuntimeConfig): Promise<void> {
  // A line that does not take them, and has not ended, would go on with hosts that are taken away.
  return line.then((opened) => opened.replace(withListsOf(opened.policy, wanted)).catch(() => opened.stop())).catch(() => undefined);
}

/** On macOS a wrapped command asks nobody before it starts; a filter is a function, and stays in its thread. */
async function openLine(wanted: SandboxRuntimeConfig, { host, isHere, ask, record }: SessionsOptions): Promise<HostedLine> {
  const { policy, filterRequest } = separated(wanted);
  const directory = absolutePath(process.cwd());
  const agreed = ask && (async (name: string, port: number): Promise<boolean> => isYes(await ask({ host: name, port })));
  if (isHere && host.platform === 'linux' && !filterRequest) return hostInThread(policy, { directory, environment: host.environment, ask: agreed }, record);
  return hostHere(policy, { host, directory, ...(filterRequest && { filterRequest }), ...(agreed && { ask: async (question) => ((await agreed(question.host, question.port)) ? 'once' : 'deny') }) }, record);
}

/** Nothing else that programs without types answer is taken for a yes. */
function isYes(answer: unknown): boolean {
  return answer === true || (typeof answer === 'object' && answer !== null && 'allow' in answer && answer.allow === true);
}

/** A list of the command's takes the place of the session's; a deny list of the network's stays. What is undefined is not given. */
function merged(config: SandboxRuntimeConfig, custom: Partial<SandboxRuntimeConfig>): SandboxRuntimeConfig {
  return { ...config, ...given(custom), network: { ...config.network, ...given(custom.network) }, filesystem: { ...config.filesystem, ...given(custom.filesystem) } };
}

function given<Part extends object>(part: Part | undefined): Partial<Part> {
  return Object.fromEntries(Object.entries(part ?? {}).filter(([, value]) => value !== undefined)) as Partial<Part>; // some of its properties
}

/** Throws a SandboxError if it is none. */
export function checkedConfig(config: SandboxRuntimeConfig): SandboxRuntimeConfig {
  separated(config);
  return copied(config);
}

/** As it is now. */
function withoutFilter(own: Partial<SandboxRuntimeConfig>): Partial<SandboxRuntimeConfig> {
  return JSON.parse(JSON.stringify(own)) as typeof own;
}

function copied(config: SandboxRuntimeConfig): SandboxRuntimeConfig {
  const { filterRequest, ...network } = config.network;
  const copy = structuredClone({ ...config, network });
  return { ...copy, network: { ...copy.network, ...(filterRequest && { filterRequest }) } };
}

/** A function in it is no part of the policy. */
function separated(config: SandboxRuntimeConfig): { readonly policy: Policy; readonly filterRequest: RequestFilter | undefined } {
  const { network: all, ...rest } = config as Partial<SandboxRuntimeConfig>; // programs without types leave out anything
  const { filterRequest, ...network } = all ?? {};
  return { policy: checkedPolicy({ ...rest, ...(all && { network }) }), filterRequest };
}
