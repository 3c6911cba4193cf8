import { strict as assert } from 'node:assert';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'node:test';

import { presets, type Policy, type Violation } from 'sandbox-core/policy';
import type { Diagnostic, MarkupContent } from 'vscode-languageserver-protocol/node';

import { openLanguageSession } from '../support/language-session';
import { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';

const SMALLEST = JSON.stringify(policyOf(), null, 2) + '\n';

function lines(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ range, code, message }) => `${range.start.line + 1}:${range.start.character + 1}-${range.end.line + 1}:${range.end.character + 1} ${code} ${typeof message === 'string' ? message : message.value}`);
}

function violation(parts: Partial<Violation>): Violation {
  return { version: 1, kind: 'filesystem', operation: 'write', target: '/etc/x', source: 'kernel', rule: { kind: 'default', pointer: '/filesystem/allowWrite' }, reason: 'no entry of allowWrite covers it', time: '2026-01-01T00:00:00.000Z', count: 1, ...parts };
}

describe('the language server', () => {
  it('reports everything that is wrong, and nothing when it is mended', async (context) => {
    const session = await openLanguageSession(context);
    const document = session.open(SMALLEST.replace('denyRead', 'denyReads').replace('"allowedDomains": []', '"allowedDomains": ["*.com"]'));
    assert.deepEqual(lines(await document.diagnostics()), [
      '4:7-4:14 invalid-domain "*.com": a wildcard needs at least two labels behind it: "*.example.com"'.replace('4:7-4:14', '3:24-3:31'),
      '7:5-7:16 unknown-key unknown key "denyReads"; did you mean "denyRead"?',
    ]);
    document.change(SMALLEST);
    assert.deepEqual(await document.diagnostics(), []);
  });

  it('offers the fix, which leaves a good policy', async (context) => {
    const session = await openLanguageSession(context);
    const document = session.open(SMALLEST.replace('"denyRead"', '"deny|Reads"'));
    const [rename, remove] = await document.actions();
    assert.deepEqual([rename?.title, rename?.isPreferred, remove?.title], ['Change to "denyRead"', true, 'Remove "denyReads"']);
    assert.equal(document.apply(rename!), SMALLEST);
  });

  it('completes keys with the right shape, and values', async (context) => {
    const session = await openLanguageSession(context);
    const keys = await session.open('{ "network": { "allowedDomains": [], "deniedDomains": [], | } }').completion();
    const strict = keys.find(({ label }) => label === 'strictAllowlist');
    assert.ok(strict, keys.map(({ label }) => label).join());
    assert.equal(keys.some(({ label }) => label === 'allowedDomains'), false);
    const values = await session.open('{ "credentials": { "envVars": [{ "name": "X", "mode": | }] } }').completion();
    assert.deepEqual(values.map(({ label }) => label).filter((label) => /deny|mask/.test(label)).sort(), ['"deny"', '"mask"']);
    const empty = await session.open('|').completion();
    assert.ok(empty.some(({ label }) => label === 'Minimal policy'), empty.map(({ label }) => label).join());
  });

  it('completes presets, alone and as a whole policy', async (context) => {
    const session = await openLanguageSession(context);
    const names = (await session.open('{ "extends": ["|"] }').completion()).map(({ label }) => label);
    for (const name of Object.keys(presets)) assert.ok(names.includes(`"${name}"`), names.join());
    const empty = session.open('|');
    const whole = (await empty.completion()).find(({ label }) => label === 'Preset web-dev');
    const text = whole?.textEdit?.newText ?? '';
    assert.deepEqual(JSON.parse(text), { extends: ['web-dev'] });
    assert.deepEqual(await session.open(text).diagnostics(), []);
  });

  it('explains keys and values, with what differs by platform', async (context) => {
    const session = await openLanguageSession(context);
    const text = async (marked: string): Promise<string> => ((await session.open(marked).hover())?.contents as MarkupContent | undefined)?.value ?? '';
    assert.match(await text('{ "network": { "allowMach|Lookup": [] } }'), /^\*\*network\.allowMachLookup\*\*[^]*✗ Linux[^]*✓ macOS/);
    assert.match(await text('{ "filesystem": { "denyRead": ["~/.s|sh"] } }'), /^Here: [^]*\*\*filesystem\.denyRead\*\*\n\nA path the command cannot read/);
    assert.match(await text('{ "mandatoryDenySearch|Depth": 3 }'), /Default: `3`/);
    assert.equal(await text('{ "nons|ense": 1 }'), '');
  });

  it('counts what a policy extends', async (context) => {
    const session = await openLanguageSession(context);
    const hover = await session.open('{ "extends": ["offline"], "network": { "allowedDomains": ["exam|ple.com"] } }').hover();
    assert.match((hover?.contents as MarkupContent).value, /Connecting: \*\*denied\*\* — .*\(from `preset:offline`\)/);
  });

  it('shows nothing of the document\'s own text in a hover', async (context) => {
    const session = await openLanguageSession(context);
    const hover = await session.open('{ "network": { "deniedDomainReasons": { "[click](command:x)": "![i](http://e.test)|" } } }').hover();
    assert.ok(!JSON.stringify(hover?.contents ?? '').includes('click'));
    assert.ok(!JSON.stringify(hover?.contents ?? '').includes('e.test'));
  });

  it('lists symbols and formats', async (context) => {
    const session = await openLanguageSession(context);
    const document = session.open('{"network":{"allowedDomains":[]},"filesystem":{}}');
    assert.deepEqual((await document.symbols()).map(({ name }) => name), ['network', 'filesystem']);
    assert.equal(await document.format(), '{\n  "network": {\n    "allowedDomains": []\n  },\n  "filesystem": {}\n}');
  });

  it('stays calm before what cannot be a policy', async (context) => {
    const session = await openLanguageSession(context);
    const refusals: string[] = [];
    for (const text of ['', '[', '\0', 'null', `{ "x": "${'y'.repeat(5 * 1024 * 1024)}" }`, '['.repeat(50_000)]) {
      const document = session.open(text);
      refusals.push(String((await document.diagnostics())[0]?.code));
      await Promise.all([document.completion(), document.hover(), document.symbols(), document.actions(), document.format()]);
    }
    assert.deepEqual(refusals, ['policy-empty', 'wrong-type', 'json-syntax', 'wrong-type', 'policy-too-large', 'policy-too-deep']);
  });
});

describe('violations in the language server', () => {
  const policy: Policy = policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['./.env', './locked'] } });
  const text = JSON.stringify(policy, null, 2) + '\n';
  const context_ = { base: '/ws', home: '/home/me' };

  it('are shown on the rule that refused, with a fix that keeps the file\'s shape', async (context) => {
    const session = await openLanguageSession(context, { severity: { '*': 'off' } });
    const document = session.open(text);
    const target = join(temporaryDirectory(context, { x: '' }), 'x');
    assert.deepEqual(await document.diagnostics(), []);
    session.reportViolations({ uri: document.uri, context: context_, violations: [violation({ target: '/ws/locked/f', rule: { kind: 'policy', pointer: '/filesystem/denyWrite/1' }, count: 2, program: '/usr/bin/touch', task: 'task build' }), violation({ target })] });
    const found = await document.diagnostics();
    assert.deepEqual(lines(found), [
      '13:7-13:17 violation-write writing ./locked/f was refused (2 times): denied by "./locked" in denyWrite (by touch) in task build',
      `8:5-8:17 violation-write writing ${target} was refused: no entry of allowWrite covers it`,
    ]);
    const [fix] = await document.actions(found[1]!.range);
    assert.deepEqual([fix?.title, fix?.isPreferred], [`Allow writing ${target} in this policy`, false]);
    assert.equal(document.apply(fix!), text.replace('      "."\n', `      ".",\n      "${target}"\n`));
    // The same guard as on the command line.
    for (const closed of ['/etc/cron.d/x', '/usr/bin/ls', '/usr/bin/new', join(homedir(), 'new')]) {
      session.reportViolations({ uri: document.uri, context: context_, violations: [violation({ target: closed })] });
      const [shown] = await document.diagnostics();
      assert.deepEqual((await document.actions(shown!.range)).filter(({ title }) => title.startsWith('Allow')), [], closed);
    }
  });

  it('say which command it was and what started it, to a client that shows that, bounded and printable', async (context) => {
    const refused = violation({ command: ['bash', '-c', `npm test\n\u001b[31m\u202e${'x'.repeat(500)}`], task: 'task build\r' });
    const related = async (capabilities: object): Promise<Diagnostic['relatedInformation']> => {
      const session = await openLanguageSession(context, { capabilities, severity: { '*': 'off' } });
      const document = session.open(SMALLEST);
      await document.diagnostics();
      session.reportViolations({ uri: document.uri, violations: [refused] });
      const [found] = await document.diagnostics();
      assert.equal(found?.code, 'violation-write');
      for (const { location } of found.relatedInformation ?? []) assert.deepEqual(location, { uri: document.uri, range: found.range });
      return found.relatedInformation;
    };
    assert.equal(await related({}), undefined);
    const messages = (await related({ textDocument: { publishDiagnostics: { relatedInformation: true } } }))?.map(({ message }) => message) ?? [];
    assert.equal(messages.length, 2);
    assert.match(messages[0]!, /^command: bash -c npm test[\x20-\x7e\ufffd]*x+…$/);
    assert.ok(messages[0]!.length < 200, messages[0]);
    assert.match(messages[1]!, /^started by: task build.?$/);
    assert.doesNotMatch(messages.join(''), /\p{Cc}|\u202e/u);
  });

  it('move with their rule, and go when an edit has settled them', async (context) => {
    const session = await openLanguageSession(context, { severity: { '*': 'off' } });
    const document = session.open(text);
    await document.diagnostics();
    session.reportViolations({ uri: document.uri, context: context_, violations: [violation({ target: '/ws/locked/f', rule: { kind: 'policy', pointer: '/filesystem/denyWrite/1' } })] });
    assert.match(lines(await document.diagnostics())[0]!, /^13:7-13:17/);
    document.change(text.replace('      "./.env",\n', ''));
    assert.match(lines(await document.diagnostics())[0]!, /^12:7-12:17 violation-write writing \.\/locked\/f was refused: denied by "\.\/locked" in denyWrite/);
    document.change(text.replace(',\n      "./locked"', ''));
    assert.deepEqual(await document.diagnostics(), []);
  });

  it('are shown at the top where no line of a policy could decide otherwise', async (context) => {
    const session = await openLanguageSession(context, { severity: { '*': 'off' } });
    const document = session.open(text);
    await document.diagnostics();
    session.reportViolations({ uri: document.uri, context: context_, violations: [violation({ version: 4, kind: 'system-call', operation: 'call', target: 'ptrace', rule: { kind: 'built-in', name: 'system-calls' }, reason: 'denied by the built-in rule system-calls: why', program: '/usr/bin/strace' })] });
    const [found] = await document.diagnostics();
    assert.deepEqual(lines([found!]), ['1:1-1:2 violation-call calling ptrace was refused: denied by the built-in rule system-calls: why (by strace)']);
    assert.deepEqual((await document.actions(found!.range)).filter(({ kind }) => kind === 'quickfix'), []);
  });

  it('are shown of a policy that is not open, and cleared', async (context) => {
    const session = await openLanguageSession(context, { severity: { '*': 'off' } });
    const directory = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'p.srt.json': text });
    const uri = pathToFileURL(`${directory}/p.srt.json`).toString();
    session.reportViolations({ uri, context: context_, violations: [violation({})] });
    assert.deepEqual(lines(await session.diagnostics(uri)).map((line) => line.split(' ')[0]), ['8:5-8:17']);
    session.reportViolations({ uri, violations: [] });
    assert.deepEqual(await session.diagnostics(uri), []);
  });
});
