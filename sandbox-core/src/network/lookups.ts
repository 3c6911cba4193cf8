/** Names that are remembered, of each program; of the oldest, one question more may be counted. */
const MAX_NAMES = 4096;

/** Whether a question about a name is another look-up: for one, programs ask for both sorts of addresses, and in any order. */
export type LookupCounter = (name: string, type: string, pid: number | undefined) => boolean;

export function createLookupCounter(): LookupCounter {
  const asked = new Map<string, { counted: number; readonly byType: Map<string, number> }>();
  return (name, type, pid) => {
    const key = `${pid ?? ''} ${name}`;
    const lookups = asked.get(key) ?? { counted: 0, byType: new Map<string, number>() };
    asked.delete(key);
    asked.set(key, lookups);
    const [oldest] = asked.keys();
    if (asked.size > MAX_NAMES && oldest !== undefined) asked.delete(oldest);
    const times = (lookups.byType.get(type) ?? 0) + 1;
    lookups.byType.set(type, times);
    if (times <= lookups.counted) return false;
    lookups.counted = times;
    return true;
  };
}
