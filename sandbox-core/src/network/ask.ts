import { allowHostEdit, ALLOWED_DOMAIN, canonicalHost, isAddress, matchesHost, parseHostPattern, type CanonicalHost, type Decision, type HostPattern, type PolicyEdit } from '../policy';
import type { Caller, Destination } from './destination';
import { refuseAddress } from './vet-address';

/** As long as somebody may take to answer; the program waits in its connect. */
const ANSWER_TIMEOUT_MS = 60_000;
/** A program that connects to ever new hosts must not bury the one question that matters. */
const MAX_OPEN_QUESTIONS = 8;

/** A host that no rule covers, put to somebody who may decide. Plain data, so that it can be sent to another process. */
export interface HostQuestion {
  /** In the spelling that rules are compared with: ASCII, so no look-alike letters. */
  readonly host: string;
  readonly port: number;
  /** What "always" means. Whoever answers so also makes this change to the policy's file. */
  readonly edit: PolicyEdit;
  readonly caller?: Caller;
}

export type HostAnswer = 'deny' | 'once' | 'session' | 'always';

/** @param lapsed aborted when an answer no longer counts */
export type AskAboutHost = (question: HostQuestion, lapsed: AbortSignal) => Promise<HostAnswer>;

export interface Asker {
  /** Whether a denial is one that may be asked about. */
  covers(destination: Destination, decision: Decision): boolean;
  /** What was granted for the session. */
  isGranted(destination: Destination): boolean;
  /** The decision as it is after asking. One question per host at a time; all who wait for it get its answer. */
  ask(destination: Destination, decision: Decision, caller: Caller | undefined): Promise<Decision>;
}

interface OpenQuestion {
  readonly port: number;
  readonly answer: Promise<HostAnswer | 'nobody'>;
}

export function createAsker(askSomebody: AskAboutHost, timeoutMs: number = ANSWER_TIMEOUT_MS): Asker {
  const granted: HostPattern[] = [];
  const denied = new Set<string>();
  const open = new Map<CanonicalHost, OpenQuestion>();

  const isGranted = ({ host, port }: Destination): boolean => {
    const canonical = canonicalHost(host);
    return canonical !== undefined && granted.some((pattern) => matchesHost(pattern, canonical, port));
  };

  const pose = (host: CanonicalHost, port: number, caller: Caller | undefined): OpenQuestion => {
    const edit = allowHostEdit(host, port);
    const question: OpenQuestion = { port, answer: answerInTime(askSomebody, { host, port, edit, ...(caller && { caller }) }, timeoutMs) };
    open.set(host, question);
    void question.answer.then((answer) => {
      open.delete(host);
      if (answer === 'deny') denied.add(`${host}:${port}`);
      const parsed = parseHostPattern(String(edit.kind === 'append' ? edit.value : ''), ALLOWED_DOMAIN);
      if ((answer === 'session' || answer === 'always') && 'pattern' in parsed) granted.push(parsed.pattern);
    });
    return question;
  };

  return {
    covers({ host }, { outcome, rule }) {
      const canonical = canonicalHost(host);
      if (outcome === 'allow' || rule.kind !== 'default' || canonical === undefined) return false;
      return !isAddress(canonical) || refuseAddress(canonical, { denied: [], own: [] }) === undefined;
    },
    isGranted,
    async ask(destination, decision, caller) {
      const host = canonicalHost(destination.host);
      if (host === undefined) return decision;
      for (;;) {
        if (isGranted(destination)) return { ...decision, outcome: 'allow', reason: 'allowed when asked' };
        if (denied.has(`${host}:${destination.port}`)) return { ...decision, reason: 'denied when asked' };
        const other = open.get(host);
        if (!other && open.size >= MAX_OPEN_QUESTIONS) return { ...decision, reason: 'too many questions are open already' };
        const question = other ?? pose(host, destination.port, caller);
        const answer = await question.answer;
        if (question.port !== destination.port) continue; // that was about another port: it may have settled this one too
        if (answer === 'nobody') return { ...decision, reason: 'nobody answered whether to allow it' };
        if (answer === 'once') return { ...decision, outcome: 'allow', reason: 'allowed once when asked' };
      }
    },
  };
}

async function answerInTime(ask: AskAboutHost, question: HostQuestion, timeoutMs: number): Promise<HostAnswer | 'nobody'> {
  const lapsed = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const nobody = new Promise<'nobody'>((resolve) => (timer = setTimeout(() => resolve('nobody'), timeoutMs)));
  // Whoever cannot be asked does not answer.
  const answer = await Promise.race([ask(question, lapsed.signal).catch((): 'nobody' => 'nobody'), nobody]);
  clearTimeout(timer);
  lapsed.abort();
  return answer;
}
