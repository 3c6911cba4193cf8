import { describePointer, schemaAt, toPointer, type PolicyPlatform, type SchemaNode } from 'sandbox-core/policy';
import { findNodeAtOffset, getNodePath, type Node } from 'jsonc-parser';
import { MarkupKind, type Hover } from 'vscode-languageserver-types';

import type { CountContext } from '../files/count-files';
import type { PolicyView } from '../policy-view';
import { extendedFacts } from './extended-facts';
import { toRange } from './problems';
import { valueFacts } from './value-facts';

const PLATFORM_NAMES: Readonly<Record<PolicyPlatform, string>> = { linux: 'Linux', macos: 'macOS', windows: 'Windows' };

/**
 * What the key or value under the cursor means, from the schema, and what a path or domain comes to here. Of the document's
 * own text only those two are shown, as code.
 */
export async function hover(view: PolicyView, offset: number, context: CountContext): Promise<Hover | undefined> {
  const node = findNodeAtOffset(view.root, offset);
  if (!node) return undefined;
  const pointer = toPointer(getNodePath(node));
  const schema = schemaAt(pointer);
  const value = view.valueAt(offset);
  const facts = value ? await valueFacts(view, value, context) : extendedFacts(view, pointer);
  const meaning = schema?.description === undefined ? '' : describe(title(pointer, schema), schema);
  const text = [facts.join('  \n'), meaning].filter((part) => part !== '').join('\n\n---\n\n');
  return text === '' ? undefined : { range: toRange(view.document, hoverRange(node)), contents: { kind: MarkupKind.Markdown, value: text } };
}

/** A block is too large to be highlighted; its key stands for it. */
function hoverRange(node: Node): Node {
  const isBlock = node.type === 'object' || node.type === 'array';
  return isBlock && node.parent?.type === 'property' ? (node.parent.children?.[0] ?? node) : node;
}

/** Keys of a record (deniedDomainReasons) are the document's own text, so only what the schema names is shown; of an entry, its list. */
function title(pointer: string, schema: SchemaNode): string {
  const named = pointer.replace(/\/\d+$/, '');
  const isNamed = named !== '' && schemaAt(named.slice(0, named.lastIndexOf('/')))?.additionalProperties === false;
  return isNamed ? describePointer(named) : (schema.title ?? 'srt policy');
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
