import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import Ajv from 'ajv';
import { SandboxError } from 'sandbox-core';
import { followCommand } from 'sandbox-core/internal/launch/command-channel';
import { encodeFrame, FrameReader, joinStrings, type FieldValue } from 'sandbox-core/internal/launch/frame';
import { serveSession } from 'sandbox-core/internal/launch/session-server';
import { superviseCommand, type SupervisionOptions } from 'sandbox-core/internal/launch/supervision';
import { createViolationStream } from 'sandbox-core/internal/monitor/violation-stream';
import { absolutePath, type Violation } from 'sandbox-core/policy';

import { root } from '../../support/cli';
import { policyOf, resolved } from '../../support/policies';
import { fc } from '../../support/properties';
import { temporaryDirectory } from '../../support/temporary';

const policy = resolved(policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['./.env'], denyRead: ['~/.ssh'] }, limits: { wallSeconds: 5 } }));
const validate = new Ajv({ strict: true }).compile(JSON.parse(readFileSync(join(root, 'schemas', 'violation.schema.json'), 'utf8')) as object);
const PROGRAM = '/usr/bin/x\u001b]0;title\u0007\n\u202e';

/** What the supervisor's reports come to. Nothing here connects. */
function supervise() {
  const violations = createViolationStream();
  const answers: string[] = [];
  const options = { policy: () => policy, held: policy, architecture: 'x64', info: { command: ['make'] }, limits: undefined, violations, outside: () => true } as const;
  const handle = superviseCommand(options as unknown as SupervisionOptions);
  const report = (...fields: FieldValue[]): void => {
    for (const frame of new FrameReader(1 << 20).push(encodeFrame(...fields))) handle(frame, (answer) => answers.push(answer.toString('hex')));
  };
  return { violations, answers, report };
}

async function socketPair(context: TestContext): Promise<[Socket, Socket]> {
  const path = join(temporaryDirectory(context), 'socket');
  const server = createServer();
  await once(server.listen(path), 'listening');
  const client = connect(path);
  const [accepted] = (await once(server, 'connection')) as [Socket];
  context.after(() => (client.destroy(), accepted.destroy(), server.close()));
  client.on('error', () => undefined);
  return [client, accepted];
}

describe('reports from inside a sandbox', () => {
  it('show no control or direction characters, and no more than 1,024 of each text', () => {
    const { violations, report } = supervise();
    report('path', 'open', 'read-only', 7, PROGRAM, '/etc/a\nsrt: all is well\u001b[2J');
    report('path', 'open', 'read-only', 7, PROGRAM, `/etc/${'b'.repeat(100_000)}`);
    report('path', 'open', 'read-only', 7, PROGRAM, Buffer.from([0x2f, 0xff, 0xc0, 0x80, 0x61]));
    report('unix-connect', 7, PROGRAM, '/run/x\r\u0085\u2028');
    report('call', 101, 7, PROGRAM, 0, 0, 0);
    assert.equal(violations.violations.length, 5);
    for (const { target, program, reason } of violations.violations)
      for (const text of [target, program ?? '', reason]) assert.ok(text.length <= 1025 && !/[\p{Cc}\p{Bidi_C}\u2028]/u.test(text), JSON.stringify(text));
    assert.deepEqual(violations.violations.map(({ target }) => target.slice(0, 30)), ['/etc/a\ufffdsrt: all is well\ufffd[2J', `/etc/${'b'.repeat(25)}`, '/\ufffd\ufffd\ufffda', '/run/x\ufffd\ufffd\ufffd', 'ptrace']);
  });

  it('are no records where the policy would have allowed what they claim, or they claim nothing', () => {
    const { violations, answers, report } = supervise();
    report('path', 'open', 'read-only', 7, '/bin/x', '/repo/allowed');
    report('path', 'explode', 'read-only', 7, '/bin/x', '/etc/a');
    report('path', 'toString', 'read-only', 7, '/bin/x', '/etc/a');
    report('path', 'open', 'read-only', 7, '/bin/x', 'relative/../x');
    report('path');
    report('unix-connect', 7, '/bin/x', 'relative');
    report('limit', 'no-such-limit');
    report('violation', 'open', '/etc/a');
    report('');
    assert.deepEqual([violations.violations, violations.totals.refused, answers], [[], 0, []]);
  });

  it('that ask are refused where their paths are no paths', () => {
    const { answers, report } = supervise();
    const judged = (request: number, refused: 0 | 1): string => encodeFrame('judged', request, refused).toString('hex');
    report('judge', 1, 'open', 7, '/bin/x', joinStrings(['relative']));
    report('judge', 2, 'open', 7, '/bin/x', joinStrings(['/repo/a', '/repo/b/../.env']));
    report('judge', 3, 'open', 7, '/bin/x', joinStrings(['/repo/a']));
    assert.deepEqual(answers, [judged(1, 1), judged(2, 1), judged(3, 0)]);
  });

  it('come to valid records or none, whatever their fields hold', () => {
    const text = fc.oneof(fc.constantFrom('open', 'read', 'rename', 'masked', 'guarded', 'wall', '/etc/a', '/repo/.env', ''), fc.string({ unit: 'binary', maxLength: 40 }));
    const field = fc.oneof(text, fc.maxSafeNat(), fc.uint8Array({ maxLength: 20 }));
    const type = fc.constantFrom('path', 'judge', 'unix-connect', 'limit', 'call', 'constructor');
    fc.assert(
      fc.property(type, fc.array(field, { maxLength: 8 }), (name, fields) => {
        const { violations, report } = supervise();
        report(name, ...fields);
        assert.deepEqual(violations.violations.filter((violation: Violation) => !validate(violation)), []);
      }),
      { numRuns: 200 },
    );
  });

  it('are bounded in number: a flood of names is counted', () => {
    const { violations, report } = supervise();
    for (let family = 0; family < 5000; family++) report('call', 41, 7, '/bin/x', family + 100, 3, 0);
    assert.deepEqual([violations.violations.length, violations.totals.refused, violations.totals.byRule.length], [1000, 5000, 1]);
  });
});

describe('a channel that does not keep to the protocol', () => {
  const broken: Readonly<Record<string, Buffer>> = {
    'a frame larger than any report': Buffer.from([0xff, 0xff, 0xff, 0x7f]),
    'a field longer than its frame': Buffer.from([5, 0, 0, 0, 9, 0, 0, 0, 1]),
    'a field of the greatest size': Buffer.from([8, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]),
  };
  for (const [name, bytes] of Object.entries(broken))
    it(`ends its command, and nothing else: ${name}`, async (context) => {
      const [helper, node] = await socketPair(context);
      const { ended } = followCommand(node, { supervisor: () => assert.fail('nothing was reported') });
      helper.write(Buffer.concat([encodeFrame('started'), bytes, encodeFrame('exit', 0, 0)]));
      const outcome = await ended;
      assert.ok(outcome instanceof SandboxError);
      assert.match(outcome.message, /the command was ended: expected the helper's protocol/);
      if (!helper.closed) await once(helper.resume(), 'close');
    });

  it('is told once to kill, so that its last words arrive', async (context) => {
    const [helper, node] = await socketPair(context);
    const { kill } = followCommand(node, { supervisor: () => assert.fail('nothing was reported') });
    for (let time = 0; time < 3; time++) kill();
    node.end();
    assert.deepEqual(Buffer.concat((await helper.toArray()) as Buffer[]), encodeFrame('kill'));
  });

  it('joins no session', async (context) => {
    const path = absolutePath(join(temporaryDirectory(context), 'session'));
    const refuse = (): never => assert.fail('it was taken for a request');
    const server = await serveSession(path, { prepare: refuse, attached: refuse, signal: refuse });
    context.after(() => server.close());
    for (const bytes of [...Object.values(broken), encodeFrame('run', 'relative', joinStrings(['x'])), encodeFrame('other'), encodeFrame('signal', 1), encodeFrame('signal', 1, 12345)]) {
      const client = connect(path);
      client.on('error', () => undefined).write(bytes);
      await once(client.resume(), 'close');
    }
  });
});
