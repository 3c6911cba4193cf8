import { hashOf, sha256 } from './audit-record';

/** The chain over nothing. */
export const NO_LINES = '0'.repeat(64);

/**
 * How far a log's file had come when a record was written, as its writer had read it. Sessions take no turns: lines that another
 * one wrote meanwhile are not in it, and are in the writer's next record.
 *
 * @property bytes of complete lines
 * @property hash over them, and over the files that were rotated out before
 */
export interface LogPlace {
  readonly bytes: number;
  readonly hash: string;
}

/** Of what a line says of itself: what was edited shows in the line. */
export function chained(hash: string, line: string): string {
  return sha256(hash + (hashOf(line) ?? sha256(line)));
}

/** What the first line of a file says that it follows. */
export function startOfFile(firstLine: string): string {
  const place = placeIn(firstLine);
  return place?.bytes === 0 ? place.hash : NO_LINES;
}

/** Undefined: not a record, or one that was written before records had it. */
export function placeIn(line: string): LogPlace | undefined {
  const [, bytes, hash] = /,"log":\{"bytes":(\d{1,15}),"hash":"([0-9a-f]{64})"\},"hash":"[0-9a-f]{64}"\}$/.exec(line) ?? [];
  return bytes === undefined || hash === undefined ? undefined : { bytes: Number(bytes), hash };
}

/** Writers lag behind by a few lines; each place that is remembered takes memory. */
const MAX_REMEMBERED = 10_000;

/** The chain as a reader follows it. */
export interface FollowedChain {
  /** Whether what the record's writer saw is what came before it here; undefined: the record does not say. */
  agrees(place: LogPlace | undefined): boolean | undefined;
  follow(line: string): void;
  nextFile(): void;
}

export function followChain(): FollowedChain {
  const passed = new Set([NO_LINES]);
  let current = NO_LINES;
  let isFirst = true;
  return {
    agrees(place) {
      if (!place) return undefined;
      if (passed.has(place.hash)) return true;
      current = place.hash; // one cut shows once: from here on it is the writer's word again
      isFirst = false;
      return false;
    },
    follow(line) {
      current = chained(isFirst ? startOfFile(line) : current, line);
      isFirst = false;
      passed.add(current);
      const [oldest] = passed;
      if (passed.size > MAX_REMEMBERED && oldest !== undefined) passed.delete(oldest);
    },
    nextFile: () => void (isFirst = true),
  };
}
