import { InvalidArgumentError, type Command } from 'commander';

import type { Violation } from '../policy';

/** Which violations of a log are meant; all that are given have to hold. */
export interface ViolationFilter {
  readonly only?: string;
  readonly target?: string;
  readonly program?: string;
  readonly session?: string;
  readonly since?: Date;
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** As in schemas/violation.schema.json. */
const KINDS_AND_OPERATIONS: readonly (Violation['kind'] | Violation['operation'])[] = ['filesystem', 'network', 'limit', 'system-call', 'command', 'read', 'write', 'create', 'remove', 'rename', 'change', 'connect', 'resolve', 'request', 'exceed', 'exec', 'call'];

export function withViolationFilter(command: Command): Command {
  return command
    .option('--only <what>', 'a kind (filesystem, network, limit, system-call, command) or an operation (read, write, connect and others)', parseOnly)
    .option('--target <text>', 'a part of the path or host')
    .option('--program <text>', "a part of the program's path")
    .option('--session <id>', 'the beginning of a session\'s UUID')
    .option('--since <when>', 'a date, or how long ago: 2026-01-31, 30m, 6h, 7d', parseSince);
}

export function isMeant({ kind, operation, target, program = '', session = '', time }: Violation, filter: ViolationFilter): boolean {
  if (filter.only !== undefined && filter.only !== kind && filter.only !== operation) return false;
  if (filter.since !== undefined && new Date(time) < filter.since) return false;
  return target.includes(filter.target ?? '') && program.includes(filter.program ?? '') && session.startsWith(filter.session ?? '');
}

function parseOnly(text: string): string {
  if (!KINDS_AND_OPERATIONS.some((known) => known === text)) throw new InvalidArgumentError(`expected one of ${KINDS_AND_OPERATIONS.join(', ')}`);
  return text;
}

function parseSince(text: string): Date {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const since = count !== undefined && unit !== undefined ? new Date(Date.now() - Number(count) * (UNITS[unit] ?? 0)) : new Date(text);
  if (Number.isNaN(since.getTime())) throw new InvalidArgumentError('expected a date (2026-01-31, 2026-01-31T12:00Z) or how long ago (30m, 6h, 7d)');
  return since;
}
