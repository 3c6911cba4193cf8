/**
 * What one check of a policy leaves for the next: at a keystroke, all entries but one are as they were. It holds what the
 * last two checks asked for, so it is never larger than two policies.
 */
export interface CheckMemory {
  /** @param key everything that the result depends on */
  recall<Result>(key: string, make: () => Result): Result;
  /** A check begins. */
  begin(): void;
}

export function createCheckMemory(): CheckMemory {
  let before = new Map<string, unknown>();
  let now = new Map<string, unknown>();
  return {
    recall<Result>(key: string, make: () => Result): Result {
      const known = now.get(key) ?? before.get(key);
      const result = known === undefined ? make() : (known as Result); // the key says what it is
      if (known === undefined || !now.has(key)) now.set(key, result);
      return result;
    },
    begin() {
      before = now;
      now = new Map();
    },
  };
}
