import { createHash } from 'node:crypto';

import type { RuleReference, Violation } from '../policy';
import type { LogPlace } from './audit-chain';
import type { ViolationTotals } from './violation-stream';

/** A host that a session connected to, or was kept from. */
export interface AuditedHost {
  readonly name: string;
  readonly connections: number;
  readonly refused: number;
}

/** How often one rule let a connection or a request through. */
export interface AuditedUse {
  readonly rule: RuleReference;
  readonly count: number;
}

/** A rule that lets paths be written, and whether anything there was changed in the session: by its commands, or by others meanwhile. */
export interface AuditedPath {
  readonly rule: RuleReference;
  readonly changed: boolean;
}

/** A command that a program inside asked to have run outside. */
export interface AuditedCall {
  readonly command: string;
  readonly directory: string;
  /** Whether somebody was asked about it. */
  readonly asked: boolean;
  readonly outcome: 'ran' | 'refused';
  readonly reason: string;
  /** The exit status, if it ran. */
  readonly status?: number;
}

/**
 * What one line of an audit log says.
 *
 * `start`: `policy` is the SHA-256 of the policy as JSON, `after` the hash of the record that the log ended with then.
 * `violation`: its `count` is of the operations since the last record of the same thing. `totals`: in their place, past the
 * number of records that a session may write. `brokered`: up to that number too. `end`: the session was stopped in order
 * (older logs lack `allowed` and `paths`).
 */
export type AuditEvent =
  | { readonly type: 'start'; readonly directory: string; readonly policy: string; readonly policyFiles: readonly string[]; readonly after: string | null }
  | { readonly type: 'violation'; readonly violation: Violation }
  | { readonly type: 'brokered'; readonly call: AuditedCall }
  | { readonly type: 'totals'; readonly totals: ViolationTotals }
  | { readonly type: 'end'; readonly totals: ViolationTotals; readonly hosts: readonly AuditedHost[]; readonly allowed?: readonly AuditedUse[]; readonly paths?: readonly AuditedPath[] };

/**
 * A line of an audit log.
 *
 * @property seq counts the records of a session, from 0
 * @property previous the hash of the session's record before; null at the start
 * @property log what the file held; the last property before the hash. Absent in older logs
 * @property hash SHA-256 of the line up to this property, in hex
 */
export type AuditRecord = AuditEvent & { readonly audit: 1; readonly session: string; readonly seq: number; readonly previous: string | null; readonly time: string; readonly log?: LogPlace; readonly hash: string };

const HASHED = /^(?<body>\{.*),"hash":"(?<hash>[0-9a-f]{64})"\}$/su;
const TYPES: ReadonlySet<unknown> = new Set<AuditEvent['type']>(['start', 'violation', 'brokered', 'totals', 'end']);

/** @property line without its line break */
export interface AuditLine {
  readonly line: string;
  readonly hash: string;
}

export function auditLine(record: AuditEvent & Omit<AuditRecord, 'hash' | keyof AuditEvent>): AuditLine {
  const body = JSON.stringify(record).slice(0, -1);
  const hash = sha256(body);
  return { line: `${body},"hash":"${hash}"}`, hash };
}

/** The hash that a line gives for itself, whatever else it says. */
export function hashOf(line: string): string | undefined {
  return HASHED.exec(line)?.groups?.['hash'];
}

/** `edited`: a record, but not with the content that its hash is of. Undefined: not a record. */
export function parseAuditLine(line: string): { readonly record: AuditRecord; readonly edited: boolean } | undefined {
  const found = HASHED.exec(line)?.groups;
  const value = parseJson(line);
  return found && isRecord(value) ? { record: value, edited: sha256(found['body'] ?? '') !== found['hash'] } : undefined;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is AuditRecord {
  if (!isObject(value)) return false;
  const { audit, session, seq, previous, time, type } = value;
  const isChained = audit === 1 && (value['log'] === undefined || isPlace(value['log'])) && typeof session === 'string' && Number.isSafeInteger(seq) && (previous === null || typeof previous === 'string') && typeof time === 'string';
  const known = isChained && TYPES.has(type) && (type !== 'violation' || isViolation(value['violation'])) && (type !== 'brokered' || isCall(value['call']));
  const hasTotals = type === 'totals' || type === 'end';
  return known && (!hasTotals || isTotals(value['totals'])) && (type !== 'end' || isEnd(value));
}

function isPlace(value: unknown): boolean {
  return isObject(value) && Number.isSafeInteger(value['bytes']) && typeof value['hash'] === 'string';
}

function isViolation(value: unknown): boolean {
  if (!isObject(value) || !isObject(value['rule']) || !Number.isSafeInteger(value['count'])) return false;
  return ['kind', 'operation', 'target', 'source', 'reason', 'time'].every((key) => typeof value[key] === 'string') && (value['program'] === undefined || typeof value['program'] === 'string');
}

function isCall(value: unknown): boolean {
  if (!isObject(value) || typeof value['asked'] !== 'boolean' || !(value['status'] === undefined || Number.isSafeInteger(value['status']))) return false;
  return ['command', 'directory', 'outcome', 'reason'].every((key) => typeof value[key] === 'string');
}

function isTotals(value: unknown): boolean {
  return isObject(value) && [value['refused'], value['ignored'], value['pushedOut']].every(Number.isSafeInteger) && isUses(value['byRule']);
}

function isUses(value: unknown): boolean {
  return Array.isArray(value) && value.every((use) => isObject(use) && isObject(use['rule']) && Number.isSafeInteger(use['count']));
}

function isEnd({ hosts, allowed, paths }: Record<string, unknown>): boolean {
  return isHosts(hosts) && (allowed === undefined || isUses(allowed)) && (paths === undefined || isPaths(paths));
}

function isPaths(value: unknown): boolean {
  return Array.isArray(value) && value.every((path) => isObject(path) && isObject(path['rule']) && typeof path['changed'] === 'boolean');
}

function isHosts(value: unknown): boolean {
  return Array.isArray(value) && value.every((host) => isObject(host) && typeof host['name'] === 'string' && Number.isSafeInteger(host['connections']) && Number.isSafeInteger(host['refused']));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
