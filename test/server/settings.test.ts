import { strict as assert } from 'node:assert';
import { once, EventEmitter } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import type { ProtocolConnection, Registration, WorkspaceDiagnosticReport } from 'vscode-languageserver-protocol/node';

import { openLanguageSession } from '../support/language-session';
import { temporaryDirectory } from '../support/temporary';

const TYPING_ERROR = JSON.stringify({ network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyReads: [], allowWrite: [], denyWrite: [] } });

/** A client with settings, which tells of changes and of the server's registrations. */
function clientWith(settings: Record<string, unknown>): { readonly capabilities: object; readonly answer: (connection: ProtocolConnection) => void; readonly registered: (method: string) => Promise<Registration> } {
  const registrations = new Map<string, Registration>();
  const events = new EventEmitter();
  return {
    capabilities: { workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true }, didChangeWatchedFiles: { dynamicRegistration: true } } },
    answer(connection) {
      connection.onRequest('workspace/configuration', ({ items }: { readonly items: readonly { readonly section: string }[] }) => items.map(({ section }) => settings[section] ?? null));
      connection.onRequest('client/registerCapability', ({ registrations: made }: { readonly registrations: readonly Registration[] }) => {
        for (const registration of made) registrations.set(registration.method, registration);
        events.emit('registered');
        return null;
      });
    },
    async registered(method) {
      for (;;) {
        const found = registrations.get(method);
        if (found) return found;
        await once(events, 'registered');
      }
    },
  };
}

describe('settings of the language server', () => {
  it('are asked for, and again when they change', async (context) => {
    const settings: Record<string, unknown> = { 'srt.severity': { 'unknown-key': 'hint' } };
    const client = clientWith(settings);
    const session = await openLanguageSession(context, client);
    await client.registered('workspace/didChangeConfiguration');
    const document = session.open(TYPING_ERROR);
    const severities: (number | undefined)[] = [];
    // The first answer may be older than the settings.
    while (severities.at(-1) !== 4) severities.push((await document.diagnostics())[0]?.severity);
    settings['srt.severity'] = { 'unknown-key': 'off' };
    await session.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    assert.deepEqual(await document.diagnostics(), []);
  });

  it('do not keep it from asking for changes of files', async (context) => {
    const client = clientWith({});
    await openLanguageSession(context, client);
    assert.ok(await client.registered('workspace/didChangeWatchedFiles'));
  });

  it('name further policies, of which the workspace diagnostics tell too', async (context) => {
    const folder = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'policies/one.json': TYPING_ERROR, 'other.json': '{}', '.claude/settings.json': '{ "sandbox": { "filesystem": { "denyWrit": [] } } }', 'policies/deep/two.json': '{}' });
    const session = await openLanguageSession(context, { folder, options: { files: ['policies/*.json', 7] } });
    const { items } = await session.connection.sendRequest<WorkspaceDiagnosticReport>('workspace/diagnostic', { previousResultIds: [] });
    const found = items.map((report) => [report.uri, report.kind === 'full' ? report.items.map(({ code }) => code) : []] as const);
    const uri = (...names: string[]): string => pathToFileURL(join(folder, ...names)).toString();
    assert.deepEqual(new Map(found), new Map([[uri('policies', 'one.json'), ['unknown-key']], [uri('.claude', 'settings.json'), ['unknown-key']]]));
  });

  it('may limit formatting and renaming to policies', async (context) => {
    const client = clientWith({});
    const session = await openLanguageSession(context, { ...client, options: { policyLanguage: 'srt-policy' } });
    assert.deepEqual([session.capabilities['documentFormattingProvider'], session.capabilities['renameProvider']], [undefined, undefined]);
    assert.deepEqual((await client.registered('textDocument/formatting')).registerOptions, { documentSelector: [{ language: 'srt-policy' }] });
    await client.registered('textDocument/rename');
    assert.ok((await openLanguageSession(context)).capabilities['documentFormattingProvider']);
  });
});
