/** What agents get from the package as it is installed, with nothing of this checkout in reach. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { server, temporaryFolder } from './setup.mjs';

const POLICY = { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } };

describe('the tools of agents, as installed', function () {
  this.timeout(60_000);
  let folder, installed;

  before(() => {
    const extensions = join(server().dataDir, 'extensions');
    installed = join(extensions, readdirSync(extensions, { withFileTypes: true }).find((entry) => entry.isDirectory()).name);
    folder = temporaryFolder('agents');
    writeFileSync(join(folder, 'policy.json'), JSON.stringify(POLICY));
  });

  const runOnTerminal = async (extension, command) => {
    const child = spawn(process.execPath, [join(extension, 'dist', 'srt.js'), 'mcp', '-s', 'policy.json'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const tell = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const ask = async (message) => {
      tell(message);
      return JSON.parse((await answers.next()).value).result;
    };
    try {
      await ask({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } } });
      tell({ method: 'notifications/initialized' });
      return (await ask({ id: 2, method: 'tools/call', params: { name: 'run_in_sandbox', arguments: { command, terminal: true } } })).content[0].text;
    } finally {
      child.stdin.end();
      await exited;
    }
  };

  it('run a command on a terminal', async () => {
    assert.equal(await runOnTerminal(installed, 'test -t 0 && test -t 1 && stty size'), 'exit status 0\n24 80');
  });

  it('run it with pipes, and say so, where the terminal\'s module cannot be loaded', async () => {
    const copy = temporaryFolder('other-machine');
    cpSync(installed, copy, { recursive: true });
    writeFileSync(join(copy, 'dist', 'node_modules', 'node-pty', 'build', 'Release', 'pty.node'), 'of another machine');
    const answer = await runOnTerminal(copy, 'test -t 1 || echo pipes');
    assert.match(answer, /^exit status 0\n\(without a terminal: [^\n]*pty\.node[^\n]*\)\npipes$/);
  });
});
