import { compileSeatbeltPlan, seatbeltArguments } from 'sandbox-core/internal/plan/seatbelt/compile';
import type { SeatbeltFacts, SeatbeltPlan } from 'sandbox-core/internal/plan/seatbelt/plan';
import type { Refusal } from 'sandbox-core';
import { absolutePath, type ResolvedPolicy } from 'sandbox-core/policy';

export const SEATBELT_FACTS: SeatbeltFacts = {
  temporary: absolutePath('/private/tmp/srt-501/session-x/tmp'),
  proxy: { port: 51000, user: 'srt', password: 'secret' },
  tag: 'srt-test-1',
  environment: { PATH: '/usr/bin:/bin', HOME: '/home/me', HTTP_PROXY: 'http://corporate.test:3128', TOKEN: 'secret' },
  paths: new Map(),
  found: [],
};

export function compileSeatbelt(policy: ResolvedPolicy, facts: SeatbeltFacts = SEATBELT_FACTS): { readonly plan?: SeatbeltPlan; readonly refusals: readonly Refusal[] } {
  const result = compileSeatbeltPlan(policy, { argv: ['make', 'all'], directory: absolutePath('/usr'), terminal: 'none' }, facts);
  return 'plan' in result ? { plan: result.plan, refusals: [] } : { refusals: result.refusals };
}

/** The text that sandbox-exec gets; fails on a refusal. */
export function profileOf(policy: ResolvedPolicy): string {
  const { plan, refusals } = compileSeatbelt(policy);
  if (!plan) throw new Error(refusals.map(({ message }) => message).join('\n'));
  return seatbeltArguments(plan)[1]!;
}
