import type { Session } from 'sandbox-core';

/** A program that is refused a thousand times a second is reported a few times a second. */
const REPORT_INTERVAL_MS = 150;

/** The first violation is told at once, the next ones together. */
export function followViolations(session: Session, report: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  let isStale = false;
  const tell = (): void => {
    report();
    isStale = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (isStale) tell();
    }, REPORT_INTERVAL_MS);
  };
  session.violations.onViolation(() => {
    isStale = true;
    if (timer === undefined) tell();
  });
}
