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
  /** Whether each command that it wrapped has run, and ended. Where commands start without their session, none is known to. */
  isSpent(): Promise<boolean>;
  stop(): Promise<void>;
}

export type LinePlace = Omit<SessionOptions, 'policy' | 'origins' | 'policyFiles'>;

export async function hostHere(policy: Policy, place: LinePlace, record: RecordViolation): Promise<HostedLine> {
  const line = await createSessionLine({ policy }, place);
  line.violations.onViolation(record);
  let wrapped = 0;
  return {
    get policy() {
      return line.policy;
    },
    wrap(command) {
      wrapped++;
      return line.use((session) => session.wrap(command));
    },
    isSpent: () => line.use((session) => Promise.resolve(session.joined >= wrapped && session.running === 0)),
    replace: (next) => line.replace({ policy: next }),
    stop: () => line.stop(),
  };
}
