import { expandPath, parentPath, type AbsolutePath, type PathContext } from './absolute-path';
import { isControlSocket } from './control-sockets';
import { DEFAULT_READ_POINTER } from './default-read';
import { canonicalHost, type CanonicalHost } from './host-name';
import { entryForWrite, holdsSecrets } from './entry-for-write';
import { METADATA_HOSTS } from './metadata-hosts';
import { printable } from './parse';
import { describePointer, pointerSegments, toPointer } from './pointer';
import type { Fix, PolicyEdit } from './problem';
import { isNamedLikeProtected } from './protections';
import { isNamedLikeSecret } from './secret-places';
import type { Violation } from './violation.generated';

/** One line for people: what was refused, and why. */
export function describeViolation(violation: Violation): string {
  const times = violation.count > 1 ? ` (${violation.count} times)` : '';
  return `${verbs[violation.operation]} ${printable(violation.target, 200)} was refused${times}: ${violation.reason}`;
}

const verbs: Readonly<Record<Violation['operation'], string>> = {
  read: 'reading',
  write: 'writing',
  create: 'creating',
  remove: 'removing',
  rename: 'renaming',
  change: 'changing',
  connect: 'connecting to',
  resolve: 'looking up',
  request: 'requesting',
  exceed: 'exceeding',
  exec: 'starting',
  call: 'calling',
};

/** Text from inside the sandbox is longer in no record; what was, ends with "…". */
export const MAX_VIOLATION_TEXT = 1024;

/**
 * What a fix has to know of the machine.
 *
 * @property base the working directory: what lies around it holds other projects
 */
export interface FixPlace extends Pick<PathContext, 'base' | 'home'> {
  readonly exists: (path: AbsolutePath) => boolean;
}

/**
 * Changes to the policy that would let the same thing pass next time. Never preferred: each of them widens the policy, and
 * the target was chosen by a program in the sandbox. Wherever fixes are offered, these are: entries that work, and that open
 * neither the system, credentials, programs nor what controls the machine.
 */
export function violationFixes(violation: Violation, place: FixPlace): Fix[] {
  if (!isNamedInFull(violation.target)) return [];
  // A preset's rule is not in any file that could be changed.
  if (violation.rule.kind === 'built-in' || violation.kind === 'limit' || isOfPreset(violation.rule)) return [];
  // What a list of allowed commands does not name is for its author to spell: the words came from inside.
  if (violation.kind === 'command') return removalOnly(violation.rule);
  return violation.kind === 'network' ? networkFixes(violation) : pathFixes(violation, place);
}

/** The rule of a request that no entry of `network.requests` allows; its host is reachable already. */
const REQUESTS_POINTER = toPointer(['network', 'requests']);

function networkFixes({ rule, target }: Violation): Fix[] {
  const removal = removeRule(rule);
  if (removal) return [removal];
  if (target.startsWith('/')) return socketFixes(target);
  // Where another rule decided (a request's, an address that a name led to), one more host would change nothing.
  const host = rule.kind === 'default' && rule.pointer !== REQUESTS_POINTER ? hostOfTarget(target) : undefined;
  if (host === undefined) return [];
  return [{ title: `Allow connections to ${host} in this policy`, edit: { kind: 'append', pointer: toPointer(['network', 'allowedDomains']), value: host }, preferred: false }];
}

function socketFixes(target: string): Fix[] {
  if (isControlSocket(target)) return [];
  return [{ title: `Allow connections to the Unix socket ${target} in this policy`, edit: { kind: 'append', pointer: toPointer(['network', 'allowUnixSockets']), value: target }, preferred: false }];
}

/** What "always allow" means for a host that was asked about: the entry that a violation's fix would add too. */
export function allowHostEdit(host: CanonicalHost, port: number): PolicyEdit {
  const spelled = host.includes(':') ? `[${host}]` : host;
  return { kind: 'append', pointer: toPointer(['network', 'allowedDomains']), value: port === 80 || port === 443 ? spelled : `${spelled}:${port}` };
}

function pathFixes(violation: Violation, place: FixPlace): Fix[] {
  const { rule, operation, target } = violation;
  const path = target as AbsolutePath;
  if (isNamedLikeSecret(target)) return [];
  if (rule.kind === 'default' && operation !== 'read') return writeFixes(violation, place);
  if (rule.kind === 'policy' && rule.pointer.startsWith('/filesystem/allowWrite/')) return writeFixes({ ...violation, operation: 'create' }, place);
  if (operation !== 'read') return isNamedLikeProtected(path) ? [] : removalOnly(rule);
  const isReadDenied = rule.kind === 'default' || (rule.kind === 'policy' && (rule.pointer.startsWith('/filesystem/denyRead/') || rule.pointer === DEFAULT_READ_POINTER));
  const allow: Fix = { title: `Allow reading ${target} in this policy`, edit: { kind: 'append', pointer: toPointer(['filesystem', 'allowRead']), value: pathEntry(target) }, preferred: false };
  return [...(isReadDenied && !holdsSecrets(path, place) ? [allow] : []), ...removalOnly(rule)];
}

/** What makes or takes a name needs the directory around it. */
const OF_NAMES: ReadonlySet<Violation['operation']> = new Set(['create', 'remove', 'rename']);

/** The entry under which it would pass, then that of the directory around it. */
function writeFixes({ operation, target }: Violation, { exists, ...context }: FixPlace): Fix[] {
  const path = target as AbsolutePath;
  if (isNamedLikeProtected(path)) return [];
  const [isWritten, directory] = [operation === 'write', parentPath(path)];
  const entries = OF_NAMES.has(operation) ? [entryForWrite(directory, false, context, exists)] : [entryForWrite(path, isWritten, context, exists), ...(isWritten && exists(path) ? [entryForWrite(directory, false, context, exists)] : [])];
  return entries.flatMap((entry): Fix[] => {
    if (entry === undefined) return [];
    const opened = expandPath(entry, context);
    return [{ title: `Allow writing ${opened === path ? '' : 'everything in '}${opened} in this policy`, edit: { kind: 'append', pointer: toPointer(['filesystem', 'allowWrite']), value: pathEntry(entry) }, preferred: false }];
  });
}

function removalOnly(rule: Violation['rule']): Fix[] {
  const removal = removeRule(rule);
  return removal ? [removal] : [];
}

/** A name with control characters in it cannot be shown honestly, and a part of one is the name of something else. */
function isNamedInFull(target: string): boolean {
  return target.length <= MAX_VIOLATION_TEXT && !target.includes('\uFFFD') && printable(target, target.length) === target;
}

function isOfPreset(rule: Violation['rule']): boolean {
  return rule.kind === 'policy' && rule.file?.startsWith('preset:') === true;
}

/** Only rules that deny can be removed to allow something; a credential's protection is not offered up. */
function removeRule(rule: Violation['rule']): Fix | undefined {
  if (rule.kind !== 'policy' || !/^\/(filesystem\/deny|network\/denied|commands\/deny\/)/.test(rule.pointer)) return undefined;
  return { title: `Remove this rule (${describePointer(rule.pointer)})`, edit: { kind: 'remove', pointer: toPointer(pointerSegments(rule.pointer)) }, preferred: false };
}

/** A file's name may hold pattern characters; the entry means just this file. */
function pathEntry(path: string): unknown {
  return /[*?[\]]/.test(path) ? { path, literal: true } : path;
}

/** Machines hand out their own credentials at such addresses. */
const LINK_LOCAL = /^(169\.254\.|fe[89ab][0-9a-f]:)/;

/** `host:port`, or the URL of a request → the entry to allow; the port stays unless it is the web's. */
function hostOfTarget(target: string): string | undefined {
  const authority = target.replace(/^\S+ https?:\/\/([^/?#]*).*$/s, '$1');
  const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(authority) ?? [];
  const canonical = host === undefined ? undefined : canonicalHost(host);
  if (canonical === undefined || METADATA_HOSTS.has(canonical) || LINK_LOCAL.test(canonical)) return undefined;
  const spelled = canonical.includes(':') ? `[${canonical}]` : canonical;
  return port === undefined || port === '80' || port === '443' ? spelled : `${spelled}:${port}`;
}
