import { closest, distance } from 'fastest-levenshtein';
import { getNodeValue, type Node } from 'jsonc-parser';

import { formatErrors } from './formats';
import { nodeAt, printable, rangeOf } from './parse';
import { validate as generatedValidate } from './policy-validator.generated';
import { problemSeverities, type Fix, type Problem, type ProblemCode } from './problem';
import { childPointer, describePointer, type PolicyPointer } from './pointer';
import { emptyValueAt, keysAt } from './schema';
import type { PartialPolicy } from './validate';

/** ajv's error object, as far as it is read here. */
interface ShapeError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>> & { readonly comparison?: string; readonly limit?: number; readonly pattern?: string };
}

interface ShapeValidator {
  (value: unknown): boolean;
  errors?: readonly ShapeError[] | null;
}

const validateShape = generatedValidate as ShapeValidator; // generated without types

/** A typo changes at most a third of a word. */
const MAX_TYPO_SHARE = 1 / 3;

export interface ShapeResult {
  readonly problems: readonly Problem[];
  /** The parts of the value that have the right shape. */
  readonly usable: PartialPolicy;
}

/** Holds a value against schemas/policy.schema.json. */
export function findShapeProblems(value: unknown, root: Node): ShapeResult {
  if (validateShape(value)) return { problems: [], usable: value as PartialPolicy }; // just validated
  const errors = withoutMisspelled(withoutBranches(validateShape.errors ?? []));
  return { problems: errors.map((error) => toProblem(error, root)), usable: withoutFaults(value, errors) };
}

/** What a value of the right type can get wrong. */
const VALUE_FAULTS = new Set(['additionalProperties', 'minLength', 'format']);

/** Of an `anyOf` only its verdict is kept, or the fault of the branch that was meant: the others would contradict it. */
function withoutBranches(errors: readonly ShapeError[]): ShapeError[] {
  const choices = new Map(errors.filter((error) => error.keyword === 'anyOf').map((choice) => [choice.instancePath, { choice, faults: [] as ShapeError[] }]));
  const others = errors.filter((error) => {
    const at = choices.get(error.instancePath) ?? choices.get(error.instancePath.slice(0, error.instancePath.lastIndexOf('/')));
    if (at && VALUE_FAULTS.has(error.keyword)) at.faults.push(error);
    return !at;
  });
  return [...others, ...[...choices.values()].flatMap(({ choice, faults }) => (faults.length > 0 ? faults : [choice]))];
}

/** A required key that is there, misspelled, is one mistake and not two. */
function withoutMisspelled(errors: readonly ShapeError[]): ShapeError[] {
  const meant = new Set(
    errors.filter((error) => error.keyword === 'additionalProperties').map((error) => `${error.instancePath}/${similarKey(error.instancePath as PolicyPointer, String(error.params['additionalProperty']))}`), // ajv's instance paths are JSON pointers
  );
  return errors.filter((error) => error.keyword !== 'required' || !meant.has(`${error.instancePath}/${String(error.params['missingProperty'])}`));
}

function toProblem(error: ShapeError, root: Node): Problem {
  const pointer = error.instancePath as PolicyPointer; // ajv's instance paths are JSON pointers
  const node = nodeAt(root, pointer) ?? root;
  switch (error.keyword) {
    case 'required':
      return missingKey(pointer, String(error.params['missingProperty']), node);
    case 'additionalProperties':
      return unknownKey(pointer, String(error.params['additionalProperty']), node);
    case 'format':
      return badFormat(pointer, String(error.params['format']), node);
    case 'type':
      return problem('wrong-type', `expected ${article(String(error.params['type']))}, found ${describeValue(node)}`, node, pointer);
    case 'enum':
      return problem('wrong-value', `expected one of ${listed(error.params['allowedValues'])}, found ${describeValue(node)}`, node, pointer, enumFixes(pointer, error, node));
    case 'anyOf':
      return problem('wrong-type', `expected ${entryKind(pointer)}, found ${describeValue(node)}`, node, pointer);
    case 'minLength':
      return problem(isPathPointer(pointer) ? 'invalid-path' : 'wrong-value', isPathPointer(pointer) ? 'a path cannot be empty' : 'expected some text, found an empty string', node, pointer);
    default:
      return problem('wrong-value', describeLimit(error, node), node, pointer);
  }
}

function missingKey(parent: PolicyPointer, key: string, node: Node): Problem {
  const pointer = childPointer(parent, key);
  const value = emptyValueAt(pointer);
  const fixes: Fix[] = [{ title: `Add "${key}"`, edit: { kind: 'set', pointer, value }, preferred: true }];
  const found: Problem = problem('missing-key', `"${key}" is required${parent === '' ? '' : ` in "${describePointer(parent)}"`}`, node, parent, fixes);
  // The whole block would be underlined; its first character is enough.
  return { ...found, range: { offset: node.offset, length: 1 } };
}

function unknownKey(parent: PolicyPointer, key: string, node: Node): Problem {
  const pointer = childPointer(parent, key);
  const keyNode = node.children?.find((property) => property.children?.[0]?.value === key)?.children?.[0] ?? node;
  const similar = similarKey(parent, key);
  const isPresent = node.children?.some((property) => property.children?.[0]?.value === similar) === true;
  const shown = `"${printable(key)}"`;
  const remove: Fix = { title: `Remove ${shown}`, edit: { kind: 'remove', pointer }, preferred: false };
  if (similar === undefined) return problem('unknown-key', `unknown key ${shown}`, keyNode, pointer, [remove]);
  if (isPresent) return problem('unknown-key', `unknown key ${shown}; did you mean "${similar}", which is here too?`, keyNode, pointer, [remove]);
  const rename: Fix = { title: `Change to "${similar}"`, edit: { kind: 'rename-key', pointer, to: similar }, preferred: !WIDENING_KEY.test(similar) };
  return problem('unknown-key', `unknown key ${shown}; did you mean "${similar}"?`, keyNode, pointer, [rename, remove]);
}

/** Keys that open something: under its wrong name the key was dropped, so the right one allows more than before. */
const WIDENING_KEY = /^(?:allow|disabled$|enable|exclude|inject|lift)/;

function similarKey(parent: PolicyPointer, key: string): string | undefined {
  const known = keysAt(parent);
  if (known.length === 0) return undefined;
  const best = closest(key.toLowerCase(), known.map((name) => name.toLowerCase()));
  const name = known.find((candidate) => candidate.toLowerCase() === best) ?? best;
  return distance(key.toLowerCase(), best) <= Math.max(1, Math.floor(best.length * MAX_TYPO_SHARE)) ? name : undefined;
}

function badFormat(pointer: PolicyPointer, format: string, node: Node): Problem {
  const reason = formatErrors[format]?.(String(node.value)) ?? 'not of the expected form';
  const code: ProblemCode = /domain|host$/.test(format) ? 'invalid-domain' : format === 'srt-ip-or-cidr' ? 'invalid-address' : format.endsWith("path") ? 'invalid-path' : 'wrong-value';
  return problem(code, `${describeValue(node)}: ${reason}`, node, pointer);
}

function enumFixes(pointer: PolicyPointer, error: ShapeError, node: Node): Fix[] {
  const allowed = Array.isArray(error.params['allowedValues']) ? error.params['allowedValues'].map(String) : [];
  const best = typeof node.value === 'string' && allowed.length > 0 ? closest(node.value, allowed) : undefined;
  return best === undefined ? [] : [{ title: `Change to "${best}"`, edit: { kind: 'set', pointer, value: best }, preferred: false }];
}

function describeLimit(error: ShapeError, node: Node): string {
  const { comparison, limit, pattern, allowedValue } = error.params;
  if (comparison !== undefined) return `expected a number ${comparison} ${limit}, found ${describeValue(node)}`;
  if (error.keyword === 'minItems') return `expected at least ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  if (error.keyword === 'maxItems') return `expected at most ${limit} entries`;
  if (error.keyword === 'maxLength') return `expected at most ${limit} characters, found ${describeValue(node)}`;
  if (error.keyword === 'const') return `expected ${JSON.stringify(allowedValue)}, found ${describeValue(node)}`;
  if (pattern !== undefined) return `${describeValue(node)} does not have the form ${pattern}`;
  return `not accepted: ${error.keyword}`;
}

function problem(code: ProblemCode, message: string, node: Node, pointer: PolicyPointer, fixes: readonly Fix[] = []): Problem {
  const severity = problemSeverities[code];
  return { code, severity, message, range: rangeOf(node), pointer, ...(fixes.length > 0 && { fixes }) };
}

function describeValue(node: Node): string {
  if (node.type === 'object' || node.type === 'array') return article(node.type);
  return printable(JSON.stringify(getNodeValue(node)));
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function listed(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : '';
}

function isPathPointer(pointer: PolicyPointer): boolean {
  return pointer.startsWith('/filesystem/') || pointer.startsWith('/credentials/files/');
}

/** A copy without the entries that errors point at, so that what reads it may rely on the types. */
function withoutFaults(value: unknown, errors: readonly ShapeError[]): PartialPolicy {
  const faulty = new Set(errors.filter((error) => error.keyword !== 'required' && error.keyword !== 'additionalProperties').map((error) => error.instancePath));
  const copied = copyWithout(value, '' as PolicyPointer, faulty); // the root's pointer is empty
  return typeof copied === 'object' && copied !== null && !Array.isArray(copied) ? copied : {};
}

const LEFT_OUT = Symbol('left out');

function copyWithout(value: unknown, pointer: PolicyPointer, faulty: ReadonlySet<string>): unknown {
  if (faulty.has(pointer)) return LEFT_OUT;
  // A faulty list entry leaves a hole, so that the entries behind it keep their indexes and with them their pointers.
  if (Array.isArray(value)) return value.map((item, index) => copyWithout(item, childPointer(pointer, index), faulty)).map((item) => (item === LEFT_OUT ? undefined : item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, copyWithout(item, childPointer(pointer, key), faulty)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== LEFT_OUT));
}

/** What the entries are that may be a text or an object. */
const PATH_ENTRY = 'a path, or { "path": "…", "literal": true }';
const BROKERED_COMMAND = 'the words of a command, such as "git push origin * [-u]", or { "command": "…", "directory": "caller" }';
const COMMAND_RULE = 'a program and words after it, one space between, or { "command": "…", "guidance": "…" }';

function entryKind(pointer: PolicyPointer): string {
  if (pointer.startsWith('/broker/allow/') || pointer.startsWith('/broker/ask/')) return BROKERED_COMMAND;
  return pointer.startsWith('/commands/') || pointer.startsWith('/broker/deny/') ? COMMAND_RULE : PATH_ENTRY;
}
