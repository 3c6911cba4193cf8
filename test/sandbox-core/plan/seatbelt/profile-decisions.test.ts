import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { fc } from '../../../support/properties';
import { seatbeltArguments } from 'sandbox-core/internal/plan/seatbelt/compile';
import { absolutePath, decide, nameBelow, parentPath, type AbsolutePath, type PathRule, type Policy, type ResolvedPolicy } from 'sandbox-core/policy';

import { policyOf, resolved } from '../../../support/policies';
import { evaluateProfile, parseProfile } from '../../../support/seatbelt';
import { compileSeatbelt, profileOf, SEATBELT_FACTS } from '../../../support/seatbelt-plan';

const NAMES = ['a', 'b', 'c', 'a.key', 'b.key', '[x]', 'q"e', '.git', 'é', '$(w)', 'back\\slash'];
const component = fc.constantFrom(...NAMES);
const globComponent = fc.constantFrom('*', '**', '?', '*.key', '[ab]', '[a-b]*', 'a*', '[x', 'x]', '[!a]', 'a**b', '[b-a]');
const path = fc.array(component, { maxLength: 5 }).map((parts) => absolutePath('/' + parts.join('/')));
const entry = fc.oneof(
  { weight: 3, arbitrary: path.map((text) => ({ path: text, literal: true as const })) },
  { weight: 1, arbitrary: path.map((text) => text as string) },
  { weight: 2, arbitrary: fc.array(fc.oneof(component, globComponent), { minLength: 1, maxLength: 4 }).map((parts) => '/' + parts.join('/')) },
);
const list = fc.array(entry, { maxLength: 3 });
const credentials = fc.array(path, { maxLength: 1 });

interface Case {
  readonly policy: Policy;
  readonly resolved: ResolvedPolicy;
}

const policies: fc.Arbitrary<Case> = fc.record({ denyRead: list, allowRead: list, allowWrite: list, denyWrite: list, secret: credentials }).map(({ secret, ...filesystem }) => {
  const policy = policyOf({ filesystem, ...(secret.length > 0 && { credentials: { files: secret.map((file) => ({ path: file, mode: 'deny' as const })) } }) });
  return { policy, resolved: resolved(policy) };
});

/** Paths that the rules are about, and near ones, besides random ones. */
function targets({ filesystem }: ResolvedPolicy): AbsolutePath[] {
  const named = filesystem.rules.flatMap(({ pattern }) => (pattern.kind === 'literal' ? [pattern.path, parentPath(pattern.path), absolutePath(pattern.path + '/a'), absolutePath(pattern.path + 'a'), absolutePath(pattern.path + '/b/a.key')] : []));
  return [...new Set(named)];
}

/** The root itself: it has to be readable for programs to start, and a pattern of its children may name it or not. */
const isException = (at: string): boolean => at === '/';

describe('a Seatbelt profile', () => {
  it('says what the policy says of every path, and holds the ways to denied ones in place', () => {
    let held = 0;
    let refused = 0;
    fc.assert(
      fc.property(policies, fc.array(path, { minLength: 5, maxLength: 20 }), ({ resolved: policy }, paths) => {
        const { plan, refusals } = compileSeatbelt(policy);
        if (!plan) {
          refused++;
          assert.ok(refusals.every(({ code }) => code === 'not-expressible' || code === 'directory-hidden'), JSON.stringify(refusals));
          return;
        }
        held++;
        const profile = parseProfile(profileOf(policy));
        for (const at of [...targets(policy), ...paths]) {
          for (const [operation, kind] of [['file-read-data', 'read'], ['file-write-data', 'write']] as const) {
            if (isException(at)) continue;
            const { outcome } = decide(policy, { kind, path: at });
            assert.equal(evaluateProfile(profile, { operation, path: at, vnode: 'REGULAR-FILE' }).outcome, outcome, `${operation} ${at}`);
          }
          for (const operation of ['file-write-unlink', 'file-write-create']) {
            const { outcome } = evaluateProfile(profile, { operation, path: at, vnode: 'DIRECTORY' });
            if (decide(policy, { kind: 'write', path: at }).outcome === 'deny') assert.equal(outcome, 'deny', `${operation} ${at}`);
          }
        }
        for (const rule of policy.filesystem.rules) assertHeldInPlace(rule, profile);
      }),
      { numRuns: 500, seed: 20 },
    );
    assert.ok(held > 200 && refused > 8, `${held} profiles, ${refused} refusals`);
  });
});

describe('the built-in protections in a Seatbelt profile', () => {
  const pattern = nameBelow(absolutePath('/w'), '.vscode', 'node_modules');
  const rule: PathRule = { list: 'denyWrite', pattern, named: absolutePath('/w'), rule: { kind: 'built-in', name: 'editor-settings' }, spelled: '.vscode', final: false, whenMissing: 'guard' };
  const policy = resolved(policyOf({ filesystem: { allowWrite: ['/'] } }), [rule]);
  const names = ['.vscode', '.VSCode', '.vscod', '.vscodex', 'node_modules', 'node_module', 'node_modulesx', 'Node_Modules', 'n', 'x', 'é'];

  it('hold a name in any case, but not in packages', () => {
    const profile = parseProfile(profileOf(policy));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names), { maxLength: 5 }), (parts) => {
        const at = absolutePath(['/w', ...parts].join('/'));
        assert.equal(evaluateProfile(profile, { operation: 'file-write-data', path: at }).outcome, decide(policy, { kind: 'write', path: at }).outcome, at);
      }),
      { numRuns: 2000 },
    );
  });

  it('hold the directories above what there is of them now', () => {
    const facts = { ...SEATBELT_FACTS, found: [absolutePath('/w/a/b/.vscode')] };
    const { plan } = compileSeatbelt(policy, facts);
    const profile = parseProfile(seatbeltArguments(plan!)[1]!);
    const move = (at: string): string => evaluateProfile(profile, { operation: 'file-write-unlink', path: at, vnode: 'DIRECTORY' }).outcome;
    assert.deepEqual(['/w', '/w/a', '/w/a/b', '/w/a/c'].map(move), ['deny', 'deny', 'deny', 'allow']);
  });
});

describe('the order of a Seatbelt profile', () => {
  const cases: readonly (readonly [filesystem: Partial<Policy['filesystem']>, path: string, readable: boolean])[] = [
    [{ denyRead: ['/d/pub'], allowRead: ['/d/**/pub'] }, '/d/pub/x', true],
    [{ denyRead: ['/d/pub/x'], allowRead: ['/d/**/pub'] }, '/d/pub/x', false],
    [{ denyRead: ['/d/pub/x'], allowRead: ['/d/**/pub'] }, '/d/pub/x/pub', true],
    [{ denyRead: ['/**/.env'], allowRead: ['/a/b'] }, '/a/b/.env', false],
    [{ denyRead: ['/**/.env'], allowRead: ['/a/.env'] }, '/a/.env', true],
    [{ denyRead: ['/**/x'], allowRead: ['/a/x/b'] }, '/a/x/b/c', true],
    [{ denyRead: ['/**/x'], allowRead: ['/a/x/b'] }, '/a/x/b/c/x', false],
    [{ denyRead: ['/*/x/**/y'], allowRead: ['/a/x/b'] }, '/a/x/b/y', false],
    [{ denyRead: ['/**/x/**/y'], allowRead: ['/a/x/b/y'] }, '/a/x/b/y', true],
    [{ denyRead: ['/**/x/**/y'], allowRead: ['/a/x/b/y'] }, '/a/x/b/y/x/y', false],
  ];

  it('is that of the more specific rule, of equals the exception', () => {
    for (const [filesystem, at, readable] of cases) {
      const policy = resolved(policyOf({ filesystem }));
      assert.equal(decide(policy, { kind: 'read', path: absolutePath(at) }).outcome, readable ? 'allow' : 'deny', `decide: ${JSON.stringify(filesystem)} ${at}`);
      assert.equal(evaluateProfile(parseProfile(profileOf(policy)), { operation: 'file-read-data', path: at }).outcome, readable ? 'allow' : 'deny', `${JSON.stringify(filesystem)} ${at}`);
    }
  });
});

function assertHeldInPlace({ list: of, pattern }: PathRule, profile: ReturnType<typeof parseProfile>): void {
  if ((of !== 'denyRead' && of !== 'denyWrite') || pattern.kind !== 'literal') return;
  for (let at = pattern.path; at !== '/'; at = parentPath(at))
    assert.equal(evaluateProfile(profile, { operation: 'file-write-unlink', path: at, vnode: 'DIRECTORY' }).outcome, 'deny', `moving ${at} away from ${pattern.path}`);
}
