import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Numbers of the processes whose command line contains a text. */
export function processesWith(marker: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(marker);
      } catch {
        return false;
      }
    })
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

export function isDescendant(pid: number, ancestor: number): boolean {
  for (let at = pid; at > 1; ) {
    if (at === ancestor) return true;
    try {
      at = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${at}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      return false;
    }
  }
  return false;
}

/** Stopped by a signal: proc_pid_stat(5), `state`. */
export function isStopped(pid: number): boolean {
  const text = readIfThere(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).startsWith('T');
}

/** Polls something outside of this process that tells nobody when it changes. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) assert.fail(`did not happen within 10 s: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Numbers of the processes that a process has started and that have not ended. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter((text) => text !== '').map(Number);
  } catch {
    return [];
  }
}

/** The process that holds the network of the session whose socket this is. */
export function podOf(socket: string): number {
  const commandLine = ['pod', dirname(socket), ''].join('\0');
  const found = readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && readIfThere(`/proc/${pid}/cmdline`).replace(/^[^\0]*\0/, '').startsWith(commandLine));
  return Number(found);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process has ended
  }
}
