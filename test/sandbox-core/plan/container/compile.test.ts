import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import type { Controller, HeldLimits } from 'sandbox-core/internal/host/facts';
import { compileContainerPlan } from 'sandbox-core/internal/plan/container/compile';
import { containerSettings } from 'sandbox-core/internal/plan/container/settings';
import { literalRulePaths } from 'sandbox-core/internal/plan/mounts';
import type { LaunchPlan } from 'sandbox-core';
import { absolutePath, type Policy } from 'sandbox-core/policy';

import { factsOf } from '../../../support/facts';
import { assertGolden } from '../../../support/golden';
import { BASE, policyOf, resolved } from '../../../support/policies';

const IMAGE = 'ab'.repeat(32);
type Existing = Readonly<Record<string, 'directory' | 'file'>>;

function compile(policy: Policy, existing: Existing = {}, change: { readonly user?: number; readonly terminal?: 'inherit'; readonly volumes?: readonly string[]; readonly controllers?: readonly Controller[]; readonly environment?: Readonly<Record<string, string>> } = {}): ReturnType<typeof compileContainerPlan> {
  const resolvedPolicy = resolved(policy);
  const settings = containerSettings(policy);
  assert.ok(settings, 'the policy has a container');
  const engine = settings.values.engine ?? 'podman';
  const limits: HeldLimits = { controllers: change.controllers ?? ['cpu', 'memory', 'pids'], instead: 'have them delegated' };
  const container = { engine, program: absolutePath(`/usr/bin/${engine}`), image: { id: IMAGE, environment: { PATH: '/opt/go/bin:/bin' }, volumes: change.volumes ?? [] }, network: 'ns:/proc/7/ns/net', limits };
  const facts = { ...factsOf(existing, literalRulePaths(resolvedPolicy.filesystem.rules)), user: change.user ?? 0, container, ...(change.environment && { environment: change.environment }) };
  return compileContainerPlan(resolvedPolicy, { argv: ['make'], directory: BASE, terminal: change.terminal ?? 'none' }, settings, facts);
}

function planOf(...input: Parameters<typeof compile>): LaunchPlan {
  const result = compile(...input);
  assert.ok('plan' in result, JSON.stringify(result));
  return result.plan;
}

function refused(...input: Parameters<typeof compile>): string[] {
  const result = compile(...input);
  assert.ok('refusals' in result, 'expected a refusal, got a plan');
  return result.refusals.map(({ pointer = '', message }) => `${pointer} ${message}`);
}

const container = { image: 'localhost/tools' };

describe('planning containers', () => {
  it('shows the directory, what may be written and what is named, and hides what is denied', () => {
    const policy = policyOf({
      container: { ...container, env: { CI: '1' }, volumes: ['/usr/share/dict:/usr/share/dict:ro'], cpuLimit: 1.5, memoryLimit: '512m' },
      filesystem: { allowWrite: ['/repo/build', '/cache'], denyWrite: ['/repo/build/keep'], denyRead: ['/repo/secret', '/repo/key', '/etc/token', '/home'], allowRead: ['/home/me/sdk'] },
    });
    const existing: Existing = { '/repo/build/keep': 'directory', '/cache': 'directory', '/repo/secret': 'directory', '/repo/key': 'file', '/home/me/sdk': 'directory', '/usr/share/dict': 'directory' };
    const plan = planOf(policy, existing);
    assertGolden('containers/paths.json', JSON.stringify({ environment: plan.environment, ...plan.container }, null, 2) + '\n');
  });

  it('gives the image its own variables, and of the caller only those that are named', () => {
    const { environment } = planOf(policyOf({ container, environment: { allow: ['TOKEN'] } }));
    assert.deepEqual([environment['PATH'], environment['HOME'], environment['TOKEN'], environment['HTTP_PROXY']], ['/opt/go/bin:/bin', '/tmp', 'secret', undefined]);
    assert.equal(planOf(policyOf({ container })).environment['TOKEN'], undefined);
  });

  it('joins the network of the session, or none', () => {
    const network = (networkMode?: 'none' | 'bridge'): string | undefined => {
      const { container: planned } = planOf(policyOf({ docker: { ...container, ...(networkMode && { networkMode }) } }));
      return planned?.arguments[planned.arguments.indexOf('--network') + 1];
    };
    assert.deepEqual([network(), network('bridge'), network('none')], ['ns:/proc/7/ns/net', 'ns:/proc/7/ns/net', 'none']);
  });

  it('refuses by name what a container cannot hold', () => {
    const cases: readonly (readonly [RegExp, readonly string[]])[] = [
      [/^\/container\/engine .*only root.*install Podman/, refused(policyOf({ container: { ...container, engine: 'docker' } }), {}, { user: 1000 })],
      [/^\/container .*DOCKER_HOST leads to another machine/, refused(policyOf({ container: { ...container, engine: 'docker' } }), {}, { environment: { DOCKER_HOST: 'tcp://builder:2376' } })],
      [/^\/container\/image .*volumes \(\/data\)/, refused(policyOf({ container: { ...container, engine: 'docker' } }), {}, { volumes: ['/data'] })],
      [/^\/container\/memoryLimit .*"memory".*have them delegated/, refused(policyOf({ container: { ...container, memoryLimit: '1g' } }), {}, { controllers: ['pids'] })],
      [/^\/container\/pidsLimit .*"pids"/, refused(policyOf({ container: { ...container, pidsLimit: 10 } }), {}, { controllers: [] })],
      [/^\/container\/runtime .*gVisor.*apt install crun/, refused(policyOf({ container: { ...container, runtime: 'runsc' } }))],
      [/^\/docker .*two names/, refused(policyOf({ container, docker: container }))],
      [/^\/allowNestedUserNamespaces /, refused(policyOf({ container, allowNestedUserNamespaces: true }))],
      [/^\/broker /, refused(policyOf({ container, broker: { allow: ['git push'] } }))],
      [/"\/" is the root of its image/, refused(policyOf({ container, filesystem: { allowWrite: ['/'] } }))],
      [/cannot be named to a container engine/, refused(policyOf({ container, filesystem: { allowWrite: ['/repo/a,readonly=false'] } }), { '/repo/a,readonly=false': 'directory' })],
    ];
    for (const [expected, found] of cases) assert.match(found.join('\n'), expected);
  });

  it('mounts no volume that says more than the policy', () => {
    const volume = (spelled: string): string => refused(policyOf({ container: { ...container, volumes: [spelled] }, filesystem: { denyRead: ['/hidden'] } }), { '/hidden': 'directory', '/data': 'directory' }).join('\n');
    assert.match(volume('/data:/elsewhere'), /^\/container\/volumes\/0 .*same path/);
    assert.match(volume('/hidden:/hidden:ro'), /may not be read/);
    assert.match(volume('/data:/data:rw'), /may not be written/);
    assert.match(volume('/nothing:/nothing:ro'), /there is nothing/);
    assert.match(volume('data:/data'), /expected "\/path:\/path"/);
  });
});
