import { DENIED_DOMAIN, ALLOWED_DOMAIN, parseHostPattern } from '../host-pattern';
import { printable } from '../parse';
import type { Policy } from '../policy.generated';

/** Another tool's way to write a sandbox policy. */
export interface Dialect {
  readonly name: string;
  /** For people: where such files come from. */
  readonly description: string;
  /** Whether a parsed file is of this dialect; a policy of our own never is. */
  recognizes(value: JsonObject): boolean;
  convert(value: JsonObject): Conversion;
}

/**
 * @property policy never allows what the original denied; what cannot be said is left out or said narrower
 * @property notes what was left out or means something else here, one sentence each
 */
export interface Conversion {
  readonly policy: Policy;
  readonly notes: readonly string[];
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectAt(value: JsonObject, key: string): JsonObject {
  const found = Object.hasOwn(value, key) ? value[key] : undefined;
  return isObject(found) ? found : {};
}

/** The texts of a list; anything else in it is not a rule in any dialect. */
export function textsAt(value: JsonObject, key: string): string[] {
  const found = Object.hasOwn(value, key) ? value[key] : undefined;
  return Array.isArray(found) ? found.filter((item): item is string => typeof item === 'string' && item !== '') : [];
}

/** Puts a policy together, and notes what the format has no words for. */
export interface Draft {
  readonly notes: string[];
  allowDomains(entries: readonly string[]): void;
  denyDomains(entries: readonly string[]): void;
  finish(filesystem: Partial<Policy['filesystem']>, rest?: Partial<Policy>): Conversion;
}

export function createDraft(): Draft {
  const notes: string[] = [];
  const allowed: string[] = [];
  const denied: string[] = [];
  return {
    notes,
    allowDomains: (entries) => entries.forEach((entry) => addDomain(entry, allowed, notes, 'allowed')),
    denyDomains: (entries) => entries.forEach((entry) => addDomain(entry, denied, notes, 'denied')),
    finish: (filesystem, rest = {}) => ({
      policy: {
        ...rest,
        network: { ...rest.network, allowedDomains: distinct(allowed), deniedDomains: distinct(denied) },
        filesystem: { denyRead: [], allowWrite: [], denyWrite: [], ...filesystem },
      },
      notes,
    }),
  };
}

export function distinct(entries: readonly string[]): string[] {
  return [...new Set(entries)];
}

function addDomain(entry: string, list: string[], notes: string[], kind: 'allowed' | 'denied'): void {
  const result = parseHostPattern(entry, kind === 'allowed' ? ALLOWED_DOMAIN : DENIED_DOMAIN);
  if ('pattern' in result) list.push(entry);
  else if ('inert' in result && result.suggestion !== undefined) list.push(result.suggestion);
  else if (kind === 'allowed') notes.push(`the ${kind} domain "${printable(entry)}" was left out: ${'error' in result ? result.error : result.inert}`);
  else {
    // A deny that cannot be said must not be lost: nothing is reachable until somebody has looked.
    list.push('*');
    notes.push(`the ${kind} domain "${printable(entry)}" cannot be said here, so every host is denied ("*"): ${'error' in result ? result.error : result.inert}`);
  }
}
