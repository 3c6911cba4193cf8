import type { AuditRecord } from './audit-record';
import type { RuleTotal, ViolationTotals } from './violation-stream';

interface OfSession {
  recorded: number;
  readonly byRule: Map<string, RuleTotal>;
  totals: ViolationTotals | undefined;
}

/** What the sessions of a log were refused, with what they counted and wrote no record of. */
export interface LoggedTotals {
  add(record: AuditRecord): void;
  /** Operations that are in no record. */
  readonly notRecorded: number;
  /** @param kept operations whose records are still there */
  totals(kept: number): ViolationTotals;
}

export function createLoggedTotals(): LoggedTotals {
  const sessions = new Map<string, OfSession>();
  const refusedIn = ({ recorded, totals }: OfSession): number => Math.max(recorded, totals?.refused ?? 0);
  const sum = (of: (session: OfSession) => number): number => [...sessions.values()].reduce((all, session) => all + of(session), 0);
  return {
    add(record) {
      const session = sessions.get(record.session) ?? { recorded: 0, byRule: new Map<string, RuleTotal>(), totals: undefined };
      sessions.set(record.session, session);
      if (record.type === 'totals' || record.type === 'end') session.totals = record.totals;
      if (record.type !== 'violation') return;
      const { rule, count } = record.violation;
      session.recorded += count;
      addTo(session.byRule, { rule, count });
    },
    get notRecorded() {
      return sum((session) => refusedIn(session) - session.recorded);
    },
    totals(kept) {
      const byRule = new Map<string, RuleTotal>();
      // The totals of a killed session may be older than its last records.
      for (const { recorded, totals, byRule: own } of sessions.values()) for (const total of totals && totals.refused >= recorded ? totals.byRule : own.values()) addTo(byRule, total);
      const refused = sum(refusedIn);
      return { refused, ignored: sum(({ totals }) => totals?.ignored ?? 0), pushedOut: refused - kept, byRule: [...byRule.values()].sort((a, b) => b.count - a.count) };
    },
  };
}

function addTo(totals: Map<string, RuleTotal>, { rule, count }: RuleTotal): void {
  const key = JSON.stringify(rule);
  totals.set(key, { rule, count: count + (totals.get(key)?.count ?? 0) });
}
