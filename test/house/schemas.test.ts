import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import Ajv from 'ajv';
import { callViolation, commandViolation, networkViolation } from 'sandbox-core/internal/monitor/reports';
import { formats } from 'sandbox-core/internal/policy/formats';
import { policySchema, schemaAt, type SchemaNode } from 'sandbox-core/policy';

import { root } from '../support/cli';

const ajv = new Ajv({ strict: true, strictTypes: false, allowUnionTypes: true, keywords: ['x-srt', 'enumDescriptions', 'defaultSnippets'], formats });
ajv.addSchema(policySchema, 'policy');

/** Every schema of a named property, with its JSON pointer inside the schema. */
function properties(node: SchemaNode, pointer: string): { readonly pointer: string; readonly schema: SchemaNode }[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, schema]) => [{ pointer: `${pointer}/properties/${key}`, schema }, ...properties(schema, `${pointer}/properties/${key}`)]);
  const definitions = Object.entries(node.definitions ?? {}).flatMap(([key, schema]) => properties(schema, `${pointer}/definitions/${key}`));
  const branches = (node.anyOf ?? []).flatMap((schema, index) => properties(schema, `${pointer}/anyOf/${index}`));
  return [...own, ...definitions, ...branches];
}

describe('the policy schema', () => {
  const all = properties(policySchema, '');

  it('describes every key: what it does, where, and an example that is valid', () => {
    assert.ok(all.length > 90, `${all.length} keys`);
    const faults = all.flatMap(({ pointer, schema }) => [
      ...(schema.description === undefined ? [`${pointer} has no description`] : []),
      ...(schema['x-srt'] === undefined ? [`${pointer} does not say on which platforms it works`] : []),
      ...(schema.examples === undefined ? [`${pointer} has no example`] : []),
      ...(schema.examples ?? []).filter((example) => !ajv.validate({ $ref: `policy#${pointer}` }, example)).map((example) => `${pointer}: the example ${JSON.stringify(example)} is not valid`),
      ...('default' in schema && !ajv.validate({ $ref: `policy#${pointer}` }, schema.default) ? [`${pointer}: the default is not valid`] : []),
    ]);
    assert.deepEqual(faults, []);
  });

  it('names no key twice for one pointer, and is found by pointer', () => {
    assert.equal(schemaAt('/filesystem/denyRead/0/path')?.type, 'string');
    assert.equal(schemaAt('/credentials/envVars/3/mode')?.enum?.length, 2);
    assert.equal(schemaAt('/network/constructor'), undefined);
    assert.equal(schemaAt('/nowhere/at/all'), undefined);
  });
});

describe('the violation schema', () => {
  it('describes the records that are written', () => {
    const schema = JSON.parse(readFileSync(join(root, 'schemas', 'violation.schema.json'), 'utf8')) as object;
    const decision = { outcome: 'deny', rule: { kind: 'default', pointer: '/network/allowedDomains' }, reason: 'x', overridden: [] } as const;
    const record = networkViolation({ operation: 'connect', source: 'network', target: 'a.test:443', decision }, { command: ['x'], task: 'y' }, new Date());
    const validate = new Ajv({ strict: true }).compile(schema);
    assert.equal(validate(record), true, JSON.stringify(validate.errors));
    const call = callViolation({ target: 'ptrace', why: 'x', pid: 7, program: '/usr/bin/strace' }, { command: ['x'] }, new Date());
    assert.equal(validate(call), true, JSON.stringify(validate.errors));
    const refused = commandViolation({ words: ['x'], decision }, { command: ['x'] }, new Date());
    assert.equal(validate(refused), true, JSON.stringify(validate.errors));
    assert.equal(validate({ ...record, version: 6 }), false);
  });
});
