import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { before, describe, it } from 'node:test';

import { root } from '../support/cli';
import { whyNotEnforced } from '../support/sandbox';
import { cases } from './cases';
import { ourProgram, runCase, type Verdict } from './run-both';

interface Peer {
  readonly peerCli: string;
  installPeer(): void;
  whyNoPeer(): string | undefined;
}

interface Difference {
  readonly theirs: Verdict;
  readonly ours: Verdict;
  readonly reason: string;
}

const LIST = join(root, 'test', 'compat', 'differences.json');
const isUpdating = process.env['UPDATE_GOLDEN'] === '1';
const listed = JSON.parse(readFileSync(LIST, 'utf8')) as Readonly<Record<string, Difference>>;
const found: Record<string, Omit<Difference, 'reason'>> = {};

let peer: Peer;
let whyNot: string | undefined;

before(async () => {
  peer = (await import(pathToFileURL(join(root, 'test', 'peer', 'peer.mjs')).href)) as Peer;
  whyNot = whyNotEnforced() ?? peer.whyNoPeer();
  if (whyNot === undefined) peer.installPeer();
});

describe('under sandbox-runtime and under ours, the verdicts are the same or the difference is listed:', { concurrency: 3 }, () => {
  for (const compatCase of cases)
    it(compatCase.name, async (context) => {
      if (whyNot !== undefined) return context.skip(whyNot);
      const [theirs, ours] = await Promise.all([peer.peerCli, ourProgram].map((program) => runCase(compatCase, program, context)));
      const differing = [...theirs!].flatMap(([check, verdict]) => (ours!.get(check) === verdict ? [] : [[`${compatCase.name} / ${check}`, { theirs: verdict, ours: ours!.get(check)! }] as const]));
      Object.assign(found, Object.fromEntries(differing));
      if (isUpdating) return;
      const unlisted = differing.filter(([key, verdicts]) => listed[key]?.theirs !== verdicts.theirs || listed[key].ours !== verdicts.ours);
      assert.deepEqual(unlisted, [], 'not in test/compat/differences.json: make it the same, or list it with the reason (UPDATE_GOLDEN=1 npm run test:compat adds it)');
    });
});

describe('the list of differences', () => {
  it('names only what still differs, each with a reason', (context) => {
    if (whyNot !== undefined) return context.skip(whyNot);
    const updated = Object.fromEntries(Object.entries(found).sort().map(([key, verdicts]) => [key, { ...verdicts, reason: listed[key]?.reason ?? '' }]));
    if (isUpdating) writeFileSync(LIST, JSON.stringify(updated, null, 2) + '\n');
    assert.deepEqual(Object.keys(isUpdating ? updated : listed).filter((key) => !(key in found)), [], 'no longer different');
    assert.deepEqual(Object.entries(isUpdating ? updated : listed).filter(([, { reason }]) => reason.length < 20).map(([key]) => key), [], 'without a reason');
  });

  it('rests on at least 200 pairs of policy and command', () => {
    const pairs = cases.flatMap(({ name, checks }) => Object.keys(checks).map((check) => `${name} / ${check}`));
    assert.ok(new Set(pairs).size === pairs.length && pairs.length >= 200, `${pairs.length} pairs`);
  });
});
