import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import Ajv from 'ajv';

import { root, srt, startSrt, type CliResult } from '../support/cli';
import { policyOf } from '../support/policies';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const POLICY = JSON.stringify(policyOf({ network: { allowedDomains: ['never.test'] }, filesystem: { denyRead: ['./secret', './unused'], allowWrite: ['./out'] } }), null, 2);

interface Project {
  readonly log: string;
  readonly cwd: string;
  readonly policy: string;
  run(...args: string[]): Promise<CliResult>;
  lines(): string[];
}

function project(context: TestContext): Project {
  const home = temporaryDirectory(context, { 'ws/out/': '', 'ws/secret': 'hidden', 'ws/unused': '', '.srt-settings.json': POLICY });
  const log = join(home, 'audit.jsonl');
  const cwd = join(home, 'ws');
  return { log, cwd, policy: join(home, '.srt-settings.json'), run: (...args) => srt(args, { cwd, env: { HOME: home } }), lines: () => readFileSync(log, 'utf8').trimEnd().split('\n') };
}

function schemaErrors(name: 'audit' | 'stats', value: unknown): string[] {
  const [own, violation] = [name, 'violation'].map((each) => JSON.parse(readFileSync(join(root, 'schemas', `${each}.schema.json`), 'utf8')) as object);
  const validate = new Ajv({ allErrors: true }).addSchema(violation!).compile(own!);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Two sessions in a log. */
async function recorded(context: TestContext): Promise<Project> {
  const made = project(context);
  await made.run('--audit-log', made.log, '-q', '-c', 'cat secret; for n in 1 2 3; do echo x > new; done');
  await made.run('--audit-log', made.log, '-q', '-c', 'cat secret');
  return made;
}

describe('an audit log', { skip: whyNotEnforced() ?? false }, () => {
  it('is named by SRT_AUDIT_LOG, each time that this says something', async (context) => {
    const { cwd, log, lines } = project(context);
    const sessions = async (SRT_AUDIT_LOG: string): Promise<number> => {
      assert.deepEqual(await srt(['-c', 'true'], { cwd, env: { HOME: join(cwd, '..'), SRT_AUDIT_LOG } }), { code: 0, signal: null, stdout: '', stderr: '' });
      return existsSync(log) ? lines().length / 2 : 0;
    };
    for (const [value, expected] of [['', 0], ['', 0], [log, 1], [log, 2], ['', 2], [log, 3]] as const) assert.equal(await sessions(value), expected);
  });

  it('records sessions from start to end, readable by its owner only, and intact', async (context) => {
    const { log, run, lines } = await recorded(context);
    const records = lines().map((line) => JSON.parse(line) as { type: string; totals?: { refused: number } });
    assert.deepEqual(records.map(({ type }) => type), ['start', 'violation', 'violation', 'violation', 'end', 'start', 'violation', 'end']);
    assert.deepEqual(records.flatMap(({ totals }) => totals?.refused ?? []), [4, 1]);
    assert.equal(statSync(log).mode & 0o777, 0o600);
    const { code, stdout } = await run('audit', 'verify', log);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /2 sessions, 8 records, intact/);
  });

  it('has the shape that its schema says', async (context) => {
    const { lines } = await recorded(context);
    assert.deepEqual(lines().flatMap((line) => schemaErrors('audit', JSON.parse(line))), []);
    assert.notDeepEqual(schemaErrors('audit', { audit: 1, type: 'end' }), []);
  });

  it('counts what an allowed host was used for, and no longer calls it never hit', async (context) => {
    const server = createServer((_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    context.after(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { log, run, policy } = project(context);
    writeFileSync(policy, JSON.stringify(policyOf({ network: { allowedDomains: [`localhost:${port}`, 'never.test'] } })));
    const source = `require('node:http').get('http://localhost:${port}/', (response) => response.resume())`;
    assert.equal((await run('--audit-log', log, process.execPath, '-e', source)).code, 0);
    const { used, neverHit } = JSON.parse((await run('stats', '--log', log, '--json')).stdout) as { used: { name: string; count: number }[]; neverHit: { pointer: string }[] };
    assert.deepEqual(used.map(({ name, count }) => [name, count]), [['network.allowedDomains[0]', 1]]);
    assert.deepEqual(neverHit.map(({ pointer }) => pointer), ['/network/allowedDomains/1']);
  });

  it('calls a path that may be written never hit where no session changed anything', async (context) => {
    const { cwd, log, run, policy } = project(context);
    for (const name of ['written', 'left']) mkdirSync(join(cwd, name, 'below'), { recursive: true });
    writeFileSync(policy, JSON.stringify(policyOf({ filesystem: { allowWrite: ['./written', './left', './missing', './pattern*'] } })));
    assert.equal((await run('--audit-log', log, 'touch', 'written/below/file')).code, 0);
    assert.equal((await run('--audit-log', log, 'true')).code, 0);
    const { neverHit, notCounted } = JSON.parse((await run('stats', '--log', log, '--json')).stdout) as Record<'neverHit' | 'notCounted', { pointer: string }[]>;
    assert.deepEqual(neverHit.map(({ pointer }) => pointer), ['/filesystem/allowWrite/1', '/filesystem/allowWrite/2']);
    assert.deepEqual(notCounted.map(({ pointer }) => pointer), ['/filesystem/allowWrite/3']);
    assert.equal((await run('--audit-log', log, 'rmdir', 'left/below')).code, 0);
    assert.doesNotMatch((await run('stats', '--log', log)).stdout, /allowWrite\[1\]/);
  });

  it('shows what was edited, taken out, or cut', async (context) => {
    const { log, run, lines } = await recorded(context);
    const original = lines();
    const found = async (changed: readonly string[]): Promise<string[]> => {
      writeFileSync(log, changed.map((line) => line + '\n').join(''));
      const { code, stdout } = await run('audit', 'verify', '--json', log);
      const [{ findings }] = JSON.parse(stdout) as [{ findings: { line?: number; kind: string }[] }];
      assert.equal(code, findings.length === 0 ? 0 : 1);
      return findings.map(({ line, kind }) => `${line ?? '-'} ${kind}`);
    };
    assert.deepEqual(await found(original), []);
    assert.deepEqual(await found(original.map((line, index) => (index === 1 ? line.replace('secret', 'public') : line))), ['2 edited']);
    assert.deepEqual(await found(original.filter((_, index) => index !== 2)), ['3 missing']);
    assert.deepEqual(await found(original.slice(5)), ['1 history-missing']);
    assert.deepEqual(await found(original.slice(0, 7)), ['- no-end']);
    assert.deepEqual(await found([...original.slice(1)]), ['1 no-start']);
    assert.deepEqual(await found([...original.slice(0, 2), original[1]!, ...original.slice(2)]), ['3 repeated']);
    assert.deepEqual(await found([...original, 'hello']), ['9 not-a-record']);
    writeFileSync(log, original.join('\n'));
    truncateSync(log, statSync(log).size - 20);
    assert.match((await run('audit', 'verify', log)).stdout, /:8: cut +a record that breaks off/);
  });

  it('is in one chain for sessions that run at the same time in processes of their own', async (context) => {
    const { log, run, lines } = project(context);
    const script = 'for n in $(seq 40); do cat secret; echo x > new$n; done; true';
    const results = await Promise.all([1, 2, 3, 4].map(() => run('--audit-log', log, '-q', '-c', script)));
    assert.deepEqual(results.map(({ code }) => code), [0, 0, 0, 0]);
    const { stdout, code } = await run('audit', 'verify', log);
    assert.equal(code, 0, stdout);
    const { session } = JSON.parse(lines().find((line) => line.includes('"violation"'))!) as { session: string };
    const rest = lines().filter((line) => !line.includes(`"session":"${session}","seq"`));
    writeFileSync(log, rest.map((line) => `${line}\n`).join(''));
    assert.equal((await run('audit', 'verify', log)).code, 1);
    writeFileSync(log, '');
    assert.match((await run('audit', 'verify', log)).stdout, /empty {2}holds nothing/);
  });

  it('keeps what a killed session recorded, and says that it has no end', async (context) => {
    const { log, cwd, run, lines } = project(context);
    const child = startSrt(['--audit-log', log, '-d', '-c', 'cat secret; read'], { cwd, env: { HOME: join(cwd, '..') } });
    // With -d a violation is printed once it is recorded.
    for await (const chunk of child.stderr!) if (String(chunk).includes('secret was refused')) break;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    assert.deepEqual(lines().map((line) => (JSON.parse(line) as { type: string }).type), ['start', 'violation']);
    const { code, stdout } = await run('audit', 'verify', log);
    assert.equal(code, 1);
    assert.match(stdout, /no-end {2}no end record after 2 records: the session was killed/);
    appendFileSync(log, '{"audit":1,');
    await run('--audit-log', log, '-q', 'true');
    assert.match((await run('audit', 'verify', log)).stdout, /:3: cut/);
    assert.equal(lines().length, 5);
  });

  it('must lie where no command can write it', async (context) => {
    const { cwd, run, log } = project(context);
    const inside = join(cwd, 'out', 'audit.jsonl');
    const refused = await run('--audit-log', inside, 'true');
    assert.deepEqual([refused.code, existsSync(inside)], [1, false]);
    assert.match(refused.stderr, /expected an audit log where no command may write/);
    assert.match((await run('--audit-log', '/no/such/place', 'true')).stderr, /cannot write the audit log.*ENOENT/);
    mkdirSync(log);
    assert.match((await run('--audit-log', log, 'true')).stderr, /cannot write the audit log/);
  });

  it('counts what it has no record of, and finds what a flood came before', async (context) => {
    const { log, run } = project(context);
    const flood = "const fs = require('node:fs'); for (let n = 0; n < 12000; n++) try { fs.writeFileSync('new' + n, ''); } catch {} try { fs.readFileSync('secret'); } catch {}";
    await run('--audit-log', log, '-q', process.execPath, '-e', flood);
    assert.match((await run('violations', '--log', log)).stdout, /read +\S+\/ws\/secret[^]*refusals more, of which no record is left; 12001 in all:\n +×12000 [^]*×1 /);
    const found = await run('violations', '--log', log, '--only', 'read');
    assert.match(found.stdout, /refused 1 thing\n/);
    assert.match(found.stderr, /2000 more were refused that the log only counts/);
    const none = await run('violations', '--log', log, '--target', 'nowhere');
    assert.equal(none.stdout, 'no record is like that\n');
    for (let time = 0; time < 5; time++) await run('--audit-log', log, '-q', '-c', 'cat secret');
    assert.match((await run('stats', '--log', log)).stdout, /by path\n +6 {2}\S+\/ws\/secret\n/);
  });

  it('is printed as the summary is, and counted', async (context) => {
    const { log, run } = await recorded(context);
    const violations = await run('violations', '--log', log);
    assert.match(violations.stdout, /srt: the sandbox refused 2 things\n[^]*\.srt-settings\.json:10:7 +denied by "\.\/secret" in denyRead\n +read +.*\/ws\/secret \(cat\) ×2\n/);
    const unknown = await run('violations', '--log', log, '--only', 'bogus');
    assert.deepEqual([unknown.code, unknown.stderr.includes('expected one of filesystem, network')], [1, true]);
    assert.match((await run('violations', '--log', log, '--only', 'read', '--target', 'secret', '--program', 'cat', '--since', '1h')).stdout, /refused 1 thing\n/);
    assert.equal((await run('violations', '--log', log, '--since', '2100-01-01')).stdout, 'nothing like that was refused\n');
    assert.match((await run('violations', '--log', log, '--since', 'yesterday')).stderr, /expected a date/);
    const json = JSON.parse((await run('violations', '--log', log, '--json')).stdout) as { totals: { refused: number } };
    assert.equal(json.totals.refused, 5);
    const { stdout } = await run('stats', '--log', log);
    assert.match(stdout, /^5 refused in 2 sessions\n/);
    assert.match(stdout, /by rule\n +3 +filesystem\.allowWrite .*:13:19\n +2 +filesystem\.denyRead\[0\] .*:10:7\n/);
    assert.match(stdout, /by path\n +3 +.*\/ws\/new\n +2 +.*\/ws\/secret/);
    assert.match(stdout, /never hit in 2 sessions under this policy\n.*denyRead\[1\] .*:11:7\n.*allowedDomains\[0\] .*:4:7\n/);
    const stats = JSON.parse((await run('stats', '--log', log, '--json')).stdout) as { byProgram: { name: string; count: number }[]; notCounted: unknown; neverHit: { pointer: string }[] };
    assert.deepEqual(stats.byProgram.map(({ count }) => count), [3, 2]);
    assert.deepEqual([stats.notCounted, stats.neverHit.map(({ pointer }) => pointer)], [[], ['/filesystem/denyRead/1', '/network/allowedDomains/0', '/filesystem/allowWrite/0']]);
    assert.deepEqual(schemaErrors('stats', stats), []);
    assert.equal((await run('stats')).code, 1);
  });
});
