import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';

import { currentHost, PolicyRefusedError, SandboxError, createSession, type Session } from 'sandbox-core';
import { absolutePath, type Policy, type Violation } from 'sandbox-core/policy';

import { rehearseMac, type Mac } from '../../support/mac';
import { policyOf } from '../../support/policies';
import { exchange, listen } from '../../support/raw-socket';
import { evaluateProfile, parseProfile } from '../../support/seatbelt';

interface Rehearsal extends Mac {
  readonly session: Session;
  run(argv: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }>;
}

/** A whole session as on a Mac. What its profiles enforce is tested on one: test/enforcement/macos.test.ts. */
async function rehearse(context: TestContext, policy: Policy): Promise<Rehearsal> {
  const mac = rehearseMac(context);
  const { directory } = mac;
  const session = await createSession({ policy, host: mac.host, directory: absolutePath(join(directory, 'project')) });
  context.after(() => session.stop());
  return {
    ...mac,
    session,
    async run(argv) {
      const running = await session.run({ argv, directory: absolutePath(join(directory, 'project')), streams: ['ignore', 'pipe', 'inherit'], terminal: 'none' });
      const [{ code }, stdout] = await Promise.all([running.exited, text(running.stdout!)]);
      return { code, stdout };
    },
  };
}

describe('a session on macOS', () => {
  it('runs a command as it is given, with its status, under the profile of its policy', async (context) => {
    const rehearsal = await rehearse(context, policyOf({ filesystem: { allowWrite: ['.'], denyRead: ['~/.ssh'] } }));
    const { code, stdout } = await rehearsal.run(['/bin/sh', '-c', 'echo "$1 $SANDBOX_RUNTIME"; exit 7', 'x', 'a "b" $(c)']);
    assert.deepEqual({ code, stdout }, { code: 7, stdout: 'a "b" $(c) 1\n' });
    const profile = parseProfile(rehearsal.profile());
    const write = (path: string): string => evaluateProfile(profile, { operation: 'file-write-data', path }).outcome;
    assert.deepEqual([write(join(rehearsal.directory, 'project', 'x')), write('/etc/hosts'), write('/dev/null')], ['allow', 'deny', 'allow']);
  });

  it('hides the directories of all sessions, but for the one for temporary files', async (context) => {
    const rehearsal = await rehearse(context, policyOf());
    const { stdout } = await rehearsal.run(['/bin/sh', '-c', 'echo $TMPDIR; touch $TMPDIR/x && echo made']);
    const [temporary, made] = stdout.split('\n');
    assert.equal(made, 'made');
    const profile = parseProfile(rehearsal.profile());
    const read = (path: string): string => evaluateProfile(profile, { operation: 'file-read-data', path }).outcome;
    assert.deepEqual([read(join(temporary!, 'x')), read(join(temporary!, '..', '..', 'session-other', 'tmp', 'x'))], ['allow', 'deny']);
    await rehearsal.session.stop();
    assert.equal(existsSync(join(temporary!, '..', '..')), false);
  });

  it('has a proxy for who knows its password', async (context) => {
    const port = await listen(createServer((_request, response) => response.end('hello')), context);
    const rehearsal = await rehearse(context, policyOf({ network: { allowedDomains: [`localhost:${port}`] } }));
    const { stdout } = await rehearsal.run(['/bin/sh', '-c', 'echo $http_proxy']);
    const proxy = new URL(stdout.trim());
    const ask = (target: string, headers: string): Promise<string> => exchange(Number(proxy.port), `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`);
    const authorization = `Proxy-Authorization: Basic ${Buffer.from(`${proxy.username}:${proxy.password}`).toString('base64')}\r\n`;
    assert.match(await ask(`http://localhost:${port}/`, ''), /^HTTP\/1.1 407 .*Proxy-Authenticate: Basic realm="srt"/s);
    assert.match(await ask(`http://localhost:${port}/`, 'Proxy-Authorization: Basic c3J0Ong=\r\n'), /^HTTP\/1.1 407 /);
    assert.match(await ask(`http://localhost:${port}/`, authorization), /^HTTP\/1.1 200 .*hello/s);
    assert.match(await ask('http://elsewhere.test/', authorization), /^HTTP\/1.1 403 /);
    assert.match(await exchange(Number(proxy.port), 'CONNECT elsewhere.test:443 HTTP/1.1\r\n\r\n'), /^HTTP\/1.1 407 .*Proxy-Authenticate/s);
    const socks = (password: string): Promise<string> => exchange(Number(proxy.port), Buffer.concat([Buffer.from([5, 1, 2, 1, 3]), Buffer.from('srt'), Buffer.from([password.length]), Buffer.from(password)]));
    assert.equal(await socks('guess'), '\x05\x02\x01\x01', 'RFC 1929: any status but 0 is a refusal');
    assert.equal(await exchange(Number(proxy.port), Buffer.from([5, 1, 0])), '\x05\xff', 'no authentication is not on offer');
    assert.deepEqual(rehearsal.session.violations.violations.map(({ operation, target }) => `${operation} ${target}`), ['request GET http://elsewhere.test/']);
  });

  it('turns what the log says of its commands into violations', async (context) => {
    const rehearsal = await rehearse(context, policyOf({ filesystem: { denyRead: ['/secret'] } }));
    const reported = new Promise<Violation>((resolve) => rehearsal.session.violations.onViolation(resolve));
    await rehearsal.run(['true']);
    const tag = /message "([^"]+)"/.exec(rehearsal.profile())![1]!;
    await rehearsal.log(`Sandbox: cat(7) deny(1) file-read-data /secret/x\n${tag.replace(/(.)-\d+$/, (_, last: string) => `${last === '0' ? '1' : '0'}-0`)}`);
    await rehearsal.log(`Sandbox: cat(7) deny(1) file-read-data /secret/y\n${tag}`);
    const { target, rule, command } = await reported;
    assert.deepEqual({ target, rule, command }, { target: '/secret/y', rule: { kind: 'policy', pointer: '/filesystem/denyRead/0' }, command: ['true'] });
  });

  it('makes a masked file unreadable, as there are no stand-ins there', async (context) => {
    const rehearsal = await rehearse(context, policyOf({ filesystem: { allowRead: ['/secret'] }, credentials: { allowPlaintextInject: true, files: [{ path: '/secret/token', mode: 'mask' }] } }));
    await rehearsal.run(['true']);
    assert.equal(evaluateProfile(parseProfile(rehearsal.profile()), { operation: 'file-read-data', path: '/secret/token' }).outcome, 'deny');
  });

  it('refuses what it cannot hold, and leaves nothing', async (context) => {
    const rehearsal = await rehearse(context, policyOf({ filesystem: { denyRead: ['/repo/**/x'], allowRead: ['/repo/**/y'] } }));
    await assert.rejects(rehearsal.run(['true']), (error) => error instanceof PolicyRefusedError && error.refusals[0]?.code === 'not-expressible');
    assert.throws(() => rehearsal.profile());
  });

  it('ends its commands with it', async (context) => {
    const rehearsal = await rehearse(context, policyOf());
    const running = await rehearsal.session.run({ argv: ['/bin/sh', '-c', 'sleep 1000 & echo up; wait'], directory: absolutePath('/'), streams: ['ignore', 'pipe', 'inherit'], terminal: 'none' });
    await new Promise<void>((resolve) => running.stdout!.once('data', () => resolve()));
    await rehearsal.session.stop();
    assert.equal((await running.exited).signal, 'SIGKILL');
    assert.equal(await text(running.stdout!), ''); // ends only when no process holds it any more
  });
});

describe('a platform without a sandbox', () => {
  it('is refused with the way to one', async () => {
    const host = { ...currentHost(), platform: 'windows' as const };
    await assert.rejects(createSession({ policy: policyOf(), host, directory: absolutePath('/') }), (error) => error instanceof SandboxError && error.code === 'platform-unsupported' && error.message.includes('WSL 2'));
  });
});
