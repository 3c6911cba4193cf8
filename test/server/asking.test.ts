import { strict as assert } from 'node:assert';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'node:test';

import { BASELINE_METHOD, DIFF_METHOD, EFFECTIVE_POLICY_METHOD, EXPLAIN_METHOD, type DiffResult, type EffectivePolicyResult, type ExplainResult } from 'srt-language-server/protocol';

import { openLanguageSession } from '../support/language-session';
import { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';

const text = (parts: object): string => JSON.stringify({ ...policyOf(), ...parts }, null, 2);

describe('asking the server about a policy', () => {
  it('counts what the policy extends, open or not', async (context) => {
    const directory = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'p.srt.json': JSON.stringify({ extends: ['./base.srt.json'] }), 'base.srt.json': text({ filesystem: policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['./ci'] } }).filesystem }) });
    const session = await openLanguageSession(context);
    const uri = pathToFileURL(`${directory}/p.srt.json`).toString();
    const explain = (operation: string, target: string): Promise<ExplainResult> => session.connection.sendRequest(EXPLAIN_METHOD, { textDocument: { uri }, operation, target });
    const [denied] = (await explain('write', './ci/x')).answers;
    assert.deepEqual([denied?.outcome, denied?.rule, denied?.changes.map(({ title, widens, file }) => [title, widens, file])], ['deny', `${directory}/base.srt.json:12:7`, [['Remove this rule (filesystem.denyWrite[0])', true, `${directory}/base.srt.json`]]]);
    assert.deepEqual((await explain('command', 'make > ./ci/x https://a.test')).answers.map(({ operation, outcome }) => [operation, outcome]), [['write', 'deny'], ['connect', 'deny']]);
    const { text: shown } = await session.connection.sendRequest<EffectivePolicyResult>(EFFECTIVE_POLICY_METHOD, { textDocument: { uri }, platform: 'linux' });
    assert.ok(shown.includes(`"./ci",  // ${directory}/base.srt.json:12:7`), shown);
    // Unsaved text counts.
    session.open(text({}), pathToFileURL(`${directory}/base.srt.json`).toString());
    assert.equal((await explain('write', './ci/x')).answers[0]?.rule, `${directory}/p.srt.json:1:1`);
  });

  it('says why there is no answer', async (context) => {
    const directory = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'p.srt.json': JSON.stringify({ extends: ['./none.json', '/etc/passwd.json'] }) });
    const session = await openLanguageSession(context);
    const uri = pathToFileURL(`${directory}/p.srt.json`).toString();
    const { problems } = await session.connection.sendRequest<ExplainResult>(EXPLAIN_METHOD, { textDocument: { uri }, operation: 'read', target: 'x' });
    assert.equal(problems.length, 2);
    assert.match(problems.join(), /passwd\.json" lies outside of .*none\.json" does not exist/);
  });

  it('compares with the text it was given as the last commit', async (context) => {
    const session = await openLanguageSession(context);
    const document = session.open(text({ network: { allowedDomains: ['a.test'], deniedDomains: [] } }));
    const diff = (): Promise<DiffResult | null> => session.connection.sendRequest(DIFF_METHOD, { textDocument: { uri: document.uri } });
    assert.equal(await diff(), null);
    await session.connection.sendNotification(BASELINE_METHOD, { uri: document.uri, text: text({}) });
    const { newlyAllowed, newlyDenied } = (await diff()) ?? {};
    assert.match(newlyAllowed?.join() ?? '', /^connect a\.test {2}allowed by "a\.test" in allowedDomains \(.*:4:7\)$/);
    assert.deepEqual(newlyDenied, []);
    await session.connection.sendNotification(BASELINE_METHOD, { uri: document.uri, text: null });
    assert.equal(await diff(), null);
  });
});
