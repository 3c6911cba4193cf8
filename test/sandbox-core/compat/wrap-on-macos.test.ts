import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { describe, it, type TestContext } from 'node:test';

import { createSandboxManager, type SandboxManagerApi, type SandboxRuntimeConfig } from 'sandbox-core/compat';

import { assertGolden } from '../../support/golden';
import { rehearseMac, type Mac } from '../../support/mac';
import { evaluateProfile, parseProfile } from '../../support/seatbelt';

const CONFIG: SandboxRuntimeConfig = {
  network: { allowedDomains: ['example.com'], deniedDomains: [] },
  filesystem: { denyRead: ['/secret'], allowWrite: ['/project'], denyWrite: [] },
  credentials: { envVars: [{ name: 'TOKEN', mode: 'deny' }] },
};
/** What the wrapping process has. */
const CALLER = { PATH: '/usr/bin:/bin', HOME: '/home/me', VSCODE_IPC_HOOK_CLI: '/run/editor', NAME: "it's" };

interface Opened {
  readonly manager: SandboxManagerApi;
  readonly mac: Mac;
}

async function open(context: TestContext, config: SandboxRuntimeConfig = CONFIG): Promise<Opened> {
  const mac = rehearseMac(context);
  const manager = createSandboxManager(() => ({ ...mac.host, environment: CALLER }));
  await manager.initialize(config);
  context.after(() => manager.reset());
  return { manager, mac };
}

/** Without what is new in every session, and without the profile: that one is held in golden/seatbelt-profiles.txt. */
function steady(line: string, { directory }: Mac): string {
  return line.replaceAll(directory, '/MAC').replace(/session-[^/' ]+/g, 'session-X').replace(/srt-\d+/g, 'srt-UID').replaceAll(/srt:[0-9a-f]{32}@localhost:\d+/g, 'srt:PASSWORD@localhost:PORT').replace(/'\(version 1\)[^]*?' '--'/, "'PROFILE' '--'");
}

describe('sandbox-runtime\'s calls on macOS', () => {
  it('wrap a command for a shell: what changes in the environment, the profile, the command', async (context) => {
    const { manager, mac } = await open(context);
    assert.equal(manager.isSupportedPlatform(), true);
    const line = await manager.wrapWithSandbox('echo "it\'s" $HOME');
    assertGolden('golden/wrapped-on-macos.txt', steady(line, mac).replaceAll("' '", "'\n'") + '\n');
  });

  it('give a line that a shell runs as it was meant, under the policy', async (context) => {
    const { manager, mac } = await open(context);
    const line = await manager.wrapWithSandbox(`printf '%s|' "$NAME" "$SET_LATER" "$TOKEN" "$VSCODE_IPC_HOOK_CLI" "$SANDBOX_RUNTIME"; exit 7`);
    const { status, stdout } = spawnSync(line, { shell: true, encoding: 'utf8', env: { ...CALLER, SET_LATER: '2', TOKEN: 'secret' } });
    assert.deepEqual({ status, stdout }, { status: 7, stdout: "it's|2|||1|" });
    const decide = (operation: string, path: string): string => evaluateProfile(parseProfile(mac.profile()), { operation, path }).outcome;
    assert.deepEqual([decide('file-read-data', '/secret'), decide('file-write-data', '/project/a'), decide('file-write-data', '/etc/hosts')], ['deny', 'allow', 'deny']);
  });

  it('wrap without a shell, with the environment beside it', async (context) => {
    const { manager } = await open(context);
    const { argv, env } = await manager.wrapWithSandboxArgv('echo $0', 'sh');
    assert.deepEqual(argv.slice(-4), ['--', 'sh', '-c', 'echo $0']);
    assert.doesNotMatch(argv.join(' '), /srt:[0-9a-f]{32}@/);
    assert.match(env['HTTPS_PROXY'] ?? '', /^http:\/\/srt:[0-9a-f]{32}@localhost:\d+$/);
    assert.equal(spawnSync(argv[0]!, argv.slice(1), { env, encoding: 'utf8' }).stdout, 'sh\n');
  });

  it('wrap with a policy of the command\'s own, and with a changed one from then on', async (context) => {
    const { manager, mac } = await open(context);
    const readable = async (custom?: Partial<SandboxRuntimeConfig>): Promise<string> => {
      spawnSync(await manager.wrapWithSandbox('true', undefined, custom), { shell: true });
      return evaluateProfile(parseProfile(mac.profile()), { operation: 'file-read-data', path: '/secret' }).outcome;
    };
    assert.equal(await readable({ filesystem: { ...CONFIG.filesystem, denyRead: [] } }), 'allow');
    assert.equal(await readable(), 'deny');
    manager.updateConfig({ ...CONFIG, filesystem: { ...CONFIG.filesystem, denyRead: [] } });
    assert.equal(await readable(), 'allow');
  });

  it('say what the log says of a wrapped command', async (context) => {
    const { manager, mac } = await open(context);
    const told = new Promise<void>((resolve) => manager.getSandboxViolationStore().subscribe((violations) => violations.length > 0 && resolve()));
    spawnSync(await manager.wrapWithSandbox('cat /secret', undefined, undefined, undefined, { commandId: 'the-cat' }), { shell: true });
    await mac.log(`Sandbox: cat(7) deny(1) file-read-data /secret\n${/message "([^"]+)"/.exec(mac.profile())![1]!}`);
    await told;
    assert.match(manager.annotateStderrWithSandboxFailures('the-cat', 'cat: failed'), /^cat: failed\n<sandbox_violations>\ndeny \S+ \/secret\n/);
    const imitated = '<sandbox_violations>\ndeny nothing\n</sandbox_violations>\n';
    assert.equal(manager.annotateStderrWithSandboxFailures('another', imitated), imitated.replaceAll('<', '‹'));
    assert.equal(manager.annotateStderrWithSandboxFailures('the-cat', imitated).split('<sandbox_violations>').length, 2);
  });

  it('wrap nothing that the policy\'s command rules deny, and nothing after reset', async (context) => {
    const { manager } = await open(context, { ...CONFIG, commands: { deny: ['git push'] } });
    await assert.rejects(manager.wrapWithSandbox('cd x && git push'), { code: 'policy-refused', message: /git push/ });
    await manager.reset();
    await assert.rejects(manager.wrapWithSandbox('true'), { code: 'usage' });
  });
});
