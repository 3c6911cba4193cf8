import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { parse } from 'jsonc-parser';
import { absolutePath, composePolicy, effectivePolicy, effectiveText, resolveWithoutDisk, type ComposedPolicy, type PolicyPlatform } from 'sandbox-core/policy';

import { BASE, HOME, policyOf } from '../../support/policies';

const MAIN = absolutePath('/repo/.srt-settings.json');

function composed(policy: object): ComposedPolicy {
  const text = JSON.stringify({ ...policyOf(), ...policy }, null, 2);
  const base = JSON.stringify(policyOf({ filesystem: { allowWrite: ['.'] } }));
  const result = composePolicy([{ file: { path: MAIN, text } }], { context: { base: BASE, home: HOME }, trusted: true, read: (path) => ({ path, text: base }) });
  assert.ok('composed' in result);
  return result.composed;
}

function textOf({ policy, origins, sources, leftOut }: ComposedPolicy, platform: PolicyPlatform): string {
  const [main] = sources;
  assert.ok(main);
  return effectiveText(resolveWithoutDisk(policy, { base: BASE, home: HOME, origins }), { platform, texts: { main: { name: 'p.json', syntax: main.checked.syntax }, sources }, leftOut });
}

function lineWith(text: string, needle: string): string {
  return text.split('\n').find((line) => line.includes(needle))?.trim() ?? `no line with ${needle}`;
}

describe('the effective policy', () => {
  it('says of every value where it comes from', () => {
    const text = textOf(composed({ extends: ['./base.json', 'node'], filesystem: { denyWrite: ['./ci'] } }), 'linux');
    assert.equal(lineWith(text, '"./ci"'), '"./ci",  // p.json:8:7');
    assert.equal(lineWith(text, '"."'), '".",  // /repo/base.json:1:95');
    assert.equal(lineWith(text, '"*.npmjs.org"'), '"*.npmjs.org",  // preset node: network.allowedDomains[0]');
    assert.equal(lineWith(text, '.bashrc'), '"/repo/**/.bashrc",  // built-in shell-start; your next shell runs it');
    assert.equal(lineWith(text, 'allowGitConfig'), '"allowGitConfig": false,  // default');
    assert.equal(lineWith(text, 'extended by'), '//   preset node  (extended by /repo/.srt-settings.json)');
    assert.equal(lineWith(text, '"extends"'), 'no line with "extends"');
  });

  it('is JSON with comments that says what is in force, on every platform', () => {
    const source = composed({ extends: ['agent'], allowPty: true, ignoreViolations: { a: ['b'] } });
    for (const platform of ['linux', 'macos', 'windows'] as const) {
      const errors: never[] = [];
      const value = parse(textOf(source, platform), errors) as { network: object; filesystem: { denyWrite: string[] }; allowPty: boolean };
      assert.deepEqual(errors, []);
      assert.equal(value.allowPty, true);
      assert.equal(value.filesystem.denyWrite.includes('/repo/**/.bashrc'), platform !== 'windows');
    }
    assert.match(lineWith(textOf(source, 'linux'), 'allowPty'), /^"allowPty": true, {2}\/\/ p\.json:\d+:\d+; no effect on Linux$/);
    assert.match(lineWith(textOf(source, 'macos'), 'allowPty'), /^"allowPty": true, {2}\/\/ p\.json:\d+:\d+$/);
  });

  it('shows no built-in rule where filesystem.disabled lifts them', () => {
    const text = textOf(composed({ filesystem: { ...policyOf().filesystem, disabled: true } }), 'linux');
    assert.equal(lineWith(text, '.bashrc'), 'no line with .bashrc');
    assert.match(text, /lifts every path rule/);
  });

  it('cannot be made to say something else by a name in a policy', () => {
    const text = textOf(composed({ filesystem: { ...policyOf().filesystem, denyRead: ['/a\u202e\u2028b\n", // x'] } }), 'linux');
    assert.equal(/[\u202e\u2028]/.test(text), false);
    const value = parse(text) as { filesystem: { denyRead: string[] } };
    assert.deepEqual(value.filesystem.denyRead, ['/a\u202e\u2028b\n", // x']);
  });

  it('leaves out no key that the policy sets', () => {
    const { policy, origins } = composed({ allowPty: true, mandatoryDenySearchDepth: 5, bwrapPath: '/usr/bin/bwrap', network: { allowedDomains: ['a.test'], deniedDomains: [], parentProxy: { http: 'http://b.test' } } });
    const shown = effectivePolicy(resolveWithoutDisk(policy, { base: BASE, home: HOME, origins }), 'linux').flatMap((key) => ('single' in key && key.single.origin.kind === 'policy' ? [key.pointer] : []));
    assert.deepEqual(shown, ['/network/parentProxy', '/allowPty', '/mandatoryDenySearchDepth', '/bwrapPath']);
  });
});
