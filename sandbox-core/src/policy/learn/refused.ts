import { containsPath, parentPath, type AbsolutePath, type PathContext } from '../absolute-path';
import { dangerOf } from '../built-in';
import { isControlSocket, isKeyAgent } from '../control-sockets';
import { isSecret, isSpellable, SHARED_PLACES, spelledPath } from '../entry-for-write';
import { printable } from '../parse';
import type { Violation } from '../violation.generated';
import { learnedEntry, type LearnedEntry, type LearnFacts, type NotProposed, type WrittenPath } from './observations';

const MAX_TARGET = 400;
/** What an operation would have left. */
const LEFT_BY: Readonly<Partial<Record<Violation['operation'], WrittenPath['kind']>>> = { create: 'directory', remove: 'removed', rename: 'made' };

/** What a recording refused: proposed where that is harmless, else left out with a reason. */
export interface RefusedProposal {
  readonly entries: readonly LearnedEntry[];
  readonly notProposed: readonly NotProposed[];
  /** In the home directory, to be covered like what was written there. */
  readonly atHome: readonly WrittenPath[];
}

export function proposeRefused(violations: readonly Violation[], context: PathContext, facts: LearnFacts): RefusedProposal {
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
    else if (isSecret(target, context)) leave(violation, 'secret', 'a place of secrets');
    else if (rule.kind === 'policy' || operation === 'read') leave(violation, 'denied', violation.reason);
    else if (containsPath(context.home, target as AbsolutePath)) atHome.push({ path: target as AbsolutePath, kind: LEFT_BY[operation] ?? 'file' });
    else refusedWrite(violation, { context, facts, entries }, (reason) => leave(violation, 'system', reason));
  }
  return { entries: [...entries.values()], notProposed: [...notProposed.values()], atHome };
}

interface RefusedWrites {
  readonly context: PathContext;
  readonly facts: LearnFacts;
  readonly entries: Map<string, LearnedEntry>;
}

/** Outside of the home directory: the directory around it, unless the system lives there, or the project and others. */
function refusedWrite({ operation, target: written }: Violation, { context, facts, entries }: RefusedWrites, leave: (reason: string) => void): void {
  const target = written as AbsolutePath;
  const directory = parentPath(target);
  if (directory === '/' || !isSpellable(target) || SHARED_PLACES.some((place) => containsPath(place, directory))) return leave('a directory of the system, which other programs use');
  const isFileAlone = containsPath(directory, context.base);
  if (isFileAlone && !(operation === 'write' && facts.exists(target))) return leave(`new in ${directory}, which holds the working directory and what lies beside it: only an entry for all of it would allow that`);
  const value = spelledPath(isFileAlone ? target : directory, context);
  entries.set(value, learnedEntry('allowWrite', value, [...(entries.get(value)?.because ?? []), target], true));
}

function refusedNetwork(violation: Violation, entries: Map<string, LearnedEntry>, leave: (violation: Violation, kind: NotProposed['kind'], reason: string) => void): void {
  const { rule, target } = violation;
  if (target.startsWith('/')) {
    if (isKeyAgent(target)) return leave(violation, 'secret', 'an agent that holds keys');
    if (rule.kind !== 'default' || isControlSocket(target) || !isSpellable(target as AbsolutePath)) return leave(violation, 'engine', 'a socket through which the machine, the desktop or a program of yours is controlled');
    return void entries.set(target, learnedEntry('allowUnixSockets', target, [target], true));
  }
  if (rule.kind === 'policy' && rule.pointer.startsWith('/network/denied')) return leave(violation, 'denied', violation.reason);
  const isOwn = /^(localhost|127\.|\[::1\])/.test(target);
  return leave(violation, 'local', isOwn ? 'a service of this machine: recorded with --local-services' : violation.reason);
}
