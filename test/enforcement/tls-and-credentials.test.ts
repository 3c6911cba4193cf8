import { strict as assert } from 'node:assert';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';

import type { HostLookup } from 'sandbox-core';
import type { Policy } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';
import { listen } from '../support/raw-socket';
import { openSandbox, whyNotEnforced, type TestSandbox } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';
import { tlsServer } from '../support/tls-server';

const skip = whyNotEnforced() ?? false;
const lookup: HostLookup = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
const SECRET = 'sk-live-9f8e7d6c5b4a39281706';
const FILE_SECRET = 'npm_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789';

interface Opened {
  readonly sandbox: TestSandbox;
  readonly port: number;
  /** `httpVersion method authority path | authorization | body`. */
  readonly seen: string[];
}

async function open(context: TestContext, parts: { readonly network?: Partial<Policy['network']>; readonly credentials?: Policy['credentials']; readonly files?: Record<string, string>; readonly environment?: Record<string, string> } = {}): Promise<Opened> {
  const cleanup = { after: (undo: () => void) => context.after(undo) };
  const seen: string[] = [];
  const answer = async (request: IncomingMessage | Http2ServerRequest, response: { end(body: string): unknown }): Promise<void> => {
    const body = await text(request);
    const { authorization } = request.headers;
    seen.push(`${request.httpVersion} ${request.method} ${String(request.headers[':authority'] ?? request.headers.host)} ${request.url} | ${authorization} | ${body}`);
    response.end(`hello ${authorization ?? ''}\n`);
  };
  const web = await tlsServer(cleanup, (request, response) => void answer(request, response));
  const trust = temporaryDirectory(cleanup, { 'ca.pem': web.ca });
  const policy = policyOf({
    network: { allowedDomains: ['good.test', 'other.test', '127.0.0.1'], deniedDomains: [], tlsTerminate: { extraCaCertPaths: [`${trust}/ca.pem`] }, ...parts.network },
    ...(parts.credentials && { credentials: parts.credentials }),
  });
  const sandbox = await openSandbox(context, { policy, lookup, ...(parts.files && { files: parts.files }), environment: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...parts.environment } });
  return { sandbox, port: web.port, seen };
}

const CURL = 'curl -sS --max-time 20';

describe('TLS termination in the sandbox', { skip }, () => {
  it('is trusted by programs that know nothing of it, over HTTP/2 and HTTP/1.1', async (context) => {
    const { sandbox, port, seen } = await open(context);
    assert.deepEqual(await sandbox.script(`${CURL} https://good.test:${port}/a; ${CURL} --http1.1 https://good.test:${port}/b; env -u SSL_CERT_FILE -u CURL_CA_BUNDLE ${CURL} https://good.test:${port}/c`), { code: 0, stdout: 'hello \nhello \nhello \n', stderr: '' });
    assert.deepEqual(seen.map((line) => line.slice(0, 3)), ['2.0', '1.1', '2.0']);
    const fetch = `fetch('https://good.test:${port}/d').then((r) => r.text()).then(console.log)`;
    assert.equal((await sandbox.run([process.execPath, '-e', fetch])).stdout, 'hello \n\n');
    assert.deepEqual(sandbox.violations(), []);
  });

  it('lets policies choose requests, and tells the program and the user which rule refused one', async (context) => {
    const { sandbox, port, seen } = await open(context, { network: { requests: [{ host: 'good.test', methods: ['GET', 'HEAD'], paths: ['/repos/**'] }] } });
    const { stdout } = await sandbox.script(`${CURL} https://good.test:${port}/repos/x; ${CURL} -X DELETE https://good.test:${port}/repos/x; ${CURL} -o /dev/null -w '%{http_code} %header{x-srt-rule}' https://good.test:${port}/user`);
    assert.equal(stdout, `hello \nDELETE https://good.test:${port}/repos/x is blocked by the sandbox policy: no rule of network.requests allows DELETE /repos/x there\n403 /network/requests`);
    assert.equal(seen.length, 1);
    assert.deepEqual(sandbox.violations(), [`request DELETE https://good.test:${port}/repos/x /network/requests`, `request GET https://good.test:${port}/user /network/requests`]);
  });

  it('leaves excluded hosts to the program', async (context) => {
    const { sandbox, port, seen } = await open(context, { network: { tlsTerminate: { excludeDomains: ['good.test'] } } });
    const { stdout, stderr } = await sandbox.script(`${CURL} https://good.test:${port}/ || true`);
    assert.equal(stdout, '');
    assert.match(stderr, /self-signed certificate|unable to get local issuer/); // the server's own, which nobody trusts here
    assert.deepEqual(seen, []);
  });
});

const credentials: Policy['credentials'] = { envVars: [{ name: 'API_TOKEN', mode: 'mask', injectHosts: ['good.test'] }] };

describe('masked credentials', { skip }, () => {
  it('reach the hosts they are for, in headers, Basic credentials and bodies, and no other', async (context) => {
    const { sandbox, port, seen } = await open(context, { credentials, environment: { API_TOKEN: SECRET } });
    const { stdout } = await sandbox.script(`
      ${CURL} -H "Authorization: Bearer $API_TOKEN" https://good.test:${port}/header
      ${CURL} -u "me:$API_TOKEN" https://good.test:${port}/basic
      ${CURL} -d "token=$API_TOKEN" https://good.test:${port}/body
      ${CURL} -H "Authorization: Bearer $API_TOKEN" https://other.test:${port}/other
      echo "$API_TOKEN"`);
    const placeholder = stdout.trim().split('\n').at(-1) ?? '';
    assert.match(placeholder, /^fake_value_/);
    assert.deepEqual(seen.map((line) => line.replace(/^\S+ \S+ \S+ /, '')), [
      `/header | Bearer ${SECRET} | `,
      `/basic | Basic ${Buffer.from(`me:${SECRET}`).toString('base64')} | `,
      `/body | undefined | token=${SECRET}`,
      `/other | Bearer ${placeholder} | `,
    ]);
    assert.equal(stdout.includes(SECRET), false); // the server sent the header back
  });

  it('are nowhere to be seen inside', async (context) => {
    const { sandbox } = await open(context, {
      credentials: { ...credentials, files: [{ path: '.npmrc', mode: 'mask', extract: '_authToken=(\\S+)', injectHosts: ['good.test'] }] },
      environment: { API_TOKEN: SECRET },
      files: { '.npmrc': `registry=https://good.test/\n//good.test/:_authToken=${FILE_SECRET}\n`, 'other.txt': 'x' },
    });
    // In pieces, so that the search does not find itself.
    const pieces = [SECRET, FILE_SECRET].map((secret) => `'${secret.slice(0, 9)}''${secret.slice(9)}'`);
    for (const piece of pieces) {
      const { stdout, code } = await sandbox.script(`
        p=${piece}; found=
        search() { grep -a -F -s "$@" -f <(printf %s "$p"); } # not in the arguments of grep: they are searched too
        env | search -q && found+=env
        cat /proc/[0-9]*/environ 2>/dev/null | search -q && found+=environ
        cat /proc/[0-9]*/cmdline 2>/dev/null | search -q && found+=cmdline
        search -r -q . /tmp /dev/srt-ca-bundle.pem /run /var/tmp && found+=file
        echo "[$found]"`);
      assert.deepEqual([stdout, code], ['[]\n', 0]);
    }
    const { stdout } = await sandbox.script('cat .npmrc; echo x >> .npmrc');
    assert.match(stdout, /^registry=https:\/\/good\.test\/\n\/\/good\.test\/:_authToken=fake_value_[-0-9a-fx]+\n$/);
    assert.deepEqual(sandbox.violations().map((line) => line.replace(sandbox.directory, '')), ['write /.npmrc /credentials/files/0/path']);
  });

  it('are sent over plain HTTP only if the policy says so', async (context) => {
    const cleanup = { after: (undo: () => void) => context.after(undo) };
    for (const allowPlaintextInject of [false, true]) {
      const { sandbox } = await open(context, { credentials: { ...credentials, allowPlaintextInject }, environment: { API_TOKEN: SECRET } });
      const seen: string[] = [];
      const port = await listen(createHttpServer((request, response) => response.end(void seen.push(String(request.headers.authorization)))), cleanup);
      await sandbox.script(`${CURL} -H "Authorization: Bearer $API_TOKEN" http://good.test:${port}/`);
      assert.equal(seen[0] === `Bearer ${SECRET}`, allowPlaintextInject, seen[0]);
    }
  });

  it('keep a command from starting if there is nothing to mask and the policy minds', async (context) => {
    const strict = { name: 'API_TOKEN', mode: 'mask' as const, extract: 'token=(\\w+)', injectHosts: ['good.test'] };
    const { sandbox } = await open(context, { credentials: { envVars: [{ ...strict, onExtractNoMatch: 'error' }] }, environment: { API_TOKEN: SECRET } });
    await assert.rejects(sandbox.script('true'), /credentials\.envVars\[0\] \(API_TOKEN\): nothing was found to mask/);
    const denying = await open(context, { credentials: { envVars: [{ ...strict, onExtractNoMatch: 'deny' }] }, environment: { API_TOKEN: SECRET } });
    assert.equal((await denying.sandbox.script('echo "${API_TOKEN-unset}"')).stdout, 'unset\n');
  });
});
