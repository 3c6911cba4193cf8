import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { absolutePath, composePolicy, decide, decideCommand, MAX_EXTENDS_DEPTH, presets, resolvePolicy, validatePolicy, type ComposedPolicy, type LayerName, type Policy, type ReadPolicy, type ResolvedPolicy } from 'sandbox-core/policy';

import { BASE, HOME, policyOf } from '../../support/policies';
import { FACTS } from '../../support/policy-facts';

type Files = Readonly<Record<string, string | object>>;

function reader(files: Files): ReadPolicy {
  return (path) => {
    const found = files[path];
    if (found === undefined) return { error: 'does not exist' };
    return { path, text: typeof found === 'string' ? found : JSON.stringify(found) };
  };
}

function compose(files: Files, layers: readonly (readonly [LayerName | undefined, string])[], trusted = false): ReturnType<typeof composePolicy> {
  const read = reader(files);
  const inputs = layers.map(([name, path]) => {
    const file = read(absolutePath(path));
    assert.ok('text' in file);
    return { file, ...(name && { name }) };
  });
  return composePolicy(inputs, { context: { base: BASE, home: HOME }, read, trusted });
}

function composed(...args: Parameters<typeof compose>): ComposedPolicy {
  const result = compose(...args);
  assert.ok('composed' in result, 'problems' in result ? result.problems.map(({ message }) => message).join() : '');
  return result.composed;
}

function messages(...args: Parameters<typeof compose>): string[] {
  const result = compose(...args);
  return 'problems' in result ? result.problems.map(({ file, pointer, message }) => `${file}${pointer ?? ''}: ${message}`) : [];
}

function resolvedFrom({ policy, origins }: ComposedPolicy): ResolvedPolicy {
  return resolvePolicy(policy, { base: BASE, home: HOME, canonicalPath: (path) => path, builtIn: [], origins });
}

const answer = (policy: ResolvedPolicy, kind: 'read' | 'write', path: string): string => {
  const { outcome, rule } = decide(policy, { kind, path: absolutePath(path) });
  return `${outcome} ${rule.kind === 'policy' ? `${rule.layer ?? '-'} ${rule.file ?? 'main'} ${rule.pointer}` : rule.kind}`;
};
const reaches = (policy: ResolvedPolicy, host: string): string => decide(policy, { kind: 'connect', host, port: 443 }).outcome;

const MAIN = '/repo/.srt-settings.json';
const USER = '/home/me/.srt-settings.json';

describe('the presets', () => {
  for (const [name, { policy }] of Object.entries(presets))
    it(`${name} is a valid policy without findings`, () => {
      assert.deepEqual(validatePolicy(JSON.stringify(policy)).problems, []);
      assert.deepEqual(messages({ [MAIN]: { extends: [name] } }, [[undefined, MAIN]]), []);
    });

  it('name registries by the wildcard of their parent domain', () => {
    const hosts = Object.values(presets).flatMap(({ policy }) => policy.network.allowedDomains);
    assert.deepEqual(hosts.filter((host) => !host.startsWith('*.')), ['github.com']);
  });

  it('do what they are named for', () => {
    const of = (...names: string[]): ResolvedPolicy => resolvedFrom(composed({ [MAIN]: { extends: names } }, [[undefined, MAIN]]));
    assert.deepEqual([answer(of('strict'), 'write', '/repo/x'), answer(of('strict'), 'read', '/home/me/.ssh/id'), reaches(of('strict'), 'github.com')], ['deny default', 'deny - preset:strict /filesystem/denyRead/0', 'deny']);
    assert.deepEqual([answer(of('workspace'), 'write', '/repo/x'), answer(of('workspace'), 'write', '/work2/x')], ['allow - preset:workspace /filesystem/allowWrite/0', 'deny default']);
    assert.deepEqual([reaches(of('node'), 'x.npmjs.org'), reaches(of('node', 'offline'), 'x.npmjs.org'), reaches(of('agent'), 'api.github.com')], ['allow', 'deny', 'allow']);
    const careful = (line: string): string => {
      const { outcome, guidance } = decideCommand(of('workspace', 'careful'), ['bash', '-c', line]);
      return guidance === undefined ? outcome : `${outcome}, guided`;
    };
    for (const line of ['rm -rf build', 'find . -name x -exec rm {} +', 'ls | xargs rm', 'cd x && git clean -fd', 'env A=1 git reset --hard HEAD']) assert.equal(careful(line), 'ask, guided', line);
    assert.equal(careful('find . -delete'), 'deny, guided');
    for (const line of ['rm file', 'find . -name x', 'git clean -n', 'git reset HEAD']) assert.equal(careful(line), 'allow', line);
  });
});

describe('extends', () => {
  it('adds the lists of what it names; every rule knows its file', () => {
    const files = { [MAIN]: policyOf({ extends: ['./base.srt.json', 'node'], filesystem: { denyWrite: ['./locked'] } }), '/repo/base.srt.json': policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['./own'] } }) };
    const policy = resolvedFrom(composed(files, [[undefined, MAIN]]));
    assert.equal(answer(policy, 'write', '/repo/x'), 'allow - /repo/base.srt.json /filesystem/allowWrite/0');
    assert.equal(answer(policy, 'write', '/repo/own'), 'deny - /repo/base.srt.json /filesystem/denyWrite/0');
    assert.equal(answer(policy, 'write', '/repo/locked/x'), 'deny - main /filesystem/denyWrite/0');
    assert.equal(reaches(policy, 'a.npmjs.org'), 'allow');
    assert.equal(policy.source.extends, undefined);
  });

  it('lets the extending file have the last word on single values, then the later entry', () => {
    const base = { allowPty: true, mandatoryDenySearchDepth: 2, bwrapPath: '/a' };
    const files = { [MAIN]: { extends: ['./a.json', './b.json'], allowPty: false }, '/repo/a.json': policyOf(base), '/repo/b.json': policyOf({ bwrapPath: '/b' }) };
    const { policy } = composed(files, [[undefined, MAIN]]);
    assert.deepEqual([policy.allowPty, policy.mandatoryDenySearchDepth, policy.bwrapPath], [false, 2, '/b']);
  });

  it('may leave out what it does not add to, and only then', () => {
    assert.deepEqual(validatePolicy('{ "extends": ["strict"], "network": { "allowedDomains": ["a.test"] } }').problems, []);
    assert.deepEqual(validatePolicy('{ "network": { "allowedDomains": ["a.test"] } }').problems.map(({ code }) => code), ['missing-key', 'missing-key']);
  });

  it('takes a file once, however often it is named', () => {
    const files = { [MAIN]: { extends: ['./a.json', './b.json'] }, '/repo/a.json': { extends: ['./c.json'] }, '/repo/b.json': { extends: ['./c.json'] }, '/repo/c.json': policyOf({ filesystem: { allowWrite: ['.'] } }) };
    assert.deepEqual(composed(files, [[undefined, MAIN]]).sources.map(({ id }) => id), [MAIN, '/repo/b.json', '/repo/c.json', '/repo/a.json']);
  });

  it('refuses what it cannot follow, all at once, with the entry', () => {
    const files = { [MAIN]: { extends: ['./missing.json', '../outside.json', '/etc/passwd.json', './loop.json', './bad.json', '~/x.json'] }, '/repo/loop.json': { extends: ['./.srt-settings.json'] }, '/repo/bad.json': '{ "network": 1 }', '/outside.json': policyOf() };
    assert.deepEqual(messages(files, [[undefined, MAIN]]), [
      `${MAIN}/extends/5: "~/x.json" lies outside of /repo, and a policy extends only what is in its own place`,
      '/repo/bad.json: does not hold a valid policy',
      '/repo/loop.json/extends/0: "./.srt-settings.json" extends itself: /repo/.srt-settings.json → /repo/loop.json → /repo/.srt-settings.json',
      `${MAIN}/extends/2: "/etc/passwd.json" lies outside of /repo, and a policy extends only what is in its own place`,
      `${MAIN}/extends/1: "../outside.json" lies outside of /repo, and a policy extends only what is in its own place`,
      `${MAIN}/extends/0: "./missing.json" does not exist`,
    ]);
  });

  it('judges where a link leads, not where it lies', () => {
    const read: ReadPolicy = () => ({ path: absolutePath('/elsewhere/x.json'), text: '{}' });
    const result = composePolicy([{ file: { path: absolutePath(MAIN), text: '{ "extends": ["./x.json"] }' } }], { context: { base: BASE, home: HOME }, read, trusted: true });
    assert.match('problems' in result ? (result.problems[0]?.message ?? '') : '', /^"\.\/x\.json" lies outside of \/repo/);
  });

  it('holds what the files say together against the same rules', () => {
    const mask = policyOf({ network: { allowedDomains: ['a.test'], tlsTerminate: {} }, credentials: { envVars: [{ name: 'TOKEN', mode: 'mask', injectHosts: ['a.test'] }] } });
    const files = { '/repo/base.json': mask, [MAIN]: { extends: ['./base.json'], network: { tlsTerminate: { excludeDomains: ['a.test'] } } } };
    assert.match(messages(files, [[undefined, MAIN]]).join(), /^\/repo\/base\.json\/credentials\/envVars\/0\/injectHosts\/0: together with the other policies: /);
  });

  it('says nothing of one file that only all of them can tell, and refuses together what is wrong together', () => {
    const credentials = { envVars: [{ name: 'TOKEN', mode: 'mask', injectHosts: ['api.github.com'] }] };
    const policy = { extends: ['github', './base.json'], network: { deniedDomainReasons: { 'bad.test': 'it is' } }, filesystem: { allowRead: ['~/.ssh/known_hosts'], denyWrite: ['./ci'] }, credentials };
    const base = policyOf({ network: { deniedDomains: ['bad.test'], tlsTerminate: {} }, filesystem: { denyRead: ['~/.ssh'], allowWrite: ['.'] } });
    assert.deepEqual(validatePolicy(JSON.stringify(policy), { platform: 'linux', facts: FACTS }).problems.map(({ code }) => code), ['missing-path', 'missing-denied-path']);
    assert.deepEqual(messages({ [MAIN]: policy, '/repo/base.json': base }, [[undefined, MAIN]]), []);
    assert.match(messages({ [MAIN]: { ...policy, extends: ['./base.json'] }, '/repo/base.json': base }, [[undefined, MAIN]]).join(), /^\S+\/credentials\/envVars\/0\/injectHosts\/0: together with the other policies: "api\.github\.com" is not covered/);
    assert.deepEqual(validatePolicy(JSON.stringify({ ...policy, extends: [] }), { platform: 'linux', facts: FACTS }).problems.map(({ code }) => code), ['orphan-reason', 'secrets-readable', 'dead-allow-read', 'missing-path', 'dead-deny-write', 'missing-denied-path', 'mask-without-termination', 'inject-host-not-allowed']);
  });

  it('is bounded in depth and in number', () => {
    const chain = Object.fromEntries(Array.from({ length: MAX_EXTENDS_DEPTH + 1 }, (_, index) => [`/repo/${index}.json`, { extends: [`./${index + 1}.json`] }]));
    assert.match(messages(chain, [[undefined, '/repo/0.json']])[0] ?? '', /more than 8 levels deep/);
    const many = { [MAIN]: { extends: Array.from({ length: 40 }, (_, index) => `./${index}.json`) }, ...Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`/repo/${index}.json`, policyOf()])) };
    assert.match(messages(many, [[undefined, MAIN]])[0] ?? '', /more than 32 policies/);
  });
});

describe('layers', () => {
  const files = (user: Policy, workspace: Policy): Files => ({ [USER]: user, [MAIN]: workspace });
  const both = [['user', USER], ['workspace', MAIN]] as const;
  const merged = (user: Policy, workspace: Policy, trusted: boolean): ComposedPolicy => composed(files(user, workspace), both, trusted);

  it('let a workspace narrow what the user allows, trusted or not', () => {
    const user = policyOf({ network: { allowedDomains: ['a.test', 'b.test'] }, filesystem: { allowWrite: ['/repo', '/home/me/project'] } });
    const workspace = policyOf({ network: { deniedDomains: ['b.test'] }, filesystem: { denyWrite: ['./locked'], denyRead: ['/home/me'] } });
    for (const trusted of [false, true]) {
      const policy = resolvedFrom(merged(user, workspace, trusted));
      assert.equal(answer(policy, 'write', '/repo/x'), `allow user ${USER} /filesystem/allowWrite/0`);
      assert.equal(answer(policy, 'write', '/repo/locked/x'), 'deny workspace main /filesystem/denyWrite/0');
      // Also where the user's rule is the more specific one: each layer judges for itself.
      assert.equal(answer(policy, 'read', '/home/me/project/x'), 'deny workspace main /filesystem/denyRead/0');
      assert.deepEqual([reaches(policy, 'a.test'), reaches(policy, 'b.test')], ['allow', 'deny']);
    }
  });

  it('let it widen only when it is trusted, and say what was left out', () => {
    const workspace = policyOf({ allowPty: true, bwrapPath: '/repo/bwrap', network: { allowedDomains: ['a.test'], tlsTerminate: {} }, filesystem: { allowWrite: ['.'] }, credentials: { envVars: [{ name: 'KEEP', mode: 'mask' }, { name: 'DROP', mode: 'deny' }] } });
    const untrusted = merged(policyOf(), workspace, false);
    assert.deepEqual([answer(resolvedFrom(untrusted), 'write', '/repo/x'), reaches(resolvedFrom(untrusted), 'a.test'), untrusted.policy.allowPty, untrusted.policy.bwrapPath], ['deny default', 'deny', undefined, undefined]);
    assert.deepEqual(untrusted.policy.credentials?.envVars, [{ name: 'DROP', mode: 'deny' }]);
    assert.equal(untrusted.origins.of('/credentials/envVars/0/name' as never).pointer, '/credentials/envVars/1/name');
    assert.deepEqual(untrusted.leftOut.map(({ origin }) => origin.pointer).sort(), ['/allowPty', '/bwrapPath', '/credentials/envVars/0', '/filesystem/allowWrite/0', '/network/allowedDomains/0', '/network/tlsTerminate']);
    const trusted = merged(policyOf(), workspace, true);
    assert.deepEqual([answer(resolvedFrom(trusted), 'write', '/repo/x'), reaches(resolvedFrom(trusted), 'a.test'), trusted.policy.allowPty], ['allow workspace main /filesystem/allowWrite/0', 'allow', true]);
    assert.deepEqual(trusted.leftOut, []);
  });

  it('never go past a deny of the user', () => {
    const user = policyOf({ allowPty: false, network: { deniedDomains: ['*.b.test'], strictAllowlist: true }, filesystem: { denyRead: ['~/.ssh'], denyWrite: ['/repo/ci'] } });
    const workspace = policyOf({ allowPty: true, network: { allowedDomains: ['a.b.test'], strictAllowlist: false }, filesystem: { allowRead: ['~/.ssh/known_hosts'], allowWrite: ['/repo/ci/x', '~/.ssh/known_hosts'] } });
    const { policy: source, ...rest } = merged(user, workspace, true);
    const policy = resolvedFrom({ policy: source, ...rest });
    assert.equal(answer(policy, 'read', '/home/me/.ssh/known_hosts'), `deny user ${USER} /filesystem/denyRead/0`);
    assert.equal(answer(policy, 'write', '/home/me/.ssh/known_hosts'), `deny user ${USER} /filesystem/denyRead/0`);
    assert.equal(answer(policy, 'write', '/repo/ci/x'), `deny user ${USER} /filesystem/denyWrite/0`);
    assert.deepEqual([reaches(policy, 'a.b.test'), source.allowPty, source.network.strictAllowlist], ['deny', false, true]);
  });

  it('lift within one layer as in one file', () => {
    const workspace = policyOf({ filesystem: { denyRead: ['/home/me'], allowRead: ['/home/me/project'] } });
    const policy = resolvedFrom(merged(policyOf(), workspace, false));
    assert.deepEqual([answer(policy, 'read', '/home/me/project/x').split(' ')[0], answer(policy, 'read', '/home/me/x').split(' ')[0]], ['allow', 'deny']);
  });
});
