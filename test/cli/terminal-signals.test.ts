import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { receiveSignals } from 'sandbox-core/internal/cli/terminal-signals';
import type { SandboxProcess } from 'sandbox-core';

import { srtProgram } from '../support/cli';
import { policyOf } from '../support/policies';
import { eventually } from '../support/processes';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

describe('signals that srt gets', { skip: process.platform === 'win32' && 'has no signals' }, () => {
  it('reach a command that they came before, and one that runs', () => {
    const delivered: NodeJS.Signals[] = [];
    const signals = receiveSignals('none');
    try {
      process.emit('SIGTERM', 'SIGTERM');
      signals.deliverTo({ signal: (name) => void delivered.push(name) } as Partial<SandboxProcess> as SandboxProcess);
      process.emit('SIGHUP', 'SIGHUP');
      assert.deepEqual(delivered, ['SIGTERM', 'SIGHUP']);
    } finally {
      signals.release();
    }
  });
});

/** Whether Node has its handlers in place: proc_pid_status(5), `SigCgt`. Neither the front nor a Node that still starts catches this signal, which comes last. */
function isNodeReady(pid: number): boolean {
  const caught = /^SigCgt:\s*([\da-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${caught}`) & (1n << BigInt(constants.signals.SIGUSR2 - 1))) !== 0n;
}

describe('signals that srt was started to ignore', { skip: whyNotEnforced() ?? false }, () => {
  for (const [who, script] of Object.entries({ 'srt alone': 'echo ready; ', 'srt that Node goes on for': 'cat secret 2> /dev/null; echo ready; ' }))
    it(`end neither it nor the command: ${who}`, async (context) => {
      const home = temporaryDirectory(context, { 'ws/secret': '', '.srt-settings.json': JSON.stringify(policyOf({ filesystem: { denyRead: ['./secret'] } })) });
      for (const signal of ['HUP', 'INT']) {
        const lines = ['-q', '-c', `${script}read -r; trap 'echo BAD' ${signal}; kill -${signal} $$; echo "$REPLY"`];
        // The first time it is planned, and then kept.
        for (let time = 0; time < 2; time++) {
          const child = spawn('bash', ['-c', `trap '' ${signal}; exec "$0" "$@"`, srtProgram, ...lines], { cwd: join(home, 'ws'), env: { ...process.env, HOME: home, SHLVL: '1' }, stdio: ['pipe', 'pipe', 'ignore'] });
          let said = '';
          child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
          await once(child.stdout, 'data');
          // While Node starts, it lets every signal end it.
          if (script.includes('secret')) await eventually(() => isNodeReady(child.pid!), 'Node has gone on');
          process.kill(child.pid!, `SIG${signal}`);
          child.stdin.end('on\n');
          const [code] = (await once(child, 'close')) as [number | null];
          assert.deepEqual([code, said], [0, 'ready\non\n'], signal);
        }
      }
    });
});
