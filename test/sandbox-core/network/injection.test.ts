import { strict as assert } from 'node:assert';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';

import { SignatureV4 } from '@smithy/signature-v4';
import { fc } from '../../support/properties';
import { isAnswer, type Answer } from 'sandbox-core/internal/network/http/answers';
import { createInjection, type InjectedRequest } from 'sandbox-core/internal/network/http/injection';
import { createReplaceStream } from 'sandbox-core/internal/network/http/replace-stream';
import { createVault } from 'sandbox-core/internal/credentials/vault';
import { NodeSha256 } from 'sandbox-core/internal/network/http/sigv4';
import type { Policy } from 'sandbox-core/policy';

import { openEgress } from '../../support/egress';
import { policyOf } from '../../support/policies';
import { exchange, listen } from '../../support/raw-socket';

const REAL = { AWS_ACCESS_KEY_ID: 'AKIAREALREALREALREAL', AWS_SECRET_ACCESS_KEY: 'real/secret/real/secret/real/secret/real1', AWS_SESSION_TOKEN: 'real-session-token' };

/** What a program in the sandbox would send, signed with the placeholders, and what becomes of it. */
async function send(request: { readonly method?: string; readonly path?: string; readonly query?: Record<string, string>; readonly service?: string; readonly body?: string; readonly headers?: Record<string, string>; readonly host?: string; readonly sigv4?: NonNullable<Policy['credentials']>['sigv4'] }) {
  const { method = 'PUT', path = '/bucket/a%20key', query = {}, service = 's3', body = '', host = 's3.eu-central-1.amazonaws.test' } = request;
  const credentials = { envVars: Object.keys(REAL).map((name) => ({ name, mode: 'mask' as const, injectHosts: ['*.amazonaws.test'] })), ...(request.sigv4 && { sigv4: request.sigv4 }) };
  const policy = policyOf({ network: { allowedDomains: ['*.amazonaws.test'], tlsTerminate: {} }, credentials });
  const vault = createVault({ policy, notice: () => undefined });
  const masked = vault.maskEnvironment(REAL);
  const sign = async (keys: Record<string, string>): Promise<Record<string, string>> => {
    const signer = new SignatureV4({ service, region: 'eu-central-1', credentials: { accessKeyId: keys['AWS_ACCESS_KEY_ID']!, secretAccessKey: keys['AWS_SECRET_ACCESS_KEY']!, sessionToken: keys['AWS_SESSION_TOKEN']! }, sha256: NodeSha256, uriEscapePath: service !== 's3', applyChecksum: service === 's3' });
    const signed = await signer.sign({ method, protocol: 'https:', hostname: host, path, query, headers: { host, ...request.headers }, body }, { signingDate: new Date('2026-01-02T03:04:05Z') });
    return signed.headers;
  };
  const search = new URLSearchParams(query).toString().replaceAll('+', '%20');
  const prepared = await createInjection(vault, () => policy).prepare({
    head: { method, scheme: 'https', authority: { host, port: 443 }, target: path + (search && `?${search}`) },
    destination: { host, port: 443 },
    headers: await sign(masked),
    body: Readable.from([Buffer.from(body)]),
  });
  return { prepared, expected: await sign(REAL), masked };
}

function forwarded(prepared: InjectedRequest | Answer): InjectedRequest {
  assert.ok(!isAnswer(prepared), JSON.stringify(prepared));
  return prepared;
}

describe('AWS requests', () => {
  it('are signed again with the real key', async () => {
    for (const request of [{}, { query: { 'list-type': '2', prefix: 'a b/c' } }, { service: 'dynamodb', path: '/', method: 'POST', body: '{"x":1}' }, { service: 'execute-api', path: '/stage/a%20b', method: 'GET' }]) {
      const { prepared, expected } = await send(request);
      const { headers, body } = forwarded(prepared);
      assert.equal(headers.authorization, expected['authorization'], JSON.stringify(request));
      assert.equal(headers['x-amz-security-token'], REAL.AWS_SESSION_TOKEN);
      if (body) assert.equal(await text(body), request.body ?? '');
    }
  });

  it('to other hosts keep their worthless signature', async () => {
    const { prepared, masked } = await send({ host: 's3.elsewhere.test' });
    assert.match(String(forwarded(prepared).headers.authorization), new RegExp(`Credential=${masked['AWS_ACCESS_KEY_ID']}/`));
  });

  it('that cannot be signed again are refused, or passed on if the policy says so', async () => {
    const streaming = { headers: { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' } };
    const { prepared } = await send(streaming);
    assert.ok(isAnswer(prepared));
    assert.deepEqual([prepared.status, prepared.rule], [403, '/credentials/sigv4/streaming']);
    const { prepared: passed, masked } = await send({ ...streaming, sigv4: { streaming: 'passthrough' } });
    assert.match(String(forwarded(passed).headers.authorization), new RegExp(`Credential=${masked['AWS_ACCESS_KEY_ID']}/`));
  });
});

describe('replacing in a stream', () => {
  it('finds a text however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('fake_value_1', 'fake_', 'f', 'é', '\0\xff', 'value', 'fake_value_2x'), { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 10 }), async (words, sizes) => {
        const whole = Buffer.from(words.join(''), 'utf8');
        const pieces: Buffer[] = [];
        for (let at = 0, turn = 0; at < whole.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          pieces.push(whole.subarray(at, at + size));
          at += size;
        }
        const stream = createReplaceStream([{ from: 'fake_value_1', to: 'one' }, { from: 'fake_value_2x', to: 'zwei' }]);
        const replaced = await buffer(Readable.from(pieces, { objectMode: false }).pipe(stream));
        assert.equal(replaced.toString('utf8'), words.join('').replaceAll('fake_value_1', 'one').replaceAll('fake_value_2x', 'zwei'));
      }),
    );
  });
});

async function plainServer(context: TestContext) {
  const cleanup = { after: (undo: () => void) => context.after(undo) };
  const seen: string[] = [];
  const web = createServer((request, response) => void text(request).then((body) => {
    seen.push(`${request.headers['content-length'] ?? request.headers['transfer-encoding'] ?? '-'} ${body.length} ${body.slice(0, 60)}`);
    response.end(`you sent ${body.slice(-40)}`);
  }));
  const port = await listen(web, cleanup);
  const credentials = { allowPlaintextInject: true, envVars: [{ name: 'TOKEN', mode: 'mask' as const, injectHosts: ['good.test'] }] };
  const opened = await openEgress(cleanup, { policy: policyOf({ network: { allowedDomains: ['good.test', 'other.test', '127.0.0.1'] }, credentials }) });
  const placeholder = opened.vault.maskEnvironment({ TOKEN: 'secret-0123456789' })['TOKEN']!;
  return { ...opened, port, seen, placeholder };
}

describe('credentials in bodies', () => {
  it('change the length that is announced, and come back as placeholders', async (context) => {
    const { proxyPort, port, seen, placeholder } = await plainServer(context);
    const post = (body: string, head: string): string => `POST http://good.test:${port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}\r\n\r\n${body}`;
    const answer = await exchange(proxyPort, post(`token=${placeholder}`, `Content-Length: ${placeholder.length + 6}`));
    assert.deepEqual(seen, ['23 23 token=secret-0123456789']);
    assert.ok(answer.includes(placeholder), answer);
    assert.equal(answer.includes('secret-'), false);
    // In two chunks, with the placeholder across the border.
    const body = `${(10).toString(16)}\r\n${placeholder.slice(0, 10)}\r\n${(placeholder.length - 10).toString(16)}\r\n${placeholder.slice(10)}\r\n0\r\n\r\n`;
    await exchange(proxyPort, post(body, 'Transfer-Encoding: chunked'));
    assert.deepEqual(seen[1], 'chunked 17 secret-0123456789');
  });

  it('stay placeholders for other hosts', async (context) => {
    const { proxyPort, port, seen, placeholder } = await plainServer(context);
    await exchange(proxyPort, `POST http://other.test:${port}/ HTTP/1.1\r\nHost: good.test\r\nConnection: close\r\nContent-Length: ${placeholder.length}\r\n\r\n${placeholder}`);
    assert.deepEqual(seen, [`${placeholder.length} ${placeholder.length} ${placeholder.slice(0, 60)}`]);
  });
});
