import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { it } from 'node:test';

import { root } from '../support/cli';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory, type Cleanup } from '../support/temporary';

interface Peer {
  installPeer(): void;
  whyNoPeer(): string | undefined;
}

/** What the program is told differently, and why. */
const DIFFERENCES: Readonly<Record<string, { readonly theirs: unknown; readonly ours: unknown }>> = {
  // An aborted wrap is none; sandbox-runtime has it so from 0.0.83 on.
  aborted: { theirs: 'wrapped', ours: 'rejected' },
  // Nothing is in force after reset(), so nothing is said to be.
  enabledAfter: { theirs: true, ours: false },
};

const program = join(root, 'test', 'compat', 'program', 'uses-sandbox-runtime.mjs');
const libraries = { theirs: 'test/peer/node_modules/@anthropic-ai/sandbox-runtime/dist/index.js', ours: 'sandbox-core/out/compat/index.js' };

it('a program written for sandbox-runtime\'s library runs unchanged, and is told the same', async (context) => {
  const peer = (await import(pathToFileURL(join(root, 'test', 'peer', 'peer.mjs')).href)) as Peer;
  const whyNot = whyNotEnforced() ?? peer.whyNoPeer();
  if (whyNot !== undefined) return context.skip(whyNot);
  peer.installPeer();
  const [theirs, ours] = await Promise.all([runProgram(libraries.theirs, context), runProgram(libraries.ours, context)]);
  for (const [name, expected] of Object.entries(DIFFERENCES)) {
    assert.deepEqual({ theirs: theirs[name], ours: ours[name] }, expected, name);
    ours[name] = theirs[name];
  }
  assert.deepEqual(ours, theirs);
  assert.deepEqual({ write: ours['write'], readSecret: ours['readSecret'], annotated: ours['annotated'] }, { write: 'allowed', readSecret: 'denied', annotated: true });
});

async function runProgram(library: string, context: Cleanup): Promise<Record<string, unknown>> {
  // Not in /tmp: ours has a private one.
  const cwd = temporaryDirectory(context, { secret: 's', kept: 'k', open: 'o' }, '/var/tmp');
  const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd, env: { ...process.env, SRT_LIBRARY: join(root, library) } });
  return JSON.parse(stdout) as Record<string, unknown>;
}
