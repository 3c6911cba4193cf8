import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import type { HostLookup } from 'sandbox-core';
import type { Policy } from 'sandbox-core/policy';

import { programs } from './catalogue';
import type { Goal, TriedProgram } from './program';
import { fillDirectory, serveDirectory, serveSsh } from './servers';
import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const lookup: HostLookup = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

async function open(context: TestContext, program: TriedProgram) {
  const cleanup = { after: (undo: () => void) => context.after(undo) };
  const directory = temporaryDirectory(cleanup);
  const www = temporaryDirectory(cleanup);
  const web = await serveDirectory(www, cleanup);
  const base = `https://good.test:${web.port}`;
  fillDirectory(www, base);
  writeFileSync(join(directory, 'ca.pem'), web.ca);
  mkdirSync(join(directory, 'home'));
  const sshPort = program.protocol === 'ssh' ? await serveSsh(directory, cleanup) : 22;
  program.prepare?.({ directory, www, sshPort });
  const { PATH = '' } = process.env;
  /** In a sandbox of its own: what the program prints, and what was refused. */
  const attempt = async (goal: Partial<Goal>, network: Partial<Policy['network']> = {}) => {
    const work = mkdtempSync(join(directory, 'work-'));
    const policy = policyOf({ network: { allowedDomains: ['good.test', '127.0.0.1'], ...network }, filesystem: { allowWrite: ['.'] } });
    const sandbox = await openSandbox(context, { policy, directory, lookup, environment: { PATH, HOME: join(directory, 'home'), LC_ALL: 'C', RUSTUP_HOME: process.env['RUSTUP_HOME'] ?? join(homedir(), '.rustup') } });
    const script = program.script({ directory, base, host: 'good.test', sshPort, ca: network.tlsTerminate ? undefined : join(directory, 'ca.pem'), ...goal });
    const { stdout, stderr } = await sandbox.script(`cd ${work} && ${script}`);
    await sandbox.session.stop();
    return { output: `${stdout}${stderr}`.replaceAll(work, '.'), violations: sandbox.violations() };
  };
  return { attempt, decrypting: { tlsTerminate: { extraCaCertPaths: [join(directory, 'ca.pem')] } } };
}

/** Texts to look for, in which `…` stands for anything. */
function assertShows(output: string, text: string): void {
  const pattern = text.split('…').map((part) => part.replace(/[^\w\s]/g, '\\$&')).join('[^]*');
  assert.match(output, new RegExp(pattern));
}

for (const program of programs) {
  const { name, protocol, success, shows, whyNotHere } = program;
  describe(`${name} in the sandbox`, { skip: whyNotEnforced() ?? whyNotHere() ?? false }, () => {
    it('works', async (context) => {
      const { attempt } = await open(context, program);
      const { output, violations } = await attempt({});
      assertShows(output, success);
      assert.deepEqual(violations, []);
    });

    it(protocol === 'ssh' ? 'works beside decrypted connections' : 'works in decrypted connections, and shows a refused request', async (context) => {
      const { attempt, decrypting } = await open(context, program);
      const { output, violations } = await attempt({}, decrypting);
      assertShows(output, success);
      assert.deepEqual(violations, []);
      if (shows.request === undefined) return;
      const refused = await attempt({}, { ...decrypting, requests: [{ host: 'good.test', action: 'deny', paths: ['/**'] }] });
      assertShows(refused.output, shows.request);
      assert.match(refused.violations.join('\n'), /^request GET https:\/\/good\.test.* \/network\/requests\/0$/m);
    });

    it('shows what was refused', async (context) => {
      const { attempt } = await open(context, program);
      const byName = await attempt({ base: 'https://evil.test', host: 'evil.test', sshPort: 22 });
      assertShows(byName.output, shows.name);
      assert.ok(byName.violations.includes('resolve evil.test /network/allowedDomains'), byName.violations.join());
      const byAddress = await attempt({ base: 'https://192.0.2.1', host: '192.0.2.1', sshPort: 22 });
      assertShows(byAddress.output, shows.address);
      assert.deepEqual(byAddress.violations, [`connect 192.0.2.1:${protocol === 'ssh' ? 22 : 443} /network/allowedDomains`]);
    });
  });
}
