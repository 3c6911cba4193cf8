import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { fc } from '../../support/properties';
import { absolutePath, decide, diffPolicies, type Policy, type PolicyChangeInEffect } from 'sandbox-core/policy';

import { policyOf, resolved } from '../../support/policies';

type Parts = Parameters<typeof policyOf>[0];

function diff(before: Parts, after: Parts): { readonly allows: string[]; readonly denies: string[]; readonly undecided: readonly string[] } {
  const { newlyAllowed, newlyDenied, undecided } = diffPolicies(resolved(policyOf(before)), resolved(policyOf(after)));
  const text = ({ operation, target }: PolicyChangeInEffect): string => `${operation} ${target}`;
  return { allows: newlyAllowed.map(text), denies: newlyDenied.map(text), undecided };
}

const none = { allows: [], denies: [], undecided: [] };

describe('the difference between two policies', () => {
  it('is what they answer, not how they are written', () => {
    assert.deepEqual(diff({ filesystem: { allowWrite: ['.', './a'] } }, { filesystem: { allowWrite: ['/repo'] } }), none);
    assert.deepEqual(diff({ network: { allowedDomains: ['a.test'], deniedDomains: ['a.test'] } }, {}), none);
    assert.deepEqual(diff({}, { network: { strictAllowlist: false }, allowPty: false }), none);
  });

  it('names the outermost of what changed, for every operation', () => {
    assert.deepEqual(diff({ filesystem: { allowWrite: ['./dist'] } }, { filesystem: { allowWrite: ['.'], denyWrite: ['./ci'], denyRead: ['~/.ssh'] } }), {
      allows: ['write /repo and below'],
      denies: ['read /home/me/.ssh and below'],
      undecided: [],
    });
    assert.deepEqual(diff({ filesystem: { allowWrite: ['/'] } }, {}), { allows: [], denies: ['write everything else'], undecided: [] });
    // An exception within a change that goes the other way is one of its own.
    assert.deepEqual(diff({ filesystem: { allowWrite: ['./keep'] } }, { filesystem: { allowWrite: ['.'], denyWrite: ['./keep'] } }), { allows: ['write /repo and below'], denies: ['write /repo/keep and below'], undecided: [] });
  });

  it('tells hosts, wildcards and ports apart', () => {
    assert.deepEqual(diff({ network: { allowedDomains: ['a.test'] } }, { network: { allowedDomains: ['*.b.test', 'a.test:443'] } }), { allows: ['connect *.b.test'], denies: ['connect a.test (any other port)'], undecided: [] });
    assert.deepEqual(diff({}, { network: { allowedDomains: ['*.b.test', 'x.b.test'], deniedDomains: ['y.b.test'] } }).allows, ['connect *.b.test']);
    assert.deepEqual(diff({ network: { allowedDomains: ['*.b.test'] } }, { network: { allowedDomains: ['*.b.test'], deniedDomains: ['*'] } }).denies, ['connect *.b.test']);
    assert.deepEqual(diff({}, { network: { allowedDomains: ['[::1]:80'] } }).allows, ['connect [::1]:80']);
  });

  it('tries patterns below the paths that they reach into', () => {
    const { allows, denies } = diff({ filesystem: { allowWrite: ['.', './a'] } }, { filesystem: { allowWrite: ['.', './a'], denyWrite: ['./**/*.pem'] } });
    assert.deepEqual([allows, denies], [[], ['write /repo/**/*.pem']]);
    assert.deepEqual(diff({ filesystem: { denyRead: ['./*.key'] } }, {}).allows, ['read /repo/*.key']);
  });

  it('says what it cannot decide', () => {
    assert.match(diff({}, { filesystem: { denyRead: ['./**/*.a', './x/**/b*'] } }).undecided.join(), /match more than one of these patterns/);
    assert.deepEqual(diff({}, { bwrapPath: '/x' }).undecided, ['bwrapPath differs; whether that allows more is not known']);
  });

  it('covers switches, credentials and other lists', () => {
    assert.deepEqual(diff({ credentials: { envVars: [{ name: 'A', mode: 'deny' }] } }, { allowPty: true, network: { strictAllowlist: true }, git: { safeDirectories: ['/x'] } }), {
      allows: ['setting credentials.envVars: A is no longer hidden', 'setting allowPty: true', 'setting git.safeDirectories: "/x"'],
      denies: ['setting network.strictAllowlist: true'],
      undecided: [],
    });
  });

  it('misses no difference in literal rules: what the evaluator answers differently is reported', () => {
    const path = fc.constantFrom('/repo', '/repo/a', '/repo/a/b', '/repo/c', '/etc');
    const list = fc.uniqueArray(path, { maxLength: 3 });
    const policy: fc.Arbitrary<Policy> = fc.record({ denyRead: list, allowRead: list, allowWrite: list, denyWrite: list }).map((filesystem) => policyOf({ filesystem }));
    const questions = ['/x', '/repo/y', '/repo/a/y', '/repo/a/b/y', '/repo/c/y', '/etc/y'].flatMap((target) => (['read', 'write'] as const).map((kind) => ({ kind, path: absolutePath(target) })));
    fc.assert(
      fc.property(policy, policy, (before, after) => {
        const [was, is] = [resolved(before), resolved(after)];
        const { newlyAllowed, newlyDenied } = diffPolicies(was, is);
        for (const outcome of ['allow', 'deny'] as const) {
          const differs = questions.some((question) => decide(was, question).outcome !== outcome && decide(is, question).outcome === outcome);
          assert.equal((outcome === 'allow' ? newlyAllowed : newlyDenied).length > 0, differs);
        }
      }),
      { numRuns: 300 },
    );
  });
});
