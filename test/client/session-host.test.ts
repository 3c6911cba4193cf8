import { strict as assert } from 'node:assert';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';

import { agentCallRequest, closeSessionRequest, openSessionRequest, sessionNoticeNotification } from 'srt-client/internal/session-host/protocol';
import { createSessionHost } from 'srt-client/internal/session-host/session-host';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

import { policyOf } from '../support/policies';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

describe('the session host', { skip: whyNotEnforced() ?? false }, () => {
  it('tells its windows what sessions have to say to a person, such as repositories that they leave', async (context) => {
    const directory = temporaryDirectory(context, { 'policy.json': JSON.stringify(policyOf({ filesystem: { allowWrite: ['.'] } })) });
    const [there, back] = [new PassThrough(), new PassThrough()];
    const host = createSessionHost();
    const served = createMessageConnection(new StreamMessageReader(there), new StreamMessageWriter(back));
    const window = createMessageConnection(new StreamMessageReader(back), new StreamMessageWriter(there));
    const detach = host.attach(served);
    const notices: string[] = [];
    window.onNotification(sessionNoticeNotification, ({ text }) => void notices.push(text));
    for (const connection of [served, window]) connection.listen();
    const place = { directory, policyPath: `${directory}/policy.json`, layers: 'single' } as const;
    await window.sendRequest(openSessionRequest, { ...place, grants: [], id: 'terminal', shown: {}, asks: false });
    await window.sendRequest(agentCallRequest, { ...place, tool: 'run_in_sandbox', input: { command: 'git init -q made && git -C made config core.fsmonitor evil' } });
    await window.sendRequest(closeSessionRequest, { id: 'terminal' });
    await host.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    detach();
    window.dispose();
    assert.ok(notices.some((text) => text.endsWith('/made/.git/config: core.fsmonitor')), notices.join('\n'));
  });
});
