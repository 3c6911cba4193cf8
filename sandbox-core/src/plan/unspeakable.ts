import type { HostFacts } from '../host/facts';
import type { Refusal } from './plan';

const MAX_NAMED = 5;

/** Paths are text in a plan. What a name that is no UTF-8 leads to cannot be mounted, so its git configuration would not be held. */
export function unspeakableRefusals({ unspeakable = [] }: Pick<HostFacts, 'unspeakable'>): Refusal[] {
  return unspeakable.slice(0, MAX_NAMED).map((path) => ({
    code: 'repository-not-held',
    message: `the git repository at ${path} cannot be protected, as a name on the way to it is not UTF-8: rename that directory, allow writing elsewhere only, or lift the protection git-config`,
  }));
}
