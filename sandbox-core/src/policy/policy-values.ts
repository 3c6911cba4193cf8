import type { Node } from 'jsonc-parser';

import { childPointer, pointerSegments, ROOT_POINTER, type PolicyPointer } from './pointer';
import { policySchema } from './policy-schema.generated';
import { childSchema, type SchemaNode } from './schema';

export type PolicyValueKind = 'path' | 'domain';

/** A text of a policy that names files or hosts, where it stands. */
export interface PolicyValue {
  readonly kind: PolicyValueKind;
  readonly text: string;
  readonly node: Node;
  readonly pointer: PolicyPointer;
  /** No character of the path is special. */
  readonly literal: boolean;
}

const PATH_FORMATS = new Set(['srt-path', 'srt-absolute-path']);
const DOMAIN_FORMATS = new Set(['srt-domain', 'srt-denied-domain', 'srt-host']);

/** Every path and domain of a policy, in the order of the text; a reason's key names a domain too. */
export function policyValues(root: Node): PolicyValue[] {
  const found: PolicyValue[] = [];
  collect(root, ROOT_POINTER, policySchema, found);
  return found;
}

/** What a text at this place of a policy would name, whether or not one stands there. */
export function valueKindAt(pointer: string): PolicyValueKind | undefined {
  let schema: SchemaNode | undefined = policySchema;
  for (const segment of pointerSegments(pointer)) schema = schema && childSchema(schema, segment);
  return schema && kindOf(schema);
}

function collect(node: Node, pointer: PolicyPointer, schema: SchemaNode, found: PolicyValue[]): void {
  if (node.type === 'string') add(node, pointer, schema, found);
  else if (node.type === 'array') collectItems(node, pointer, schema, found);
  else if (node.type === 'object') for (const property of node.children ?? []) collectProperty(node, property, pointer, schema, found);
}

function collectItems(list: Node, pointer: PolicyPointer, schema: SchemaNode, found: PolicyValue[]): void {
  const items = childSchema(schema, 0);
  if (!items) return;
  for (const [index, item] of (list.children ?? []).entries()) collect(item, childPointer(pointer, index), items, found);
}

function collectProperty(object: Node, property: Node, pointer: PolicyPointer, schema: SchemaNode, found: PolicyValue[]): void {
  const [key, value] = property.children ?? [];
  if (key?.type !== 'string') return;
  const name = String(key.value);
  const at = childPointer(pointer, name);
  if (pointer === '/network/deniedDomainReasons') found.push({ kind: 'domain', text: name, node: key, pointer: at, literal: true });
  const inner = childSchema(schema, name);
  if (!value || !inner) return;
  if (value.type === 'string' && name === 'path' && isLiteralPath(object)) add(value, at, inner, found, true);
  else collect(value, at, inner, found);
}

function add(node: Node, pointer: PolicyPointer, schema: SchemaNode, found: PolicyValue[], literal = false): void {
  const kind = kindOf(schema);
  if (kind) found.push({ kind, text: String(node.value), node, pointer, literal });
}

function isLiteralPath(object: Node): boolean {
  return object.children?.some(({ children }) => children?.[0]?.value === 'literal' && children[1]?.value === true) === true;
}

function kindOf(schema: SchemaNode): PolicyValueKind | undefined {
  const formats = [schema.format, ...(schema.anyOf ?? []).map((branch) => branch.format)];
  if (formats.some((format) => format !== undefined && PATH_FORMATS.has(format))) return 'path';
  return formats.some((format) => format !== undefined && DOMAIN_FORMATS.has(format)) ? 'domain' : undefined;
}
