import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A UUID. Linux has one ready (random(4)); to load Node's cryptography for it would cost a short command more than its mounts do. */
export function randomId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trim();
  } catch {
    return randomUUID();
  }
}
