import { usage } from './checked-request';

/** setTimeout takes no more, and ends at once where it is given more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Throws a SandboxError if it is no time. Undefined: there is no limit. */
export function checkedTimeLimit(given: unknown): number | undefined {
  if (given === undefined || given === Infinity) return undefined;
  if (typeof given !== 'number' || !(given >= 0)) throw usage('timeoutMs as a number of milliseconds, 0 or more (Infinity: no limit)', typeof given === 'number' ? String(given) : given);
  return given;
}

/** @returns calls it off */
export function after(milliseconds: number, act: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const now = Math.min(left, MAX_TIMER_MS);
    timer = setTimeout(() => (left > now ? wait(left - now) : act()), now);
  };
  wait(milliseconds);
  return () => clearTimeout(timer);
}
