import type { AbsolutePath } from './absolute-path';
import { DEFAULT_READ_POINTER } from './default-read';
import { canonicalHost, type CanonicalHost } from './host-name';
import { METADATA_HOSTS } from './metadata-hosts';
import { printable } from './parse';
import { describePointer, pointerSegments, toPointer } from './pointer';
import type { Fix, PolicyEdit } from './problem';
import { protectionByName } from './protections';
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

/**
 * Changes to the policy that would let the same thing pass next time. Never preferred: each of them widens the policy, and
 * the target was chosen by a program in the sandbox.
 */
export function violationFixes(violation: Violation): Fix[] {
  // A preset's rule is not in any file that could be changed.
  if (violation.rule.kind === 'built-in' || violation.kind === 'limit' || isOfPreset(violation.rule)) return [];
  // What a list of allowed commands does not name is for its author to spell: the words came from inside.
  if (violation.kind === 'command') return removalOnly(violation.rule);
  return violation.kind === 'network' ? networkFixes(violation) : pathFixes(violation);
}

/** The rule of a request that no entry of `network.requests` allows; its host is reachable already. */
const REQUESTS_POINTER = toPointer(['network', 'requests']);

function networkFixes({ rule, target }: Violation): Fix[] {
  const removal = removeRule(rule);
  if (removal) return [removal];
  if (target.startsWith('/')) return socketFixes(target);
  // Where another rule decided (a request's, an address that a name led to), one more host would change nothing.
  const host = rule.kind === 'default' && rule.pointer !== REQUESTS_POINTER ? hostOfTarget(target) : undefined;
  if (host === undefined || METADATA_HOSTS.has(host.replace(/:\d+$/, ''))) return [];
  return [{ title: `Allow connections to ${host} in this policy`, edit: { kind: 'append', pointer: toPointer(['network', 'allowedDomains']), value: host }, preferred: false }];
}

/** Who may talk to one of these controls the machine: that is not offered as a fix. */
const ENGINE_SOCKETS = /\/(docker|podman|containerd|crio|libvirt-sock|lxd|incus|buildkitd|dbus)[^/]*(\.sock(et)?)?$|\/(dbus|systemd|bus)(\/|$)/;

function socketFixes(target: string): Fix[] {
  if (printable(target, target.length) !== target || ENGINE_SOCKETS.test(target)) return [];
  return [{ title: `Allow connections to the Unix socket ${target} in this policy`, edit: { kind: 'append', pointer: toPointer(['network', 'allowUnixSockets']), value: target }, preferred: false }];
}

/** What "always allow" means for a host that was asked about: the entry that a violation's fix would add too. */
export function allowHostEdit(host: CanonicalHost, port: number): PolicyEdit {
  const spelled = host.includes(':') ? `[${host}]` : host;
  return { kind: 'append', pointer: toPointer(['network', 'allowedDomains']), value: port === 80 || port === 443 ? spelled : `${spelled}:${port}` };
}

function pathFixes({ rule, operation, target }: Violation): Fix[] {
  const list = operation === 'read' ? 'allowRead' : 'allowWrite';
  const verb = operation === 'read' ? 'reading' : 'writing';
  // A name with control characters in it cannot be shown honestly, so it is not offered; nor is what opens more than a file.
  if (printable(target, target.length) !== target || isNamedLikeSecret(target) || (list === 'allowWrite' && protectionByName(target as AbsolutePath) !== undefined)) return [];
  const allow: Fix = { title: `Allow ${verb} ${target} in this policy`, edit: { kind: 'append', pointer: toPointer(['filesystem', list]), value: pathEntry(target) }, preferred: false };
  if (rule.kind === 'default') return [allow, ...(list === 'allowWrite' ? directoryFix(target) : [])];
  if (rule.kind === 'policy' && rule.pointer.startsWith('/filesystem/allowWrite/')) return directoryFix(target);
  const isReadDenied = rule.kind === 'policy' && (rule.pointer.startsWith('/filesystem/denyRead/') || rule.pointer === DEFAULT_READ_POINTER);
  return [...(isReadDenied && operation === 'read' ? [allow] : []), ...removalOnly(rule)];
}

function removalOnly(rule: Violation['rule']): Fix[] {
  const removal = removeRule(rule);
  return removal ? [removal] : [];
}

/** A file that does not exist yet can only be made where its directory may be written: mounts need something to lie on. */
function directoryFix(target: string): Fix[] {
  const directory = target.slice(0, target.lastIndexOf('/'));
  const isDeep = directory.lastIndexOf('/') > 0; // /etc or /usr as a whole is not what anybody means
  return isDeep ? [{ title: `Allow writing everything in ${directory} in this policy`, edit: { kind: 'append', pointer: toPointer(['filesystem', 'allowWrite']), value: pathEntry(directory) }, preferred: false }] : [];
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

/** `host:port`, or the URL of a request → the entry to allow; the port stays unless it is the web's. */
function hostOfTarget(target: string): string | undefined {
  const authority = target.replace(/^\S+ https?:\/\/([^/?#]*).*$/s, '$1');
  const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(authority) ?? [];
  const canonical = host === undefined ? undefined : canonicalHost(host);
  if (canonical === undefined) return undefined;
  const spelled = canonical.includes(':') ? `[${canonical}]` : canonical;
  return port === undefined || port === '80' || port === '443' ? spelled : `${spelled}:${port}`;
}
