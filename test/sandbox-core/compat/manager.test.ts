import { strict as assert } from 'node:assert';
import { exec, execFile, execSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';

import { createSandboxManager, NetworkConfigSchema, SandboxRuntimeConfigSchema, type SandboxManagerApi, type SandboxRuntimeConfig } from 'sandbox-core/compat';

import { root } from '../../support/cli';
import { listen } from '../../support/raw-socket';
import { whyNotEnforced } from '../../support/sandbox';
import { temporaryDirectory } from '../../support/temporary';

const skip = whyNotEnforced() ?? false;
const CONFIG: SandboxRuntimeConfig = { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } };
/** A command that nobody answers would never end. */
const TIME_LIMIT_MS = 20_000;

async function open(context: TestContext, config = CONFIG): Promise<SandboxManagerApi> {
  const manager = createSandboxManager();
  await manager.initialize(config);
  context.after(() => manager.reset());
  return manager;
}

function runAndWait(line: string): string {
  return execSync(line, { encoding: 'utf8', timeout: TIME_LIMIT_MS, stdio: ['ignore', 'pipe', 'ignore'] });
}

describe('sandbox-runtime\'s calls', { skip }, () => {
  it('wrap commands that run while their caller waits and does nothing else', async (context) => {
    const manager = await open(context);
    assert.equal(runAndWait(await manager.wrapWithSandbox('echo sync')), 'sync\n');
    const reading = `test -r ${__filename} && echo readable || echo hidden`;
    assert.equal(runAndWait(await manager.wrapWithSandbox(reading, 'sh', { filesystem: { ...CONFIG.filesystem, denyRead: [__filename] } })), 'hidden\n');
    assert.equal(runAndWait(await manager.wrapWithSandbox(reading)), 'readable\n');
  });

  it('let a program end that does not say that it is done', async (context) => {
    const script = `const { SandboxManager } = require(process.argv[1]); SandboxManager.initialize(${JSON.stringify(CONFIG)}).then(() => console.log('in force'));`;
    const temporary = temporaryDirectory(context);
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, join(root, 'sandbox-core', 'out', 'compat', 'index.js')], { timeout: TIME_LIMIT_MS, env: { ...process.env, TMPDIR: temporary } });
    assert.equal(stdout, 'in force\n');
  });

  it('say what is wrong as the engine does, also from another thread', async () => {
    const manager = createSandboxManager();
    await assert.rejects(manager.initialize({ ...CONFIG, bwrapPath: '/nowhere/bwrap' }), { name: 'SandboxError', code: 'bubblewrap-missing' });
    await assert.rejects(manager.wrapWithSandbox('true'), { code: 'usage' });
  });

  it('take what is undefined in a command\'s own configuration for not given', async (context) => {
    const manager = await open(context, { ...CONFIG, filesystem: { ...CONFIG.filesystem, denyRead: [__filename] } });
    const custom = { filesystem: { denyRead: undefined, allowWrite: ['/var/tmp'], denyWrite: [] } } as unknown as Partial<SandboxRuntimeConfig>;
    const line = await manager.wrapWithSandbox(`test -r ${__filename} || echo hidden`, undefined, custom);
    assert.equal(runAndWait(line), 'hidden\n');
  });

  it('take changed network lists also for what runs under an earlier configuration, or one of its own', async (context) => {
    const port = await listen(createServer((_request, response) => response.end('reached')), context);
    const listed = { ...CONFIG, network: { ...CONFIG.network, allowedDomains: [`localhost:${port}`] } };
    const manager = await open(context, listed);
    const fetching = `read line; curl -sS --max-time 5 http://localhost:${port}/`;
    const lines = await Promise.all([manager.wrapWithSandbox(fetching), manager.wrapWithSandbox(fetching, undefined, { filesystem: { ...CONFIG.filesystem, denyRead: [__filename] } })]);
    const running = lines.map((line) => {
      const child = exec(line);
      const printed = text(child.stdout!);
      return { printed, goOn: () => child.stdin?.end('\n') };
    });
    manager.updateConfig({ ...CONFIG, filesystem: { ...CONFIG.filesystem, denyRead: ['/srv'] } });
    await manager.wrapWithSandbox('true');
    running.forEach(({ goOn }) => goOn());
    for (const { printed } of running) assert.match(await printed, /blocked by the sandbox policy/);
  });

  it('heed a command\'s own request filter, also where all else is as for an earlier command', async (context) => {
    const port = await listen(createServer((_request, response) => response.end('reached')), context);
    const manager = await open(context);
    const network = { allowedDomains: [`localhost:${port}`], deniedDomains: [] };
    const fetch = async (own: Partial<SandboxRuntimeConfig>): Promise<string> => text(exec(await manager.wrapWithSandbox(`curl -sS --max-time 5 http://localhost:${port}/`, undefined, own)).stdout!);
    assert.equal(await fetch({ network }), 'reached');
    assert.match(await fetch({ network: { ...network, filterRequest: () => Promise.resolve({ action: 'deny', reason: 'filtered' }) } }), /filtered/);
    assert.equal(await fetch({ network }), 'reached');
  });

  it('take { allow: true } for a yes when somebody is asked about a host, and nothing else but true', async (context) => {
    const isRefused = async (answer: unknown): Promise<boolean> => {
      const manager = createSandboxManager();
      context.after(() => manager.reset());
      await manager.initialize(CONFIG, () => Promise.resolve(answer as boolean));
      const line = await manager.wrapWithSandbox('curl -sS --max-time 5 http://unlisted.test/');
      return (await text(exec(line).stdout!)).includes('blocked by the sandbox policy'); // the name leads nowhere
    };
    assert.deepEqual(await Promise.all([{ allow: true }, { allow: false, reason: 'no' }, 'yes'].map(isRefused)), [false, true, true]);
  });

  it('keep no session for each configuration that a command once had', async (context) => {
    const manager = await open(context);
    const readable = async (number: number): Promise<string> => manager.wrapWithSandbox(`echo ${number}`, undefined, { filesystem: { ...CONFIG.filesystem, denyRead: [`/srv/${number}`] } });
    const unused = await readable(0);
    for (let number = 1; number <= 20; number++) assert.equal(await text(exec(await readable(number)).stdout!), `${number}\n`);
    const sessions = (): number => readdirSync(`/proc/${process.pid}/task`).flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter((child) => child !== '')).length;
    const end = Date.now() + TIME_LIMIT_MS;
    while (sessions() > 13 && Date.now() < end) await new Promise(setImmediate); // eight, the main one, and the one that was not run yet
    assert.ok(sessions() <= 13, `${sessions()} processes`);
    assert.equal(await text(exec(unused).stdout!), '0\n');
  });

  it('ignore violations by the text that a wrapped command stands for, which may be another one', async (context) => {
    const manager = await open(context, { ...CONFIG, filesystem: { ...CONFIG.filesystem, denyRead: [__filename] }, ignoreViolations: { 'npm test': [__filename] } });
    for (const commandText of ['npm test', 'npm start']) runAndWait(await manager.wrapWithSandbox(`cat ${__filename} || true`, undefined, undefined, undefined, { commandId: commandText, commandText }));
    const store = manager.getSandboxViolationStore();
    while (store.getCount() === 0) await new Promise(setImmediate); // told by another thread
    assert.deepEqual(store.getViolations().map(({ command }) => command), ['npm start']);
  });

  it('take relative paths from where the program is when it wraps a command', async (context) => {
    const directory = temporaryDirectory(context, { 'here/secret': 'of here', 'there/secret': 'of there' }, '/var/tmp');
    const script = `
      const { execSync } = require('node:child_process');
      const { SandboxManager } = require(process.argv[1]);
      const run = async (command) => execSync(await SandboxManager.wrapWithSandbox(command), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      const look = 'grep -q . secret && echo shown || echo hidden; echo x > made && echo made; echo x > ../here/made2 || echo kept';
      (async () => {
        await SandboxManager.initialize({ network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: ['./secret'], allowWrite: ['.'], denyWrite: [] } });
        process.chdir('../there');
        process.stdout.write(await run(look));
        await SandboxManager.reset();
      })();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, join(root, 'sandbox-core', 'out', 'compat', 'index.js')], { cwd: join(directory, 'here'), timeout: TIME_LIMIT_MS });
    assert.equal(stdout, 'hidden\nmade\nkept\n');
  });

  it('tell of a configuration that is set before anything is in force', () => {
    const manager = createSandboxManager();
    manager.updateConfig({ ...CONFIG, filesystem: { ...CONFIG.filesystem, denyRead: ['/secret'] } });
    assert.deepEqual([manager.getFsReadConfig().denyOnly, manager.getConfig()?.filesystem.denyRead, manager.isSandboxingEnabled()], [['/secret'], ['/secret'], false]);
    assert.throws(() => manager.updateConfig({} as SandboxRuntimeConfig), { code: 'policy-invalid' });
  });
});

describe('sandbox-runtime\'s schemas', () => {
  it('check a configuration, with the results that zod gives', () => {
    assert.deepEqual(SandboxRuntimeConfigSchema.safeParse(CONFIG), { success: true, data: CONFIG });
    assert.deepEqual(SandboxRuntimeConfigSchema.parse(CONFIG), CONFIG);
    const wrong = SandboxRuntimeConfigSchema.safeParse({ ...CONFIG, filesystem: { ...CONFIG.filesystem, denyRead: [5] } });
    assert.ok(!wrong.success);
    assert.deepEqual(wrong.error.issues.map(({ path, code }) => ({ path, code })), [{ path: ['filesystem', 'denyRead', 0], code: 'wrong-type' }]);
    for (const given of [undefined, null, 'text', {}]) assert.equal(SandboxRuntimeConfigSchema.safeParse(given).success, false);
    assert.throws(() => SandboxRuntimeConfigSchema.parse({}), { name: 'ConfigError' });
  });

  it('check a part of one, and keep its functions', () => {
    const filterRequest = (): Promise<never> => Promise.reject(new Error('not called'));
    const found = NetworkConfigSchema.safeParse({ ...CONFIG.network, filterRequest });
    assert.ok(found.success && found.data.filterRequest === filterRequest);
    const wrong = NetworkConfigSchema.safeParse({ allowedDomains: 'a' });
    assert.ok(!wrong.success && wrong.error.issues.some(({ path }) => path[0] === 'allowedDomains'));
  });
});
