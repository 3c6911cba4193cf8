import type { WrappableCommand, WrappedCommand } from '../launch/prepare-command';
import type { SessionOptions } from '../launch/session';
import type { Policy, Violation } from '../policy';
import { createSessionLine } from '../sandbox/session-line';

/** @param added how many of the violation's count are new */
export type RecordViolation = (violation: Violation, added: number) => void;

/** The sessions of a policy that changes, as far as wrapped commands need them; in this thread or in another one. */
export interface HostedLine {
  readonly policy: Policy;
  wrap(command: WrappableCommand): Promise<WrappedCommand>;
  replace(policy: Policy): Promise<void>;
  stop(): Promise<void>;
}

export type LinePlace = Omit<SessionOptions, 'policy' | 'origins' | 'policyFiles'>;

export async function hostHere(policy: Policy, place: LinePlace, record: RecordViolation): Promise<HostedLine> {
  const line = await createSessionLine({ policy }, place);
  line.violations.onViolation(record);
  return {
    get policy() {
      return line.policy;
    },
    wrap: (command) => line.use((session) => session.wrap(command)),
    replace: (next) => line.replace({ policy: next }),
    stop: () => line.stop(),
  };
}
