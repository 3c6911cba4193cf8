import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { brokeredPrograms, decideBrokered, type Policy } from 'sandbox-core/policy';

import { fc } from '../../support/properties';
import { policyOf } from '../../support/policies';

function outcome(broker: NonNullable<Policy['broker']>, ...argv: string[]): string {
  return decideBrokered({ source: { ...policyOf({}), broker } }, argv).outcome;
}

describe('the broker key', () => {
  it('grants the words of an entry, and no others', () => {
    const broker = { allow: ['git push origin * [-u] [--tags]', 'gh pr create [--title *]', 'sign --detach *', 'lint ...'] };
    const granted = ['git push origin main', 'git push -u origin main', 'git push origin main -u --tags', 'git push -- origin main', 'gh pr create', 'gh pr create --title x', 'gh pr create --title=x', 'gh pr create --title -x', 'sign --detach f', 'lint', 'lint a b c'];
    const inside = ['git push', 'git push origin', 'git push origin main more', 'git push other main', 'git push --force origin main', 'git -C /elsewhere push origin main', 'git push origin -f', 'git push origin --receive-pack=x main', 'git push -u=x origin main', 'git push origin +main', 'git push origin :main', 'git push origin +:main', 'git push origin :', 'git push --tags=x origin main', 'gh pr create --title', 'gh pr create --body x', 'gh pr', 'sign f --detach', 'sign f', 'lint -x', 'push origin main', '/usr/bin/git push origin main'];
    for (const words of granted) assert.equal(outcome(broker, ...words.split(' ')), 'allow', words);
    for (const words of inside) assert.equal(outcome(broker, ...words.split(' ')), 'inside', words);
    assert.equal(outcome(broker, 'git', 'push', 'origin', ''), 'inside');
    assert.equal(outcome(broker, 'git', 'push', 'origin', '*'), 'allow');
    for (const [words, expected] of [['+main', 'allow'], ['a:b', 'allow'], ['-f', 'inside'], [':main', 'inside'], ['+:main', 'inside']] as const) assert.equal(outcome({ allow: ['git push origin ... [--force]'] }, 'git', 'push', 'origin', words), expected, words);
    assert.equal(outcome({ allow: ['git push origin * [-d]', 'sign *'] }, 'git', 'push', 'origin', ':main'), 'allow');
    assert.equal(outcome({ allow: ['sign *'] }, 'sign', '+x'), 'allow');
  });

  it('denies before it asks, and asks before it allows', () => {
    const broker = { allow: ['git push ... [--force] [-u]'], ask: ['git push origin main'], deny: ['git push --force'] };
    assert.equal(outcome(broker, 'git', 'push', 'origin', 'next'), 'allow');
    assert.equal(outcome(broker, 'git', 'push', 'origin', 'main'), 'ask');
    assert.equal(outcome(broker, 'git', '-C', 'x', 'push', 'origin', 'main', '--force'), 'deny');
  });

  it('grants nothing that has a word which no entry has', () => {
    const word = fc.oneof(fc.constantFrom('origin', 'main', '-u', '--tags', '--force', '--', '-', '', '*', '...', '--receive-pack=x'), fc.string());
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        if (outcome({ allow: ['git push origin * [-u]'] }, 'git', 'push', ...words) !== 'allow') return;
        const end = words.includes('--') ? words.indexOf('--') : words.length;
        assert.ok(words.slice(0, end).every((option) => !option.startsWith('-') || option === '-u' || option === '-'));
        assert.equal(words.filter((item, index) => index > end || (item !== '-u' && item !== '--')).length, 2);
      }),
    );
  });

  it('has stand-ins for the programs that it names', () => {
    assert.deepEqual(brokeredPrograms({ allow: ['git push', { command: 'gpg --sign' }], ask: ['git tag *'], deny: ['sudo', '/bin/su', '*'] }), ['git', 'gpg', 'sudo']);
  });
});
