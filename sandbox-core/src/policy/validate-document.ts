import type { Node } from 'jsonc-parser';

import { embeddedDialect, type EmbeddedDialect, type PolicyDialect } from './dialects';
import { nodeAt, parsePolicy, printable, rangeOf } from './parse';
import { childPointer, toPointer, type PolicyPointer } from './pointer';
import { problemSeverities, type PolicyEdit, type Problem } from './problem';
import { PATH_LISTS } from './rules/entries';
import { keysAt } from './schema';
import { applySeverities } from './severities';
import { findProblems, jsonValue, problemsToShow, validatePolicy, type ValidatedPolicy, type ValidationOptions } from './validate';

export interface DocumentOptions extends ValidationOptions {
  readonly dialect: PolicyDialect;
}

/**
 * All problems of a file that holds policies: a policy of its own, or blocks in another program's settings, with the same
 * checks at their place in the file. What those settings are besides, and whether they are JSON, is for others to say.
 */
export function validateDocument(text: string, { dialect, ...options }: DocumentOptions): ValidatedPolicy {
  if (dialect === 'policy') return validatePolicy(text, options);
  options.memory?.begin();
  const syntax = parsePolicy(text);
  const { root } = syntax;
  const format = embeddedDialect(dialect);
  const problems = root ? format.blocks(root).flatMap((block) => checkBlock(text, root, block, format, options)) : [];
  return { syntax: { ...syntax, problems: [] }, problems: applySeverities(problemsToShow(problems), options.severities ?? {}) };
}

function checkBlock(text: string, root: Node, block: PolicyPointer, format: EmbeddedDialect, options: ValidationOptions): Problem[] {
  const node = nodeAt(root, block);
  if (!node) return [];
  const value = jsonValue(text.slice(node.offset, node.offset + node.length), node);
  const unknown = unknownPaths(value, format);
  const found = findProblems(asPolicy(value, format), node, options).problems.filter(({ code, pointer }) => !format.silent.has(code) && !(pointer !== undefined && unknown.has(pointer)));
  return [...found.map((problem) => below(block, problem)), ...foreignKeys(node, block, format), ...switchedOff(root, block, node, format)];
}

/** What the block says as a policy: without the keys that are not a policy's, with the lists that it may leave out. */
function asPolicy(value: unknown, format: EmbeddedDialect): unknown {
  const block = withoutForeign(value, '', format);
  if (!isRecord(block)) return block;
  const network = withoutForeign(block['network'] ?? {}, 'network', format);
  const filesystem = withoutForeign(block['filesystem'] ?? {}, 'filesystem', format);
  return {
    ...block,
    network: isRecord(network) ? { allowedDomains: [], deniedDomains: [], ...network } : network,
    filesystem: isRecord(filesystem) ? { denyRead: [], allowWrite: [], denyWrite: [], ...expandPaths(filesystem, format) } : filesystem,
  };
}

function withoutForeign(value: unknown, at: string, format: EmbeddedDialect): unknown {
  if (!isRecord(value)) return value;
  const isForeign = (key: string): boolean => format.ownKeys[at]?.includes(key) === true || (isPolicyKey(at, key) && format.keys[at]?.includes(key) !== true);
  return Object.fromEntries(Object.entries(value).filter(([key]) => !isForeign(key)));
}

function expandPaths(filesystem: Readonly<Record<string, unknown>>, format: EmbeddedDialect): Record<string, unknown> {
  const lists = PATH_LISTS.flatMap((list) => {
    const entries: unknown = filesystem[list];
    return Array.isArray(entries) ? [[list, entries.map((entry: unknown) => (typeof entry === 'string' ? (format.variables(entry) ?? entry) : entry))] as const] : [];
  });
  return { ...filesystem, ...Object.fromEntries(lists) };
}

/** Entries with a variable that only the other program knows: nothing can be said about them. */
function unknownPaths(value: unknown, format: EmbeddedDialect): ReadonlySet<string> {
  const filesystem = isRecord(value) && isRecord(value['filesystem']) ? value['filesystem'] : {};
  return new Set(
    PATH_LISTS.flatMap((list) => {
      const entries: unknown = filesystem[list];
      return Array.isArray(entries) ? entries.flatMap((entry: unknown, index) => (typeof entry === 'string' && format.variables(entry) === undefined ? [toPointer(['filesystem', list, index])] : [])) : [];
    }),
  );
}

/** Keys of a policy that this program does not take. */
function foreignKeys(node: Node, block: PolicyPointer, format: EmbeddedDialect): Problem[] {
  return Object.entries(format.keys).flatMap(([at, known]) => {
    const object = at === '' ? node : nodeAt(node, `/${at}`);
    return (object?.children ?? []).flatMap((property): Problem[] => {
      const key = property.children?.[0];
      const name = String(key?.value);
      if (!key || object?.type !== 'object' || known.includes(name) || format.ownKeys[at]?.includes(name) === true || !isPolicyKey(at, name)) return [];
      const pointer = childPointer(at === '' ? block : childPointer(block, at), name);
      return [{ code: 'unknown-key', severity: 'warning', message: `"${printable(name)}" is a key of sandbox-runtime's own policies, not of ${format.name}`, range: rangeOf(key), pointer }];
    });
  });
}

function switchedOff(root: Node, block: PolicyPointer, node: Node, format: EmbeddedDialect): Problem[] {
  const reason = format.switchedOff(root, block);
  const hasRules = ['network', 'filesystem'].some((key) => (nodeAt(node, `/${key}`)?.children?.length ?? 0) > 0);
  if (reason === undefined || !hasRules) return [];
  const key = node.parent?.children?.[0] ?? node;
  return [{ code: 'leftover-list', severity: problemSeverities['leftover-list'], message: `has no effect: ${reason}`, range: rangeOf(key), pointer: block }];
}

/** Other programs' settings grow by keys of their own, so one that is not known may well be right. */
function below(block: PolicyPointer, { pointer, fixes, ...problem }: Problem): Problem {
  const severity = problem.code === 'unknown-key' ? 'warning' : problem.severity;
  const moved = fixes?.map((fix) => ({ ...fix, edit: moveEdit(block, fix.edit) }));
  return { ...problem, severity, ...(pointer !== undefined && { pointer: join(block, pointer) }), ...(moved && { fixes: moved }) };
}

function moveEdit(block: PolicyPointer, edit: PolicyEdit): PolicyEdit {
  return edit.kind === 'replace-text' ? edit : { ...edit, pointer: join(block, edit.pointer) };
}

function join(block: PolicyPointer, pointer: PolicyPointer): PolicyPointer {
  return (block + pointer) as PolicyPointer; // two pointers, one behind the other
}

function isPolicyKey(at: string, key: string): boolean {
  return keysAt(at === '' ? '' : toPointer([at])).includes(key);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
