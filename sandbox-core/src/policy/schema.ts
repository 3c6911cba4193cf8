import { policySchema } from './policy-schema.generated';
import { pointerSegments, type PointerSegment } from './pointer';

/** The platforms that the format knows. */
export type PolicyPlatform = 'linux' | 'macos' | 'windows';

/** The `x-srt` annotation: what JSON Schema has no words for. */
export interface SchemaNotes {
  /** Where the key has an effect. */
  readonly platforms: readonly PolicyPlatform[];
  /** Whether a change takes effect in a running session. */
  readonly live: boolean;
  /** Ours: sandbox-runtime does not know the key. */
  readonly extension?: boolean;
  /** The version of sandbox-runtime that first knew the key, where that is later than 0.0.78. */
  readonly since?: string;
  readonly platformNotes?: Readonly<Partial<Record<PolicyPlatform, string>>>;
}

/** A JSON Schema (draft-07), as far as policy.schema.json uses it. */
export interface SchemaNode {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly enumDescriptions?: readonly string[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly deprecated?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly additionalItems?: boolean;
  readonly propertyNames?: SchemaNode;
  readonly items?: SchemaNode | readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly definitions?: Readonly<Record<string, SchemaNode>>;
  readonly defaultSnippets?: readonly { readonly label: string; readonly description?: string; readonly body: unknown }[];
  readonly 'x-srt'?: SchemaNotes;
}

/** The schema of the value at a pointer, its references followed; what stands beside a reference wins over its target. */
export function schemaAt(pointer: string): SchemaNode | undefined {
  let node: SchemaNode | undefined = policySchema;
  for (const segment of pointerSegments(pointer)) node = node && childSchema(node, segment);
  return node;
}

/** One step of `schemaAt`, for whoever walks a whole document. */
export function childSchema(node: SchemaNode, segment: PointerSegment): SchemaNode | undefined {
  return follow(typeof segment === 'number' ? itemSchema(node, segment) : propertySchema(node, segment));
}

/** The keys that an object may have, in the order of the schema. */
export function keysAt(pointer: string): string[] {
  return Object.keys(objectBranch(schemaAt(pointer))?.properties ?? {});
}

/** The least that a value can be: an empty list, or a block with its own required keys. */
export function emptyValueAt(pointer: string): unknown {
  const schema = schemaAt(pointer);
  if (schema?.type === 'array') return [];
  if (schema?.type === 'object') return Object.fromEntries((schema.required ?? []).map((key) => [key, emptyValueAt(`${pointer}/${key}`)]));
  return schema?.default ?? (schema?.type === 'boolean' ? false : '');
}

function propertySchema(node: SchemaNode, key: string): SchemaNode | undefined {
  const object = objectBranch(node);
  const named = object?.properties !== undefined && Object.hasOwn(object.properties, key) ? object.properties[key] : undefined;
  return named ?? (typeof object?.additionalProperties === 'object' ? object.additionalProperties : undefined);
}

function itemSchema(node: SchemaNode, index: number): SchemaNode | undefined {
  const { items } = node;
  return isList(items) ? items[index] : items;
}

function isList(items: SchemaNode | readonly SchemaNode[] | undefined): items is readonly SchemaNode[] {
  return Array.isArray(items);
}

/** Of a choice, the branch that is an object: a path entry is a text or an object. */
function objectBranch(node: SchemaNode | undefined): SchemaNode | undefined {
  return node?.anyOf?.find((branch) => branch.type === 'object') ?? node;
}

function follow(node: SchemaNode | undefined): SchemaNode | undefined {
  const reference = node?.$ref ?? node?.allOf?.[0]?.$ref;
  if (reference === undefined) return node;
  return { ...policySchema.definitions?.[reference.replace('#/definitions/', '')], ...node };
}
