import { canonicalHost, decide, isAddress, isListedHost, type Decision, type ResolvedPolicy } from '../policy';
import type { Asker } from './ask';
import type { Destination, NetworkJudge } from './destination';
import { refuseAddress, type AddressRules } from './vet-address';

export interface JudgeOptions {
  readonly policy: () => ResolvedPolicy;
  readonly ask: Asker | undefined;
  readonly addressRules: () => AddressRules;
  readonly report: NetworkJudge['report'];
}

export interface AskingJudge extends NetworkJudge {
  mayAsk(destination: Destination): boolean;
}

/** Joins the policy's decision with what was granted when somebody was asked. srt: network.strictAllowlist keeps from asking. */
export function createJudge({ policy, ask, addressRules, report }: JudgeOptions): AskingJudge {
  const asker = (): Asker | undefined => (policy().source.network.strictAllowlist === true ? undefined : ask);
  const connect: NetworkJudge['connect'] = (destination) => {
    const decision = withinReach(decide(policy(), { kind: 'connect', ...destination }), destination.host, addressRules);
    const isGranted = decision.outcome === 'deny' && decision.rule.kind === 'default' && asker()?.isGranted(destination) === true;
    return isGranted ? { ...decision, outcome: 'allow', reason: 'allowed when asked' } : decision;
  };
  return {
    connect,
    mayAsk: (destination) => asker()?.covers(destination, connect(destination)) === true,
    async admit(destination, caller) {
      const decision = connect(destination);
      return asker()?.covers(destination, decision) === true ? ((await asker()?.ask(destination, decision, caller)) ?? decision) : decision;
    },
    resolve(host) {
      const decision = decide(policy(), { kind: 'resolve', host });
      // The answer is an address of ours and tells nothing to the outside; the question comes with the connection.
      return asker()?.covers({ host, port: 0 }, decision) === true ? { ...decision, outcome: 'allow', reason: 'asked about when it is connected to' } : decision;
    },
    report,
  };
}

/** An unrestricted network is the one outside: what only this machine may reach has to be listed all the same. */
function withinReach(decision: Decision, requested: string, rules: () => AddressRules): Decision {
  const host = canonicalHost(requested);
  if (decision.outcome === 'deny' || isListedHost(decision) || host === undefined) return decision;
  const reason = host === 'localhost' || host.endsWith('.localhost') ? 'a service of this machine has to be listed' : isAddress(host) ? refuseAddress(host, rules()) : undefined;
  return reason === undefined ? decision : { ...decision, outcome: 'deny', reason };
}
