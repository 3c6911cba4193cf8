import { strict as assert } from 'node:assert';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import type { Diagnostic } from 'vscode-languageserver-protocol';

import { openLanguageSession } from '../support/language-session';
import { temporaryDirectory } from '../support/temporary';

const POLICY = JSON.stringify({ network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: ['./hidden'], allowWrite: [], denyWrite: [] } });

function codes(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ code }) => String(code)).sort();
}

describe('checking, in the language server', () => {
  it('looks at the disk: what a policy names, and which secrets it leaves readable', async (context) => {
    const cleanup = { after: (undo: () => void) => context.after(undo) };
    const [folder, home] = [temporaryDirectory(cleanup), temporaryDirectory(cleanup, { '.ssh/id_ed25519': 'key' })];
    const session = await openLanguageSession(context, { folder, home });
    const document = session.open(POLICY, pathToFileURL(join(folder, 'p.srt.json')).toString());
    assert.deepEqual(codes(await document.diagnostics()), ['missing-denied-path', 'secrets-readable']);
    writeFileSync(join(folder, 'hidden'), '');
    rmSync(join(home, '.ssh'), { recursive: true });
    document.change(POLICY + '\n');
    assert.deepEqual(codes(await document.diagnostics()), []);
  });

  it('links each problem to its page', async (context) => {
    const session = await openLanguageSession(context);
    const [found] = await session.open(POLICY.replace('denyRead', 'denyReads')).diagnostics();
    const href = found?.codeDescription?.href ?? '';
    assert.match(readFileSync(new URL(href), 'utf8'), new RegExp(`^# ${found?.code}\n`));
  });

  it('says how serious it is to this user', async (context) => {
    const folder = temporaryDirectory({ after: (undo) => context.after(undo) });
    const session = await openLanguageSession(context, { folder, severity: { 'missing-denied-path': 'error' } });
    const [found] = await session.open(POLICY, pathToFileURL(join(folder, 'p.srt.json')).toString()).diagnostics();
    assert.deepEqual([found?.code, found?.severity], ['missing-denied-path', 1]);
  });

  it('checks the policies in other programs\' settings, and leaves the rest of those to them', async (context) => {
    const session = await openLanguageSession(context);
    const settings = '{\n  // notes\n  "model": 1,\n  "sandbox": { "network": { "allowedDomains": ["*.|com"] }, "filesystem": { "denyWrit": [] } }\n}';
    const document = session.open(settings, 'file:///ws/.claude/settings.json');
    const diagnostics = await document.diagnostics();
    assert.deepEqual(diagnostics.map(({ code, range }) => `${code} ${range.start.line + 1}:${range.start.character + 1}`), ['invalid-domain 4:48', 'unknown-key 4:76']);
    assert.deepEqual([await document.hover(), await document.completion(), await document.symbols()], [null, [], []]);
    const [fix] = await document.actions(diagnostics[1]!.range);
    assert.match(document.apply(fix!), /"denyWrite": \[\]/);
  });
});
