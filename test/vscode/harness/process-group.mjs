/**
 * Ends a detached process and all it started. The group alone is not enough: every terminal VS Code opens is a
 * session of its own, so descendants are looked up in /proc before their parents are gone.
 */
import { readFileSync, readdirSync } from 'node:fs';

/** Sends a signal to the group of `leader` and to all descendants. An ended process is no error. */
export function signalTree(leader, signal, descendants = listDescendants(leader)) {
  sendSignal(-leader, signal);
  for (const pid of descendants) sendSignal(pid, signal);
}

/** The processes below `root`, wherever they moved. Ask before `root` ends: then they become children of init. */
export function listDescendants(root) {
  const parents = new Map(processes().map((pid) => [pid, parentOf(pid)]));
  const found = new Set([root]);
  // Process ids wrap around, so a child may be listed before its parent: repeat until nothing is added.
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  found.delete(root);
  return [...found];
}

function processes() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The fourth field of /proc/<pid>/stat; the second is a name which may contain spaces and parentheses. */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

function sendSignal(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
