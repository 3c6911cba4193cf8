import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import type { HostFacts } from 'sandbox-core/internal/host/facts';
import { bubblewrapArguments, bubblewrapGround } from 'sandbox-core/internal/plan/bubblewrap';
import { planEnvironment } from 'sandbox-core/internal/plan/environment';
import { compilePlan } from 'sandbox-core/internal/plan/compile';
import { helperMounts } from 'sandbox-core/internal/plan/helper-mounts';
import { literalRulePaths } from 'sandbox-core/internal/plan/mounts';
import type { LaunchPlan, Refusal } from 'sandbox-core';
import { absolutePath, type PathRule, type Policy } from 'sandbox-core/policy';

import { factsOf } from '../../support/facts';
import { assertGolden } from '../../support/golden';
import { BASE, policyOf, resolved } from '../../support/policies';

type Existing = Readonly<Record<string, 'directory' | 'file'>>;

function compile(policy: Policy, existing: Existing, options: { readonly directory?: string; readonly builtIn?: readonly PathRule[]; readonly makesMounts?: boolean } = {}): ReturnType<typeof compilePlan> {
  const resolvedPolicy = resolved(policy, options.builtIn);
  const facts = { ...factsOf(existing, literalRulePaths(resolvedPolicy.filesystem.rules)), makesMounts: options.makesMounts ?? true };
  return compilePlan(resolvedPolicy, { argv: ['make'], directory: absolutePath(options.directory ?? BASE), terminal: 'none' }, facts);
}

function planOf(...input: Parameters<typeof compile>): LaunchPlan {
  const result = compile(...input);
  assert.ok('plan' in result, JSON.stringify(result));
  return result.plan;
}

function refusalsOf(...input: Parameters<typeof compile>): readonly Refusal[] {
  const result = compile(...input);
  assert.ok('refusals' in result, 'expected a refusal, got a plan');
  return result.refusals;
}

/** `writable /repo` for each mount that a rule asked for. */
function mountsOf(...input: Parameters<typeof compile>): string[] {
  const own = new Set(['root', 'devices', 'processes', 'private', 'replaced-file']);
  return planOf(...input)
    .mounts.filter(({ kind }) => !own.has(kind))
    .map((mount) => `${mount.kind}${'path' in mount ? ` ${mount.path}` : ''}${mount.kind === 'masked-directory' && mount.passable ? ' (passable)' : ''}`);
}

const protectedPath = (path: string, name = 'shell-start'): PathRule => ({ list: 'denyWrite', pattern: { kind: 'literal', path: absolutePath(path) }, named: absolutePath(path), rule: { kind: 'built-in', name }, spelled: path, final: false, whenMissing: 'directory' });

describe('planning mounts', () => {
  it('makes none where no rule asks for one', () => {
    assert.deepEqual(mountsOf(policyOf(), {}), []);
  });

  it('makes the allowed writable and what is denied in it read-only again, pinning the directories between', () => {
    assert.deepEqual(mountsOf(policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['./a/b/secret'] } }), { '/repo/a/b/secret': 'file' }), ['writable /repo', 'pinned /repo/a', 'pinned /repo/a/b', 'read-only /repo/a/b/secret']);
  });

  it('makes no mount for a rule that changes nothing', () => {
    assert.deepEqual(mountsOf(policyOf({ filesystem: { allowWrite: ['.', './a', './a/b'], denyWrite: ['/etc', '/usr/lib'], allowRead: ['/srv'] } }), { '/repo/a/b': 'directory', '/etc': 'directory', '/usr/lib': 'directory', '/srv': 'directory' }), ['writable /repo']);
  });

  it('masks what may not be read, and lets pass through to what may', () => {
    assert.deepEqual(mountsOf(policyOf({ filesystem: { denyRead: ['~', '/etc/shadow'], allowRead: ['~/.gitconfig'], allowWrite: ['.'] } }), { '/home/me/.gitconfig': 'file', '/etc/shadow': 'file' }), [
      'writable /repo',
      'masked-file /etc/shadow',
      'masked-directory /home/me (passable)',
      'read-only /home/me/.gitconfig',
      'sealed /home/me',
    ]);
  });

  it('keeps a write deny above an allow', () => {
    assert.deepEqual(mountsOf(policyOf({ filesystem: { allowWrite: ['/repo/a'], denyWrite: ['/repo'] } }), { '/repo/a': 'directory' }), []);
  });

  it('mounts nothing on what does not exist and cannot be made', () => {
    assert.deepEqual(mountsOf(policyOf({ filesystem: { denyRead: ['/nowhere/x'], allowWrite: ['/nowhere/y'], denyWrite: ['/nowhere/z'] } }), {}), []);
  });

  it('makes mount points, outermost first, for protected paths that do not exist yet', () => {
    const plan = planOf(policyOf({ filesystem: { allowWrite: ['.'] } }), {}, { builtIn: [protectedPath('/repo/.claude/commands', 'agent-settings')] });
    assert.deepEqual(plan.mountPoints, ['/repo/.claude', '/repo/.claude/commands'].map((path) => ({ path, kind: 'directory', rule: { kind: 'built-in', name: 'agent-settings' } })));
    assert.deepEqual(plan.mounts.filter((mount) => 'path' in mount && mount.path.startsWith('/repo/')), [
      { kind: 'pinned', path: '/repo/.claude', writable: true },
      { kind: 'read-only', path: '/repo/.claude/commands', rule: { kind: 'built-in', name: 'agent-settings' } },
    ]);
  });

  it('gives the sandbox a /tmp of its own, and shows what the policy names of the host\'s', () => {
    const plan = planOf(policyOf({ filesystem: { allowWrite: ['/tmp/build'], allowRead: ['/tmp/input'] } }), { '/tmp/build': 'directory', '/tmp/input': 'file' });
    assert.deepEqual(
      plan.mounts.filter((mount) => 'path' in mount && mount.path.startsWith('/tmp')),
      [
        { kind: 'private', path: '/tmp', source: '/tmp/srt-1000/session-x/tmp' },
        { kind: 'writable', path: '/tmp/build', rule: { kind: 'policy', pointer: '/filesystem/allowWrite/0' } },
        { kind: 'read-only', path: '/tmp/input', rule: { kind: 'default', pointer: '/filesystem/denyRead' } },
      ],
    );
  });

  it('hides the sandbox\'s own files where the host\'s /tmp is in view', () => {
    const mounts = mountsOf(policyOf({ filesystem: { allowWrite: ['/'] } }), {});
    assert.deepEqual(mounts, ['masked-directory /tmp/srt-1000', 'sealed /tmp/srt-1000']);
  });

  it('refuses to make more mounts than can be made in reasonable time, and names the entry that asks for most of them', () => {
    const denied = (count: number): PathRule[] => Array.from({ length: count }, (_, index) => ({ ...protectedPath(`/repo/d/f${index}`), rule: { kind: 'policy', pointer: '/filesystem/denyWrite/0' } }));
    const existing = (count: number): Existing => Object.fromEntries(denied(count).map(({ named }) => [named, 'file'] as const));
    const policy = policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['./d/f*'] } });
    for (const [makesMounts, few, many] of [[true, 2000, 20_100], [false, 1000, 1300]] as const) {
      assert.equal(mountsOf(policy, existing(few), { builtIn: denied(few), makesMounts }).length, few + 2);
      const [refusal, ...others] = refusalsOf(policy, existing(many), { builtIn: denied(many), makesMounts });
      assert.deepEqual([refusal?.code, refusal?.pointer, others], ['too-many-mounts', '/filesystem/denyWrite/0', []]);
      assert.ok(refusal?.message.includes(`${many} come from filesystem.denyWrite[0]`), refusal?.message);
    }
  });

  it('carries every rule into the plan', () => {
    const policy = policyOf({ network: { allowedDomains: ['api.test:8443', 'localhost:5432'] }, filesystem: { denyRead: ['~/.ssh'], allowWrite: ['.'], denyWrite: ['./.env'] } });
    const plan = planOf(policy, { '/home/me/.ssh': 'directory', '/repo/.env': 'file' }, { builtIn: [protectedPath('/repo/.bashrc'), { ...protectedPath('/repo/.envrc'), whenMissing: 'guard' }] });
    assertGolden('golden/launch-plan.json', JSON.stringify(plan, null, 2) + '\n');
    assertGolden('golden/bubblewrap-arguments.txt', bubblewrapArguments(plan, { nestedNamespaces: false }).join('\n') + '\n');
    assertGolden('golden/bubblewrap-ground.txt', bubblewrapGround(plan).join('\n') + '\n');
    assertGolden('golden/helper-mounts.txt', helperMounts(plan.mounts).map((mount) => mount.join(' ')).join('\n') + '\n');
  });
});

describe('the helper\'s mounts', () => {
  const madeIn = (policy: Policy, existing: Existing): string[] => helperMounts(planOf(policy, existing).mounts).flatMap(([kind, path, place]) => (place === 'made' ? [`${kind} ${path}`] : []));

  it('make what they are mounted on only in what is the sandbox\'s own', () => {
    const policy = policyOf({ filesystem: { denyRead: ['~', '/srv'], allowRead: ['~/a', '/tmp/x/input'], denyWrite: ['~/a/b/c'], allowWrite: ['~/a/b'] } });
    assert.deepEqual(madeIn(policy, { '/home/me/a/b/c': 'file', '/tmp/x/input': 'file', '/srv': 'directory' }), ['mount /home/me/a', 'mount /tmp/x/input']);
  });

  it('put everything that is shown into an empty root', () => {
    const policy = policyOf({ filesystem: { denyRead: ['/'], allowRead: ['/usr', '.'] } });
    assert.deepEqual(madeIn(policy, { '/usr': 'directory' }), ['devices /dev', 'sandbox /proc', 'mount /tmp', 'mount /repo', 'mount /usr']);
  });

  it('use one mask for all directories that nothing is shown in', () => {
    const policy = policyOf({ filesystem: { denyRead: ['~/.ssh', '~/.aws', '/srv'], allowRead: ['/srv/public'] } });
    const mounts = helperMounts(planOf(policy, { '/home/me/.ssh': 'directory', '/home/me/.aws': 'directory', '/srv/public': 'directory' }).mounts);
    assert.deepEqual(mounts.filter(([kind]) => kind !== 'mount' && kind !== 'sandbox' && kind !== 'devices').map((mount) => mount.slice(0, -1).join(' ')), ['own-directory /srv there 73', 'mask /home/me/.aws there', 'mask /home/me/.ssh there', 'seal /srv']);
  });
});

describe('planning the environment', () => {
  it('drops proxies, the editor\'s sockets and denied variables', () => {
    const { environment } = planOf(policyOf({ credentials: { envVars: [{ name: 'TOKEN', mode: 'deny' }] } }), {});
    assert.deepEqual(environment, { PATH: '/usr/bin:/bin', HOME: '/home/me', SANDBOX_RUNTIME: '1', GIT_TEMPLATE_DIR: '', TMPDIR: '/tmp/claude' });
  });

  const passed = (environment: NonNullable<Policy['environment']>, ...names: string[]): string[] =>
    Object.keys(planEnvironment(Object.fromEntries(names.map((name) => [name, 'x'])), policyOf({ environment }), undefined)).filter((name) => names.includes(name));

  it('passes on what is allowed and not denied, by pattern', () => {
    assert.deepEqual(passed({ allow: ['npm_config_*', 'CI'], deny: ['*auth*'] }, 'PATH', 'CI', 'CI_X', 'npm_config_cache', 'npm_config__authToken', 'LC_ALL'), ['PATH', 'CI', 'npm_config_cache', 'LC_ALL']);
    assert.deepEqual(passed({ deny: ['AWS_*'] }, 'AWS_PROFILE', 'aws_profile', 'XAWS_', 'CI'), ['XAWS_', 'CI']);
    assert.deepEqual(passed({ allow: [] }, 'CI', 'HOME'), ['HOME']);
  });

  it('drops secrets and injected code where asked to, but for names that are allowed as they are', () => {
    assert.deepEqual(passed({ dropSecrets: true }, 'GITHUB_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'DB_PASSWORD', 'OPENAI_API_KEY', 'GH_PAT', 'SENTRY_DSN', 'PATH', 'KEYBOARD'), ['PATH', 'KEYBOARD']);
    assert.deepEqual(passed({ dropInjection: true }, 'LD_PRELOAD', 'LD_AUDIT', 'NODE_OPTIONS', 'BASH_ENV', 'GIT_SSH_COMMAND', 'GIT_CONFIG_COUNT', 'JAVA_TOOL_OPTIONS', 'PATH', 'LDFLAGS'), ['PATH', 'LDFLAGS']);
    assert.deepEqual(passed({ dropSecrets: true, allow: ['*', 'NPM_TOKEN'] }, 'NPM_TOKEN', 'GITHUB_TOKEN'), ['NPM_TOKEN']);
    assert.deepEqual(passed({}, 'GITHUB_TOKEN', 'LD_PRELOAD', 'HTTPS_PROXY'), ['GITHUB_TOKEN', 'LD_PRELOAD']);
  });
});

describe('refusing', () => {
  const codes = (refusals: readonly Refusal[]): string[] => refusals.map(({ code, pointer }) => `${code} ${pointer ?? ''}`.trim());

  it('names every rule that is not enforced, all at once', () => {
    const policy = policyOf({
      network: { mitmProxy: { socketPath: '/x', domains: ['a.test'] }, tlsTerminate: {}, socksProxyPort: 1, deniedResolvedAddresses: ['192.0.2.1'] },
      filesystem: { denyWrite: ['*.key'], denyRead: ['/'] },
    });
    assert.deepEqual(codes(refusalsOf(policy, {}, { directory: '/' })), [
      'not-expressible /network/deniedResolvedAddresses',
      'conflicting-keys /network/mitmProxy',
      'directory-hidden /filesystem/denyRead/0',
    ]);
  });

  it('shows the /proc of the host, read-only, only where no other can be had, and not where its numbers cannot be told', () => {
    const policy = resolved({ ...policyOf(), enableWeakerNestedSandbox: true });
    const result = (processes: HostFacts['processes']): ReturnType<typeof compilePlan> => compilePlan(policy, { argv: ['a'], directory: BASE, terminal: 'none' }, { ...factsOf({}), processes });
    const shown = (processes: HostFacts['processes']): unknown => {
      const compiled = result(processes);
      assert.ok('plan' in compiled);
      return [helperMounts(compiled.plan.mounts).filter(([, path]) => path === '/proc'), bubblewrapGround(compiled.plan).includes('--proc'), bubblewrapArguments(compiled.plan, { nestedNamespaces: false }).includes('--disable-userns')];
    };
    assert.deepEqual(shown('own'), [[['sandbox', '/proc', 'there', 'the sandbox']], true, true]);
    assert.deepEqual(shown('outer'), [[['mount', '/proc', 'there', '/proc', 'read-only', 'the sandbox']], false, false]);
    const refused = result('none');
    assert.deepEqual('refusals' in refused && codes(refused.refusals), ['not-expressible /enableWeakerNestedSandbox']);
  });

  it('names a pattern that begins above too many directories to look through', () => {
    const policy = resolved(policyOf({ filesystem: { denyRead: ['/**/*.pem', '/srv/*.pem'], denyWrite: ['*.key'] } }));
    const result = compilePlan(policy, { argv: ['a'], directory: BASE, terminal: 'none' }, { ...factsOf({}), incomplete: [absolutePath('/srv')] });
    assert.deepEqual('refusals' in result && codes(result.refusals), ['glob-too-broad /filesystem/denyRead/0', 'glob-too-broad /filesystem/denyRead/1']);
  });

  it('does not start in a directory that the policy hides', () => {
    assert.deepEqual(codes(refusalsOf(policyOf({ filesystem: { denyRead: ['/repo'] } }), {})), ['directory-hidden /filesystem/denyRead/0']);
  });

  it('does not take arguments or directories that C strings cannot hold', () => {
    for (const command of [{ argv: ['a\0b'], directory: BASE }, { argv: ['a'], directory: absolutePath(`${BASE}\0b`) }]) {
      const result = compilePlan(resolved(policyOf()), { ...command, terminal: 'none' }, factsOf({}));
      assert.deepEqual('refusals' in result && codes(result.refusals), ['nul-in-argument']);
    }
  });

  it('says so on another platform', () => {
    const result = compilePlan(resolved(policyOf()), { argv: ['a'], directory: BASE, terminal: 'none' }, { ...factsOf({}), platform: 'windows' });
    assert.deepEqual('refusals' in result && codes(result.refusals), ['platform-unsupported']);
  });
});
