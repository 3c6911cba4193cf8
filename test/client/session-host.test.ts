import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

import { agentCallRequest, closeSessionRequest, openSessionRequest, sessionNoticeNotification } from 'srt-client/internal/session-host/protocol';
import { createSessionHost, type SessionHost } from 'srt-client/internal/session-host/session-host';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter, type MessageConnection } from 'vscode-jsonrpc/node';

import { policyOf } from '../support/policies';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory, type Cleanup } from '../support/temporary';

interface Window {
  readonly connection: MessageConnection;
  readonly notices: readonly string[];
  readonly told: Promise<unknown>;
  close(): void;
}

function openWindow(host: SessionHost): Window {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const served = createMessageConnection(new StreamMessageReader(there), new StreamMessageWriter(back));
  const connection = createMessageConnection(new StreamMessageReader(back), new StreamMessageWriter(there));
  const detach = host.attach(served);
  const notices: string[] = [];
  const told = new Promise<void>((resolve) => connection.onNotification(sessionNoticeNotification, ({ text }) => (notices.push(text), resolve())));
  served.listen();
  connection.listen();
  return { connection, notices, told, close: () => (detach(), connection.dispose()) };
}

describe('what sessions have to say to a person, such as repositories that commands make', { skip: whyNotEnforced() ?? false }, () => {
  const EVIL = 'git init -q made && git -C made config core.fsmonitor evil';
  const NAMED = /\/made\/\.git\/config: core\.fsmonitor$/;

  function openPlace(context: Cleanup): { readonly directory: string; readonly policyPath: string; readonly layers: 'single' } {
    const directory = temporaryDirectory(context, { 'policy.json': JSON.stringify(policyOf({ filesystem: { allowWrite: ['.'] } })) });
    return { directory, policyPath: `${directory}/policy.json`, layers: 'single' };
  }

  it('is told while they go on, and once, whichever of them finds it', async (context) => {
    const place = openPlace(context);
    const host = createSessionHost();
    const { connection, notices, told, close } = openWindow(host);
    await connection.sendRequest(openSessionRequest, { ...place, grants: [], id: 'terminal', shown: {}, asks: false });
    await connection.sendRequest(agentCallRequest, { ...place, tool: 'run_in_sandbox', input: { command: EVIL } });
    await told;
    await connection.sendRequest(closeSessionRequest, { id: 'terminal' });
    await host.stop();
    close();
    assert.equal(notices.length, 1, notices.join('\n'));
    assert.match(notices.join(), NAMED);
  });

  it('is kept for the next window where there is none', async (context) => {
    const place = openPlace(context);
    const host = createSessionHost();
    const first = openWindow(host);
    const { socket, helper } = await first.connection.sendRequest(openSessionRequest, { ...place, grants: [], id: 'terminal', shown: {}, asks: false });
    first.close();
    await promisify(execFile)(helper, ['run', '--session', socket, '--label', 'terminal', '--', 'sh', '-c', EVIL], { cwd: place.directory });
    await host.stop();
    const next = openWindow(host);
    await next.told;
    next.close();
    assert.deepEqual(first.notices, []);
    assert.match(next.notices.join(), NAMED);
  });
});
