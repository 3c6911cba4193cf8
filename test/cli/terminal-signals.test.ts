import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { receiveSignals } from 'sandbox-core/internal/cli/terminal-signals';
import type { SandboxProcess } from 'sandbox-core';

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
