import type { NetworkDenial, NetworkJudge } from 'sandbox-core/internal/network/destination';
import { decide, type ResolvedPolicy } from 'sandbox-core/policy';

/** A judge that follows a policy and asks nobody. */
export function judgeOf(policy: ResolvedPolicy, report: (denial: NetworkDenial) => void): NetworkJudge {
  const connect: NetworkJudge['connect'] = ({ host, port }) => decide(policy, { kind: 'connect', host, port });
  return { connect, admit: (destination) => Promise.resolve(connect(destination)), resolve: (host) => decide(policy, { kind: 'resolve', host }), report };
}
