import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { fc } from '../../support/properties';
import { importPolicy, validatePolicy } from 'sandbox-core/policy';

function convert(value: unknown): { dialect: string; policy: unknown; notes: readonly string[] } | undefined {
  const converted = importPolicy(JSON.stringify(value));
  return converted && { dialect: converted.dialect.name, policy: converted.policy, notes: converted.notes };
}

describe('importing another tool\'s policy', () => {
  it('reads allowed_paths and blocked_paths, with and without blocks around', () => {
    const policy = { network: { allowedDomains: ['a.test'], deniedDomains: ['b.test'] }, filesystem: { denyRead: ['~/.ssh'], allowRead: [], allowWrite: ['/repo'], denyWrite: ['~/.ssh'] } };
    const notes = ['allowed_paths may be written here, but everything else can still be read; deny reading where that is too much'];
    assert.deepEqual(convert({ allowed_paths: ['/repo'], blocked_paths: ['~/.ssh'], allowed_domains: ['a.test'], blocked_domains: ['b.test'] }), { dialect: 'allowed_paths', policy, notes });
    assert.deepEqual(convert({ filesystem: { allowed_paths: ['/repo'], blocked_paths: ['~/.ssh'] }, network: { allowed_domains: ['a.test'], blocked_domains: ['b.test'] } }), { dialect: 'allowed_paths', policy, notes });
  });

  it('reads Cursor\'s sandbox.json', () => {
    assert.deepEqual(convert({ type: 'workspace_readwrite', additionalReadwritePaths: ['/cache'], additionalReadonlyPaths: ['/ro'], disableTmpWrite: true, networkPolicy: { default: 'allow', allow: ['*.a.test'], deny: ['b.test'] } }), {
      dialect: 'cursor',
      policy: { network: { allowedDomains: ['*.a.test'], deniedDomains: ['b.test'] }, filesystem: { denyRead: [], allowWrite: ['.', '/cache'], denyWrite: ['/ro'] } },
      notes: ['networkPolicy.default "allow" cannot be said here: hosts are denied unless they are listed'],
    });
    assert.deepEqual((convert({ type: 'workspace_readonly' })?.policy as { filesystem: unknown }).filesystem, { denyRead: [], allowWrite: [], denyWrite: [] });
  });

  it('reads fence\'s configuration, and says what has no counterpart', () => {
    assert.deepEqual(convert({ allowPty: true, network: { allowedDomains: ['a.test', '*'], allowLocalBinding: true }, filesystem: { defaultDenyRead: true, allowRead: ['/usr'], allowWrite: ['.'], denyWrite: ['**/.env'] }, command: { deny: ['git push'] } }), {
      dialect: 'fence',
      policy: { allowPty: true, network: { allowedDomains: ['a.test'], deniedDomains: [], allowLocalBinding: true }, filesystem: { denyRead: ['/'], allowRead: ['/usr'], allowWrite: ['.'], denyWrite: ['**/.env'] } },
      notes: [
        'the allowed domain "*" was left out: a bare "*" is not accepted here; name the hosts',
        'command was left out: the format has nothing like it',
        'defaultDenyRead became denyRead "/"; allow reading of the system paths that your commands need',
      ],
    });
  });

  it('reads VS Code\'s settings, of one platform', () => {
    const value = { 'editor.tabSize': 2, 'chat.agent.sandbox.network.allowedDomains': ['a.test'], 'chat.agent.sandbox.fileSystem.linux': { denyRead: ['~/.aws'], allowWrite: ['/tmp'] }, 'chat.agent.sandbox.fileSystem.mac': { denyRead: ['/x'] }, 'chat.agent.sandbox.fileSystem.userConfiguredPaths': { deniedPaths: ['/d'], readonlyPaths: ['/r'] } };
    assert.deepEqual(convert(value), {
      dialect: 'vscode',
      policy: { network: { allowedDomains: ['a.test'], deniedDomains: [] }, filesystem: { denyRead: ['~/.aws', '/d'], allowRead: ['/r'], allowWrite: ['.', '/tmp'], denyWrite: ['/d', '/r'] } },
      notes: ['a policy holds for every platform: only fileSystem.linux was taken over, not mac'],
    });
  });

  it('reads the settings that VS Code had before, and takes the newer where both are set', () => {
    const older = { 'chat.tools.terminal.sandbox.enabled': true, 'chat.tools.terminal.sandbox.network': { allowedDomains: ['a.test'], deniedDomains: ['b.test'], allowTrustedDomains: true }, 'chat.tools.terminal.sandbox.linuxFileSystem': { denyRead: ['~/.aws'], allowWrite: ['./out'], denyWrite: ['./out/x'] } };
    const policy = { network: { allowedDomains: ['a.test'], deniedDomains: ['b.test'] }, filesystem: { denyRead: ['~/.aws'], allowRead: [], allowWrite: ['./out'], denyWrite: ['./out/x'] } };
    const notes = ['chat.tools.terminal.sandbox.network.allowTrustedDomains was left out: list the domains that you trust'];
    assert.deepEqual(convert(older), { dialect: 'vscode', policy, notes });
    const newer = convert({ ...older, 'chat.agent.sandbox.allowedNetworkDomains': ['c.test'], 'chat.agent.sandboxFileSystem.linux': { denyRead: ['/d'] } });
    assert.deepEqual(newer?.policy, { network: { allowedDomains: ['c.test'], deniedDomains: ['b.test'] }, filesystem: { denyRead: ['/d'], allowRead: [], allowWrite: ['.'], denyWrite: [] } });
    assert.deepEqual((convert({ 'chat.agent.sandboxNetwork.allowedDomains': ['d.test'], 'chat.tools.terminal.sandbox.macFileSystem': {} })?.policy), { network: { allowedDomains: ['d.test'], deniedDomains: [] }, filesystem: { denyRead: [], allowRead: [], allowWrite: ['.'], denyWrite: [] } });
  });

  it('says which of VS Code\'s settings it left out', () => {
    const notesOf = (value: unknown): readonly string[] | undefined => convert(value)?.notes;
    assert.deepEqual(notesOf({ 'chat.agent.sandbox.enabled': 'allowNetwork' }), ['chat.agent.sandbox.enabled "allowNetwork" cannot be said here: hosts are denied unless they are listed']);
    assert.deepEqual(notesOf({ 'chat.tools.terminal.sandbox.enabled': false }), ['chat.tools.terminal.sandbox.enabled switches the sandbox off there; here the policy holds']);
    assert.deepEqual(notesOf({ 'chat.agent.sandbox.enabled': 'on', 'chat.agent.sandbox.allowAutoApprove': true, 'chat.tools.terminal.sandbox.network': ['a.test'] }), [
      'chat.tools.terminal.sandbox.network was left out: it is no object with lists',
      'chat.agent.sandbox.allowAutoApprove was left out: the format has nothing like it',
    ]);
  });

  it('denies every host rather than lose a deny that cannot be said', () => {
    const converted = convert({ blocked_paths: [], blocked_domains: ['ev*l.test'] });
    assert.deepEqual((converted?.policy as { network: unknown }).network, { allowedDomains: [], deniedDomains: ['*'] });
    assert.match(converted?.notes[0] ?? '', /"ev\*l\.test" cannot be said here, so every host is denied/);
  });

  it('takes comments, and leaves alone what is no policy, or one already', () => {
    assert.equal(importPolicy('{ // a note\n "allowed_paths": ["."] }')?.dialect.name, 'allowed_paths');
    const policy = { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } };
    for (const value of [policy, [], 'x', null, {}]) assert.equal(convert(value), undefined);
    assert.equal(importPolicy('{'), undefined);
  });

  it('makes a valid policy of anything', () => {
    const key = fc.constantFrom('allowed_paths', 'blocked_paths', 'blocked_domains', 'networkPolicy', 'type', 'command', 'network', 'filesystem', 'allowedDomains', 'deny', 'allow', 'denyRead', 'chat.agent.sandbox.fileSystem.linux', 'chat.tools.terminal.sandbox.network', 'chat.tools.terminal.sandbox.linuxFileSystem');
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, fc.string(), fc.boolean(), fc.constant(null), fc.array(fc.oneof(fc.string(), fc.domain(), tie('tree'))), fc.dictionary(key, tie('tree'))),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const converted = importPolicy(JSON.stringify(value));
        if (converted) assert.deepEqual(validatePolicy(JSON.stringify(converted.policy)).problems.filter(({ severity, code }) => severity === 'error' && code !== 'inert-deny-glob'), []);
      }),
    );
  });
});
