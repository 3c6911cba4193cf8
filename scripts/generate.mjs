// Regenerates every committed *.generated.* file: `npm run generate`.
// test/generated.test.ts imports generatedFiles() and fails, naming that command, when one of them is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import Ajv from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { _ } from 'ajv';
import { compile } from 'json-schema-to-typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const FORMATS = ['srt-path', 'srt-domain', 'srt-denied-domain', 'srt-host', 'srt-ip-or-cidr', 'srt-absolute-path', 'srt-regex-with-group', 'srt-http-url'];

/** The annotations that only people, editors and our own code read. */
const ANNOTATIONS = ['x-srt', 'enumDescriptions', 'defaultSnippets'];

export async function generatedFiles() {
  const policy = readSchema('policy');
  const violation = readSchema('violation');
  return [
    { path: 'sandbox-core/src/policy/policy.generated.ts', content: await types(policy, 'schemas/policy.schema.json') },
    { path: 'sandbox-core/src/policy/violation.generated.ts', content: await types(violation, 'schemas/violation.schema.json') },
    { path: 'sandbox-core/src/policy/policy-validator.generated.ts', content: validator(policy, 'schemas/policy.schema.json') },
    { path: 'sandbox-core/src/policy/policy-schema.generated.ts', content: constant(policy, 'schemas/policy.schema.json') },
  ];
}

function readSchema(name) {
  return JSON.parse(readFileSync(join(root, 'schemas', `${name}.schema.json`), 'utf8'));
}

function header(source) {
  return `// Generated from ${source} by: npm run generate. Do not edit.\n`;
}

async function types(schema, source) {
  const code = await compile(withoutDefaultsBesideReferences(schema), schema.title, {
    bannerComment: header(source).trimEnd(),
    additionalProperties: false,
    format: true,
    style: { singleQuote: true, printWidth: 120 },
  });
  return code.replaceAll(/^(\s+)(?!\*)(\w+\??: )/gm, '$1readonly $2');
}

/** json-schema-to-typescript reads a default beside allOf as one more type to intersect with. */
function withoutDefaultsBesideReferences(node) {
  if (Array.isArray(node)) return node.map(withoutDefaultsBesideReferences);
  if (node === null || typeof node !== 'object') return node;
  const entries = Object.entries(node).filter(([key]) => !(key === 'default' && 'allOf' in node));
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutDefaultsBesideReferences(value)]));
}

/** Compiled ahead of time: compiling the schema would cost every start of the CLI some 50 ms. */
function validator(schema, source) {
  // Stand-ins: the generated code takes the real ones from formats.ts.
  const formats = Object.fromEntries(FORMATS.map((name) => [name, () => true]));
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    strictTypes: false,
    allowUnionTypes: true,
    keywords: ANNOTATIONS,
    formats,
    code: { source: true, esm: true, formats: _`require('./formats').formats` },
  });
  const code = standaloneCode(ajv, ajv.compile(stripAnnotations(schema)));
  return `${header(source)}// @ts-nocheck -- plain JavaScript, as ajv writes it\n/* eslint-disable */\n${code}\n`;
}

function stripAnnotations(node) {
  if (Array.isArray(node)) return node.map(stripAnnotations);
  if (node === null || typeof node !== 'object') return node;
  const dropped = new Set([...ANNOTATIONS, 'deprecated', 'examples', 'default', 'description', 'title']);
  const entries = Object.entries(node).filter(([key]) => !dropped.has(key));
  return Object.fromEntries(entries.map(([key, value]) => [key, key === 'properties' ? mapValues(value, stripAnnotations) : stripAnnotations(value)]));
}

function mapValues(object, transform) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, transform(value)]));
}

function constant(schema, source) {
  return `${header(source)}import type { SchemaNode } from './schema';\n\n/** The schema itself, for hovers and completion. */\nexport const policySchema: SchemaNode = ${JSON.stringify(schema, null, 1)};\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of await generatedFiles()) {
    writeFileSync(join(root, file.path), file.content);
    console.log(`wrote ${file.path}`);
  }
}
