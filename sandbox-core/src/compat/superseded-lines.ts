import type { HostedLine } from './hosted-line';

interface Superseded {
  readonly line: Promise<HostedLine>;
}

/** What was wrapped before a change may be run after it: these stay for that. */
export interface SupersededLines<Line extends Superseded> {
  readonly lines: readonly Line[];
  add(line: Line): void;
  /** Of more than so many, ends the oldest in which nothing is left to be run: a line that was wrapped is run once, and soon. */
  cut(most: number): void;
  /** Resolves when those that are about to end have ended. */
  settled(): Promise<unknown>;
}

export function createSupersededLines<Line extends Superseded>(): SupersededLines<Line> {
  let lines: readonly Line[] = [];
  const ending = new Set<Promise<void>>();
  const endIfSpent = async (old: Line): Promise<void> => {
    const opened = await old.line;
    if (!(await opened.isSpent()) || !lines.includes(old)) return;
    lines = lines.filter((other) => other !== old);
    await opened.stop();
  };
  return {
    get lines() {
      return lines;
    },
    add(line) {
      lines = [...lines, line];
    },
    cut(most) {
      for (const old of lines.slice(0, Math.max(0, lines.length - most))) {
        const ended: Promise<void> = endIfSpent(old).catch(() => undefined).finally(() => ending.delete(ended)); // it has ended by itself
        ending.add(ended);
      }
    },
    settled: () => Promise.all(ending),
  };
}
