import type { AbsolutePath, RuleReference } from '../../policy';

/**
 * One rule of a Seatbelt profile (the language of sandbox-exec(1), "SBPL"). Of the rules that match, the last one decides.
 *
 * @property filters any of them has to match; the rule is for everything if there are none
 * @property reason the entry of the policy that the rule holds
 */
export interface SeatbeltRule {
  readonly action: 'allow' | 'deny';
  readonly operations: readonly SeatbeltOperation[];
  readonly filters: readonly SeatbeltFilter[];
  readonly reason?: RuleReference;
}

export type SeatbeltOperation =
  | 'file-read*'
  | 'file-read-data'
  | 'file-read-metadata'
  | 'file-write*'
  | 'file-write-data'
  | 'file-write-create'
  | 'file-write-unlink'
  | 'file-ioctl'
  | 'mach-lookup'
  | 'appleevent-send'
  | 'lsopen'
  | 'pseudo-tty'
  | 'system-socket'
  | 'network*'
  | 'network-bind'
  | 'network-inbound'
  | 'network-outbound';

export type SeatbeltFilter =
  | { readonly kind: 'literal' | 'subpath'; readonly path: AbsolutePath }
  /** An expression over the whole path, of `^ $ . [^/] [a-z] ( ) | * +` and escaped characters only. */
  | { readonly kind: 'regex'; readonly source: string }
  | { readonly kind: 'directories' }
  | { readonly kind: 'all' | 'any'; readonly filters: readonly SeatbeltFilter[] }
  | { readonly kind: 'not'; readonly filter: SeatbeltFilter }
  | { readonly kind: 'mach-name' | 'mach-prefix'; readonly name: string }
  /** `*` is any; a Seatbelt address is `localhost` or any, never one host. */
  | { readonly kind: 'address'; readonly side: 'local' | 'remote'; readonly host: 'localhost' | '*'; readonly port: number | '*' }
  | { readonly kind: 'socket-family'; readonly family: 'AF_UNIX' }
  /** Sockets at paths below this one. */
  | { readonly kind: 'unix-socket'; readonly side: 'local' | 'remote'; readonly path: AbsolutePath };

/** The compiler of profiles refuses strings of more than 1024 bytes. */
export const MAX_STRING_BYTES = 1024;

/**
 * The profile as text.
 *
 * @param preamble rules that are the same for every policy
 * @param tag ends up in the system's log beside every denial: letters, digits and `-` only
 */
export function emitProfile(preamble: string, rules: readonly SeatbeltRule[], tag: string): string {
  if (!/^[A-Za-z0-9-]+$/.test(tag)) throw new RangeError(`Expected a tag of letters, digits and "-", got ${JSON.stringify(tag)}`);
  const message = `(with message "${tag}")`;
  return [`(version 1)`, `(deny default ${message})`, preamble, ...rules.map((rule) => emitRule(rule, message)), ''].join('\n');
}

function emitRule({ action, operations, filters }: SeatbeltRule, message: string): string {
  const parts = [action, ...operations, ...filters.map(emitFilter), ...(action === 'deny' ? [message] : [])];
  return `(${parts.join(' ')})`;
}

function emitFilter(filter: SeatbeltFilter): string {
  switch (filter.kind) {
    case 'literal':
    case 'subpath':
      return `(${filter.kind} ${quote(filter.path)})`;
    case 'regex':
      return `(regex ${quote(filter.source)})`;
    case 'directories':
      return '(vnode-type DIRECTORY)';
    case 'all':
    case 'any':
      return `(require-${filter.kind} ${filter.filters.map(emitFilter).join(' ')})`;
    case 'not':
      return `(require-not ${emitFilter(filter.filter)})`;
    case 'mach-name':
      return `(global-name ${quote(filter.name)})`;
    case 'mach-prefix':
      return `(global-name-prefix ${quote(filter.name)})`;
    case 'address':
      return `(${filter.side} ip ${quote(`${filter.host}:${filter.port}`)})`;
    case 'socket-family':
      return `(socket-domain ${filter.family})`;
    case 'unix-socket':
      return `(${filter.side} unix-socket (subpath ${quote(filter.path)}))`;
  }
}

/** The only place where text of a policy becomes text of a profile. */
function quote(text: string): string {
  if (!isQuotable(text)) throw new RangeError(`Expected a text that fits a profile, got ${JSON.stringify(text.slice(0, 80))}`);
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Control characters have no agreed spelling in a profile's strings, half of a surrogate pair becomes another character, and too long ones are not compiled. */
export function isQuotable(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text) && Buffer.byteLength(text) <= MAX_STRING_BYTES;
}
