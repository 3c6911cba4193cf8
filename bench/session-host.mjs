// What the extension's session host needs in memory: idle with a session, and at its peak after many commands.
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { printTable } from './measure.mjs';

const require = createRequire(import.meta.url);
const { createMessageConnection, IPCMessageReader, IPCMessageWriter } = require('vscode-jsonrpc/node');

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const COMMANDS = 100;

export async function benchSessionHost() {
  const directory = mkdtempSync(join(homedir(), 'srt-bench-'));
  const host = fork(join(root, 'dist', 'session-host.js'), [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const empty = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log()'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const connection = createMessageConnection(new IPCMessageReader(host), new IPCMessageWriter(host));
    connection.listen();
    const { socket, helper } = await connection.sendRequest('session/open', { id: 'bench', directory });
    const rows = [['idle, one session', memoryOf(host.pid, 'VmRSS')]];
    for (let count = 0; count < COMMANDS; count++) await new Promise((resolve) => spawn(helper, ['run', '--session', socket, '--', 'bash', '-c', 'echo x > /etc/refused'], { cwd: directory, stdio: 'ignore' }).once('exit', resolve));
    rows.push([`peak, after ${COMMANDS} commands with a violation each`, memoryOf(host.pid, 'VmHWM')]);
    await new Promise((resolve) => empty.stdout.once('data', resolve));
    rows.push(['for comparison: an empty Node', memoryOf(empty.pid, 'VmRSS')]);
    printTable('Memory of the session host', ['', 'MiB'], rows);
    connection.dispose();
  } finally {
    empty.kill();
    const ended = new Promise((resolve) => host.once('exit', resolve));
    host.disconnect();
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Source: proc_pid_status(5). */
function memoryOf(pid, field) {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  return (Number(kibibytes) / 1024).toFixed(0);
}
