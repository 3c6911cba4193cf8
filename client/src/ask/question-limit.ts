const MINUTE_MS = 60_000;

/** Whether one more question may be asked now. */
export interface QuestionLimit {
  admits(): boolean;
}

export function createQuestionLimit(perMinute: number, now: () => number): QuestionLimit {
  let asked: number[] = [];
  return {
    admits() {
      asked = asked.filter((time) => now() - time < MINUTE_MS);
      if (asked.length >= perMinute) return false;
      asked.push(now());
      return true;
    },
  };
}
