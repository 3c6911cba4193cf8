import { canonicalHost, printable, type Decision, type RuleReference } from '../policy';

/** Rules, and destinations, that are counted; what comes beyond is not. */
const MAX_COUNTED = 10_000;
const MAX_TEXT = 256;

/** How often one rule let something through. */
export interface RuleUse {
  readonly rule: RuleReference;
  readonly count: number;
}

/** @property port absent: the name was only looked up */
export interface HostUse {
  readonly host: string;
  readonly port?: number;
  readonly count: number;
}

/** What a session's network let through: connections and requests that were tried, whether the far end was there or not. */
export interface NetworkUses {
  readonly byRule: readonly RuleUse[];
  readonly hosts: readonly HostUse[];
}

export interface NetworkUseCounter extends NetworkUses {
  /** @param port absent: a look-up, which needs no more than some port of the host */
  add(decision: Decision, host: string, port?: number): void;
}

export function createNetworkUses(): NetworkUseCounter {
  const rules = new Map<string, RuleUse>();
  const hosts = new Map<string, HostUse>();
  return {
    get byRule() {
      return [...rules.values()];
    },
    get hosts() {
      return [...hosts.values()];
    },
    add({ outcome, rule }, requested, port) {
      if (outcome === 'deny') return;
      const host = printable(canonicalHost(requested) ?? requested, MAX_TEXT);
      countUp(hosts, JSON.stringify([host, port]), { host, ...(port !== undefined && { port }), count: 0 });
      if (port !== undefined) countUp(rules, JSON.stringify(rule), { rule, count: 0 });
    },
  };
}

function countUp<Use extends { readonly count: number }>(uses: Map<string, Use>, key: string, fresh: Use): void {
  const before = uses.get(key);
  if (before || uses.size < MAX_COUNTED) uses.set(key, { ...fresh, count: (before?.count ?? 0) + 1 });
}
