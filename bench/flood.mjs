// A million refused operations: each is counted, in bounded memory.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createSession, currentHost } from 'sandbox-core';

const COUNT = 1_000_000;
const FLOOD = `Error.stackTraceLimit = 0; for (let n = 0; n < ${COUNT}; n++) try { require('node:fs').openSync('flood' + n, 'wx'); } catch {}`;

export async function benchFlood() {
  const directory = mkdtempSync(join(tmpdir(), 'srt-bench-'));
  const session = await createSession({ policy: { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } }, host: currentHost(), directory });
  try {
    const before = process.memoryUsage().rss;
    const start = performance.now();
    const running = await session.run({ argv: [process.execPath, '-e', FLOOD], directory, streams: ['ignore', 'inherit', 'inherit'], terminal: 'none' });
    await running.exited;
    const seconds = (performance.now() - start) / 1000;
    const { refused, pushedOut } = session.violations.totals;
    const grown = (process.memoryUsage().rss - before) / 2 ** 20;
    console.log(`flood: ${refused} of ${COUNT} refusals counted in ${seconds.toFixed(1)} s, ${session.violations.violations.length} kept, ${pushedOut} pushed out; memory grew by ${grown.toFixed(0)} MiB`);
    if (refused !== COUNT) throw new Error(`expected ${COUNT} refusals, counted ${refused}`);
  } finally {
    await session.stop();
    rmSync(directory, { recursive: true });
  }
}
