import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { createVault, NothingToMaskError } from 'sandbox-core/internal/credentials/vault';
import type { Policy } from 'sandbox-core/policy';

import { policyOf } from '../../support/policies';

type Credentials = NonNullable<Policy['credentials']>;

function vaultOf(credentials: Credentials) {
  const notices: string[] = [];
  const vault = createVault({ policy: policyOf({ network: { allowedDomains: ['api.test:443', '*.org.test'] }, credentials }), notice: (text) => notices.push(text) });
  const pairs = (): Record<string, string> => Object.fromEntries(vault.secrets.map(({ placeholder, secret }) => [placeholder, secret]));
  return { vault, notices, pairs };
}

const variable = (entry: Partial<NonNullable<Credentials['envVars']>[number]> = {}): Credentials => ({ envVars: [{ name: 'TOKEN', mode: 'mask', ...entry }] });
const file = (entry: Partial<NonNullable<Credentials['files']>[number]> = {}): Credentials => ({ files: [{ path: '/f', mode: 'mask', ...entry }] });
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const JWT = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: 'me', email: 'me@api.test', exp: 1_900_000_000 })}.c2lnbmF0dXJl`;

describe('masked variables', () => {
  it('hold a placeholder of the same length, the same one each time', () => {
    const { vault, pairs } = vaultOf(variable());
    const secret = 's'.repeat(80);
    const { TOKEN, HOME } = vault.maskEnvironment({ TOKEN: secret, HOME: '/h' });
    assert.match(TOKEN!, /^fake_value_[0-9a-f-]{36}x+$/);
    assert.equal(TOKEN!.length, 80);
    assert.equal(HOME, '/h');
    assert.deepEqual(pairs(), { [TOKEN!]: secret });
    assert.equal(vault.maskEnvironment({ TOKEN: secret })['TOKEN'], TOKEN);
    assert.notEqual(vault.maskEnvironment({ TOKEN: 'renewed' })['TOKEN'], TOKEN);
  });

  it('go to injectHosts, or to every allowed host, ports aside', () => {
    const hosts = ['api.test', 'x.org.test', 'other.test'];
    for (const [entry, expected] of [[{}, [true, true, false]], [{ injectHosts: ['x.org.test'] }, [false, true, false]]] as const) {
      const { vault } = vaultOf(variable(entry.injectHosts ? { injectHosts: [...entry.injectHosts] } : {}));
      vault.maskEnvironment({ TOKEN: 'secret-secret' });
      assert.deepEqual(hosts.map((host) => vault.secrets[0]!.isFor(host)), expected);
    }
  });

  it('can be masked in part', () => {
    const { vault, pairs } = vaultOf(variable({ extract: '^[^:]+:(.+)' }));
    const { TOKEN } = vault.maskEnvironment({ TOKEN: 'user:hunter22' });
    assert.match(TOKEN!, /^user:fake_value_/);
    assert.deepEqual(Object.values(pairs()), ['hunter22']);
  });

  it('follow onExtractNoMatch', () => {
    const { vault: warning, notices } = vaultOf(variable({ extract: 'x=(.)' }));
    assert.equal(warning.maskEnvironment({ TOKEN: 'abc' })['TOKEN'], 'abc');
    assert.match(notices[0]!, /^credentials\.envVars\[0\] \(TOKEN\): nothing was found to mask/);
    assert.equal('TOKEN' in vaultOf(variable({ extract: 'x=(.)', onExtractNoMatch: 'deny' })).vault.maskEnvironment({ TOKEN: 'abc' }), false);
    assert.throws(() => vaultOf(variable({ extract: 'x=(.)', onExtractNoMatch: 'error' })).vault.maskEnvironment({ TOKEN: 'abc' }), NothingToMaskError);
  });

  it('make AWS credentials of the usual names and of awsPairs', () => {
    const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'KEY', 'SECRET'];
    const { vault } = vaultOf({ envVars: names.map((name) => ({ name, mode: 'mask' })), awsPairs: [{ accessKeyIdVar: 'KEY', secretAccessKeyVar: 'SECRET' }] });
    const masked = vault.maskEnvironment(Object.fromEntries(names.map((name) => [name, `real ${name}`])));
    const summary = (name: string): unknown[] => [vault.awsCredential(masked[name]!)?.accessKeyId.secret, vault.awsCredential(masked[name]!)?.secretAccessKey, vault.awsCredential(masked[name]!)?.sessionToken];
    assert.deepEqual(summary('AWS_ACCESS_KEY_ID'), ['real AWS_ACCESS_KEY_ID', 'real AWS_SECRET_ACCESS_KEY', 'real AWS_SESSION_TOKEN']);
    assert.deepEqual(summary('KEY'), ['real KEY', 'real SECRET', undefined]);
    assert.equal(vault.awsCredential('something else'), undefined);
  });
});

describe('masked files', () => {
  it('keep everything but what a group matches', () => {
    const { vault, pairs } = vaultOf(file({ extract: '_authToken=(\\S+)' }));
    const masked = vault.maskFile(0, 'a=1\n//x/:_authToken=first\n//y/:_authToken=second\n');
    assert.match(masked.kind === 'stand-in' ? masked.text : '', /^a=1\n\/\/x\/:_authToken=fake_value_\S+\n\/\/y\/:_authToken=fake_value_\S+\n$/);
    assert.deepEqual(Object.values(pairs()), ['first', 'second']);
  });

  it('keep the line end behind a token', () => {
    const { vault, pairs } = vaultOf(file());
    const masked = vault.maskFile(0, 'secret-token\n');
    assert.match(masked.kind === 'stand-in' ? masked.text : '', /^fake_value_[^\n]+\n$/);
    assert.deepEqual(Object.values(pairs()), ['secret-token']);
  });

  it('hide copies too, if asked to', () => {
    for (const maskDuplicates of [false, true]) {
      const masked = vaultOf(file({ extract: 'key=(\\S+)', maskDuplicates })).vault.maskFile(0, '# was abc123\nkey=abc123');
      assert.equal(masked.kind === 'stand-in' && masked.text.includes('abc123'), !maskDuplicates);
    }
  });

  it('are hidden as a whole if nothing is found and the policy says so', () => {
    assert.deepEqual(vaultOf(file({ extract: 'key=(.)', onExtractNoMatch: 'deny' })).vault.maskFile(0, 'nothing'), { kind: 'hidden' });
    assert.deepEqual(vaultOf(file({ extract: 'key=(.)' })).vault.maskFile(0, 'nothing'), { kind: 'as-it-is' });
  });
});

describe('JSON Web Tokens', () => {
  it('become tokens that can be read and say nothing', () => {
    const { vault, pairs } = vaultOf(file({ decode: 'jwt' }));
    const masked = vault.maskFile(0, `token: ${JWT}\n`);
    const [, fake] = /^token: (\S+)\n$/.exec(masked.kind === 'stand-in' ? masked.text : '') ?? [];
    assert.notEqual(fake, JWT);
    const claims = decode(fake!) as Record<string, unknown>;
    assert.equal(claims['exp'], 1_900_000_000);
    assert.match(String(claims['email']), /^fake_value_/);
    assert.equal(fake!.endsWith('c2lnbmF0dXJl'), false);
    assert.deepEqual(pairs(), { [fake!]: JWT });
  });

  it('can keep claims readable', () => {
    const { vault, pairs } = vaultOf(variable({ decode: 'jwt', maskClaims: ['email'] }));
    const { TOKEN } = vault.maskEnvironment({ TOKEN: JWT });
    const claims = decode(TOKEN!) as Record<string, unknown>;
    assert.equal(claims['sub'], 'me');
    assert.deepEqual(pairs(), { [TOKEN!]: JWT, [String(claims['email'])]: 'me@api.test' });
  });

  it('that are none stay as they are, with a warning', () => {
    const { vault, notices } = vaultOf(variable({ decode: 'jwt' }));
    assert.equal(vault.maskEnvironment({ TOKEN: 'eyJhbGciOiJub25lIn0.not.jwt' })['TOKEN'], 'eyJhbGciOiJub25lIn0.not.jwt');
    assert.equal(notices.length, 1);
  });
});
