import { isDeepStrictEqual } from 'node:util';

import { SandboxError, sessionEnded } from '../errors';
import { isLiveChange, withListsOf } from '../launch/live-policy';
import { createPublisher } from '../launch/publish';
import { createSession, type Session, type SessionOptions } from '../launch/session';
import { createViolationStream, type ViolationStream } from '../monitor/violation-stream';
import type { Policy } from '../policy';

/** What a session is told of a policy. */
export type PolicySource = Pick<SessionOptions, 'policy' | 'origins' | 'policyFiles'>;

/** The session of the policy in force, and those of earlier policies in which something still runs. */
export interface SessionLine {
  readonly policy: Policy;
  /** Of all sessions, whatever became of them. */
  readonly violations: ViolationStream;
  /** The session in force stays until this has settled. */
  use<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  replace(source: PolicySource): Promise<void>;
  stop(): Promise<void>;
}

type Place = Omit<SessionOptions, keyof PolicySource>;

interface UsedSession {
  readonly session: Session;
  policy: Policy;
  uses: number;
}

export async function createSessionLine(first: PolicySource, place: Place): Promise<SessionLine> {
  const violations = createViolationStream();
  const sessions = new Set<UsedSession>();
  const publisher = createPublisher();
  const open = async (source: PolicySource): Promise<UsedSession> => {
    const session = await createSession({ ...place, ...source, publisher });
    session.violations.onViolation((violation, added) => violations.add({ ...violation, count: added }));
    const used = { session, policy: source.policy, uses: 0 };
    sessions.add(used);
    return used;
  };
  let source = first;
  let current = await open(first);
  let stopped: Promise<void> | undefined;
  /** One change after another. */
  let changing: Promise<void> = Promise.resolve();

  const endIfUnused = async (used: UsedSession): Promise<void> => {
    if (used === current || used.uses > 0 || !sessions.delete(used)) return;
    await used.session.stop();
  };
  const change = async (next: PolicySource): Promise<void> => {
    if (stopped) throw sessionEnded();
    const isLive = isLiveChange(source.policy, next.policy) && isDeepStrictEqual(source.policyFiles, next.policyFiles);
    if (isLive) await relist(current, next.policy, next);
    else {
      const before = current;
      current = await open(next);
      await endIfUnused(before);
    }
    source = next;
    const earlier = [...sessions].filter((used) => used !== current);
    await Promise.all(earlier.map((used) => relist(used, withListsOf(used.policy, next.policy), next).catch(() => used.session.stop()))); // it has ended meanwhile, or would go on with hosts that are taken away
  };
  return {
    get policy() {
      return source.policy;
    },
    violations,
    async use(work) {
      if (stopped) throw new SandboxError('session-ended', 'the sandbox was stopped; create a new one');
      const used = current;
      used.uses++;
      try {
        return await work(used.session);
      } finally {
        used.uses--;
        await endIfUnused(used);
      }
    },
    replace(next) {
      const changed = changing.then(() => change(next));
      changing = changed.catch(() => undefined);
      return changed;
    },
    stop() {
      stopped ??= changing.then(() => Promise.all([...sessions].map(({ session }) => session.stop()))).then(() => undefined);
      return stopped;
    },
  };
}

async function relist(used: UsedSession, policy: Policy, { origins }: PolicySource): Promise<void> {
  await used.session.updatePolicy(policy, origins);
  used.policy = policy;
}
