// A program as it is written for sandbox-runtime's library: it knows nothing of what it runs on. SRT_LIBRARY names the module.
import { spawn } from 'node:child_process';

const { SandboxManager, getDefaultWritePaths } = await import(process.env.SRT_LIBRARY);

const config = {
  network: { allowedDomains: [], deniedDomains: [] },
  filesystem: { denyRead: ['./secret'], allowWrite: ['.'], denyWrite: ['./kept'] },
};
const results = {};

async function run(wrapped, shell = true) {
  const child = shell ? spawn(wrapped, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] }) : spawn(wrapped.argv[0], wrapped.argv.slice(1), { env: wrapped.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  SandboxManager.cleanupAfterCommand();
  return { code, stdout, stderr };
}
const verdict = async (command, custom) => ((await run(await SandboxManager.wrapWithSandbox(command, undefined, custom))).code === 0 ? 'allowed' : 'denied');

results.supported = SandboxManager.isSupportedPlatform();
results.missing = SandboxManager.checkDependencies().errors;
results.enabledBefore = SandboxManager.isSandboxingEnabled();
const asked = [];
await SandboxManager.initialize(config, async ({ host, port }) => {
  asked.push(`${host}:${port}`);
  return false;
});
results.enabled = SandboxManager.isSandboxingEnabled();
results.ready = await SandboxManager.waitForNetworkInitialization();
results.network = SandboxManager.getNetworkRestrictionConfig();
results.writes = SandboxManager.getFsWriteConfig().allowOnly.at(-1);
results.defaults = getDefaultWritePaths().some((path) => path.endsWith('/.npm/_logs'));

results.output = await run(await SandboxManager.wrapWithSandbox(`printf '%s|' "it's" "a \\"b\\"" '$HOME'; exit 7`));
results.argv = (await run(await SandboxManager.wrapWithSandboxArgv('echo from argv'), false)).stdout;
results.shell = (await run(await SandboxManager.wrapWithSandbox('echo "${0##*/}"', 'sh'))).stdout;
results.write = await verdict('echo x > written');
results.writeOutside = await verdict('touch /usr/local/srt-compat');
results.writeKept = await verdict('echo x > kept');
results.readSecret = await verdict('grep -q . secret');
results.custom = await verdict('grep -q . open', { filesystem: { ...config.filesystem, denyRead: ['./open'] } });
results.without = await verdict('grep -q . open');

const seen = [];
const stop = SandboxManager.getSandboxViolationStore().subscribe((violations) => seen.push(violations.length));
const connect = 'curl -sS --max-time 5 http://srt-compat.example.com';
const { stderr } = await run(await SandboxManager.wrapWithSandbox(connect, undefined, undefined, undefined, { commandId: 'the-connect' }));
stop();
results.asked = asked;
results.annotated = SandboxManager.annotateStderrWithSandboxFailures('the-connect', stderr).includes('deny network-outbound srt-compat.example.com:80');
results.notAnnotated = SandboxManager.annotateStderrWithSandboxFailures('another', 'as it was');
results.told = seen.length > 0 && SandboxManager.getSandboxViolationStore().getViolationsForCommand('the-connect').length > 0;

SandboxManager.updateConfig({ ...config, filesystem: { ...config.filesystem, allowWrite: [] } });
results.writeAfterUpdate = await verdict('echo x > written-later');
results.aborted = await SandboxManager.wrapWithSandbox('true', undefined, undefined, AbortSignal.abort()).then(() => 'wrapped', () => 'rejected');
await SandboxManager.reset();
results.enabledAfter = SandboxManager.isSandboxingEnabled();
console.log(JSON.stringify(results, null, 1));
