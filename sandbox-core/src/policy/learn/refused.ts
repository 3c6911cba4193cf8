import { absolutePath, containsPath, expandPath, parentPath, type AbsolutePath, type PathContext } from '../absolute-path';
import { dangerOf } from '../built-in';
import { SYSTEM_DIRECTORIES } from '../default-read';
import { printable } from '../parse';
import { SECRET_PLACES } from '../secret-places';
import type { Violation } from '../violation.generated';
import { violationFixes } from '../violation-fixes';
import { learnedEntry, type LearnedEntry, type NotProposed, type WrittenPath } from './observations';
import { isSpellable, spelledPath } from './paths';

/** More of the system that the whole machine shares. */
export const SHARED_PLACES: readonly AbsolutePath[] = [...SYSTEM_DIRECTORIES, ...['/boot', '/dev', '/proc', '/root', '/run', '/sys', '/var'].map(absolutePath)];

const MAX_TARGET = 400;
/** Agents that sign and decrypt for whoever asks. */
const KEY_AGENTS = /ssh|agent|gpg|gnupg|keyring|pcscd/i;

/** What a recording refused: proposed where that is harmless, else left out with a reason. */
export interface RefusedProposal {
  readonly entries: readonly LearnedEntry[];
  readonly notProposed: readonly NotProposed[];
  /** In the home directory, to be covered like what was written there. */
  readonly atHome: readonly WrittenPath[];
}

export function proposeRefused(violations: readonly Violation[], context: PathContext): RefusedProposal {
  const entries = new Map<string, LearnedEntry>();
  const notProposed = new Map<string, NotProposed>();
  const atHome: WrittenPath[] = [];
  const leave = (violation: Violation, kind: NotProposed['kind'], reason: string): void => {
    const key = `${kind} ${violation.target}`;
    notProposed.set(key, { kind, target: printable(violation.target, MAX_TARGET), reason, count: violation.count + (notProposed.get(key)?.count ?? 0) });
  };
  for (const violation of violations) {
    const { kind, rule, operation, target } = violation;
    if (kind === 'limit') leave(violation, 'limit', violation.reason);
    else if (kind === 'command') leave(violation, 'denied', violation.reason);
    else if (rule.kind === 'built-in') leave(violation, 'protected', dangerOf(rule.name) ?? violation.reason);
    else if (kind === 'network') refusedNetwork(violation, entries, leave);
    else if (isSecret(target, context)) leave(violation, 'secret', 'a place of credentials');
    else if (rule.kind === 'policy' || operation === 'read') leave(violation, 'denied', violation.reason);
    else if (containsPath(context.home, target as AbsolutePath)) atHome.push({ path: target as AbsolutePath, kind: operation === 'create' ? 'directory' : operation === 'remove' ? 'removed' : 'file' });
    else refusedWrite(target as AbsolutePath, context, entries, (reason) => leave(violation, 'system', reason));
  }
  return { entries: [...entries.values()], notProposed: [...notProposed.values()], atHome };
}

export function isSecret(target: string, context: PathContext): boolean {
  return SECRET_PLACES.some((place) => containsPath(expandPath(place, context), target as AbsolutePath));
}

/** Outside of the home directory: the directory around it, unless the system lives there. */
function refusedWrite(target: AbsolutePath, context: PathContext, entries: Map<string, LearnedEntry>, leave: (reason: string) => void): void {
  const directory = parentPath(target);
  if (directory === '/' || !isSpellable(directory) || SHARED_PLACES.some((place) => containsPath(place, directory))) return leave('a directory of the system, which other programs use');
  const value = spelledPath(directory, context);
  entries.set(value, learnedEntry('allowWrite', value, [...(entries.get(value)?.because ?? []), target], true));
}

function refusedNetwork(violation: Violation, entries: Map<string, LearnedEntry>, leave: (violation: Violation, kind: NotProposed['kind'], reason: string) => void): void {
  const { rule, target } = violation;
  if (target.startsWith('/')) {
    const edit = violationFixes(violation)[0]?.edit;
    if (KEY_AGENTS.test(target)) return leave(violation, 'secret', 'an agent that holds keys');
    if (edit?.kind !== 'append') return leave(violation, 'engine', 'a socket through which the machine or the desktop is controlled');
    const value = String(edit.value);
    return void entries.set(value, learnedEntry('allowUnixSockets', value, [target], true));
  }
  if (rule.kind === 'policy' && rule.pointer.startsWith('/network/denied')) return leave(violation, 'denied', violation.reason);
  const isOwn = /^(localhost|127\.|\[::1\])/.test(target);
  return leave(violation, 'local', isOwn ? 'a service of this machine: recorded with --local-services' : violation.reason);
}
