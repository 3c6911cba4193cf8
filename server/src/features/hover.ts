import { describePointer, schemaAt, toPointer, type PolicyPlatform, type PolicySyntax, type SchemaNode } from 'sandbox-core/policy';
import { findNodeAtOffset, getNodePath, type Node } from 'jsonc-parser';
import { MarkupKind, type Hover } from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import { toRange } from './problems';

const PLATFORM_NAMES: Readonly<Record<PolicyPlatform, string>> = { linux: 'Linux', macos: 'macOS', windows: 'Windows' };

/** What the key or value under the cursor means, from the schema. Nothing of the document's own text is shown. */
export function hover(document: TextDocument, syntax: PolicySyntax, offset: number): Hover | undefined {
  const node = syntax.root && findNodeAtOffset(syntax.root, offset);
  if (!node) return undefined;
  const pointer = toPointer(getNodePath(node));
  const schema = schemaAt(pointer);
  if (schema?.description === undefined) return undefined;
  return { range: toRange(document, hoverRange(node)), contents: { kind: MarkupKind.Markdown, value: describe(title(pointer, schema), schema) } };
}

/** A block is too large to be highlighted; its key stands for it. */
function hoverRange(node: Node): Node {
  const isBlock = node.type === 'object' || node.type === 'array';
  return isBlock && node.parent?.type === 'property' ? (node.parent.children?.[0] ?? node) : node;
}

/** Keys of a record (deniedDomainReasons) are the document's own text, so only what the schema names is shown. */
function title(pointer: string, schema: SchemaNode): string {
  const isNamed = pointer !== '' && schemaAt(pointer.slice(0, pointer.lastIndexOf('/')))?.additionalProperties === false;
  return isNamed ? describePointer(pointer) : (schema.title ?? 'srt policy');
}

function describe(heading: string, schema: SchemaNode): string {
  const notes = schema['x-srt'];
  const platforms = notes ? platformLines(schema) : [];
  const facts = [
    schema.default === undefined ? undefined : `Default: \`${JSON.stringify(schema.default)}\``,
    notes?.since === undefined ? undefined : `Since sandbox-runtime ${notes.since}`,
    notes?.live === true ? 'Takes effect in running sandboxes' : undefined,
  ].filter((fact) => fact !== undefined);
  const example = schema.examples?.[0];
  return [
    `**${heading}**`,
    schema.description ?? '',
    ...(platforms.length > 0 ? [platforms.join('\n')] : []),
    ...(facts.length > 0 ? [facts.join(' · ')] : []),
    ...(example === undefined ? [] : ['```json\n' + JSON.stringify(example, null, 2) + '\n```']),
  ].join('\n\n');
}

function platformLines(schema: SchemaNode): string[] {
  const notes = schema['x-srt'];
  const all: readonly PolicyPlatform[] = ['linux', 'macos', 'windows'];
  const isEverywhere = all.every((platform) => notes?.platforms.includes(platform));
  if (isEverywhere && notes?.platformNotes === undefined) return [];
  return all.map((platform) => {
    const has = notes?.platforms.includes(platform) === true;
    const note = notes?.platformNotes?.[platform] ?? (has ? 'as described' : 'no effect');
    return `- ${has ? '✓' : '✗'} ${PLATFORM_NAMES[platform]}: ${note}`;
  });
}
