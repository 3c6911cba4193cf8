import { absolutePath, decide, describeViolation, isNameOutOfReach, nodeAt, printable, rangeAt, rangeOf, resolvePolicy, spellPath, type AbsolutePath, type PolicyPointer, type PolicyRequest, type PolicySyntax, type ResolvedPolicy, type TextRange, type ValidatedPolicy, type Violation } from 'sandbox-core/policy';
import { DiagnosticSeverity, type Diagnostic, type DiagnosticRelatedInformation } from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import { VIOLATION_CODE_PREFIX, VIOLATION_SOURCE, type ViolationsParams } from '../protocol';
import { toRange } from './problems';

interface Place {
  readonly base: AbsolutePath;
  readonly home: AbsolutePath;
}

/** More on one policy would bury the others in the Problems panel; the newest are shown. */
const MAX_SHOWN = 200;
const MAX_COMMAND = 160;
const MAX_STARTER = 80;
/** A request's target names its port only where it is another. */
const HTTP_PORT = 80;

/**
 * Those that the policy as it stands now would refuse again, each on the rule that now would: an edit moves rules, and may
 * have settled the matter. Without a context to judge by, or a valid policy, all as they were reported.
 *
 * @param resolved with all that the policy extends
 */
export function currentViolations(resolved: ResolvedPolicy | undefined, reported: ViolationsParams | undefined): readonly Violation[] {
  if (!reported?.context || !resolved) return reported?.violations ?? [];
  return reported.violations.flatMap((violation) => {
    if (violation.rule.kind === 'built-in' || violation.kind === 'command') return [violation];
    const { outcome, rule, reason } = decide(resolved, requestOf(violation));
    if (outcome === 'deny') return [{ ...violation, rule, reason }];
    return isAboutName(violation) && isNameOutOfReach(resolved, absolutePath(violation.target)) ? [{ ...violation, rule }] : [];
  });
}

/** Reported although an entry allows the path: see `isNameOutOfReach`. */
function isAboutName({ kind, rule }: Violation): boolean {
  return kind === 'filesystem' && rule.kind === 'policy' && rule.pointer.startsWith('/filesystem/allowWrite/');
}

/** A policy that extends nothing, as violations are judged by. */
export function resolvedAlone({ policy }: ValidatedPolicy, reported: ViolationsParams | undefined): ResolvedPolicy | undefined {
  if (!reported?.context || !policy || policy.extends) return undefined;
  return resolvePolicy(policy, { base: absolutePath(reported.context.base), home: absolutePath(reported.context.home), canonicalPath: (path) => path, builtIn: [] });
}

function requestOf({ kind, operation, target }: Violation): PolicyRequest {
  if (kind === 'filesystem') return { kind: operation === 'read' ? 'read' : 'write', path: absolutePath(target) };
  if (operation === 'resolve') return { kind: 'resolve', host: target };
  const { host, port } = /^(?:\w+ http:\/\/)?(?<host>.*?)(?::(?<port>\d+))?(?:\/.*)?$/.exec(target)?.groups ?? {};
  return { kind: 'connect', host: host ?? target, port: Number(port ?? HTTP_PORT) };
}

/**
 * What the sandbox refused, on the rule of the *current* text that refused it. Paths are short where they lie in the place: a line of the Problems panel is.
 *
 * @param withRelated for a client that shows related information: which command it was, and of which terminal or task
 */
export function violationDiagnostics(document: TextDocument, syntax: PolicySyntax, violations: readonly Violation[], place: Place, withRelated = false): Diagnostic[] {
  return violations.slice(-MAX_SHOWN).map((violation) => {
    const range = toRange(document, violationRange(syntax, violation));
    const related = withRelated ? startedBy(violation) : [];
    return {
      range,
      severity: DiagnosticSeverity.Warning,
      code: VIOLATION_CODE_PREFIX + violation.operation,
      source: VIOLATION_SOURCE,
      message: message(violation, place),
      ...(related.length > 0 && { relatedInformation: related.map((words): DiagnosticRelatedInformation => ({ location: { uri: document.uri, range }, message: words })) }),
    };
  });
}

/** The words of a command are whatever somebody in the workspace wrote. */
function startedBy({ command, task }: Violation): string[] {
  return [...(command && command.length > 0 ? [`command: ${printable(command.join(' '), MAX_COMMAND)}`] : []), ...(task === undefined ? [] : [`started by: ${printable(task, MAX_STARTER)}`])];
}

/** The rule, or the `extends` that it came with; for a default, the key of the list that has no rule for the target; for a built-in one, the block; a refused system call has only the file. */
export function violationRange(syntax: PolicySyntax, { rule, kind }: Violation): TextRange {
  if (!syntax.root) return { offset: 0, length: 0 };
  if (kind === 'system-call') return { offset: syntax.root.offset, length: 1 };
  const isExtended = rule.kind === 'policy' && rule.file !== undefined && nodeAt(syntax.root, '/extends') !== undefined;
  const pointer = isExtended ? '/extends' : rule.kind === 'built-in' ? `/${kind === 'network' ? 'network' : 'filesystem'}` : rule.pointer;
  const node = rangeAt(syntax.root, pointer as PolicyPointer); // set at parse, or a constant
  const key = rule.kind === 'policy' ? undefined : node.parent?.children?.[0];
  return rangeOf(key ?? node);
}

function message(violation: Violation, place: Place): string {
  const by = violation.program === undefined ? '' : ` (by ${violation.program.slice(violation.program.lastIndexOf('/') + 1)})`;
  const from = violation.task === undefined ? '' : ` in ${violation.task}`;
  return `${describeViolation({ ...violation, target: shownTarget(violation, place) })}${by}${from}`;
}

function shownTarget({ kind, target }: Violation, place: Place): string {
  return kind === 'filesystem' && target.startsWith('/') ? spellPath(absolutePath(target), place) : target;
}
