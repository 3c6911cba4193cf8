/**
 * Runs a program to its end and resolves with its standard output. A failure is one Error which names the
 * program, its exit and the last lines it wrote: with npm and tar, those lines are the diagnosis.
 */
import { spawn } from 'node:child_process';

const TAIL_LINES = 12;

export function runProgram(command, argv, { cwd, env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (output.stdout += chunk));
    child.stderr.on('data', (chunk) => (output.stderr += chunk));
    child.on('error', (cause) => reject(new Error(`cannot start ${command}: ${cause.message}`, { cause })));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output.stdout);
      else reject(failure([command, ...argv], code ?? signal, output));
    });
  });
}

/** The last lines of a text, for error messages. */
export function tail(text, lines = TAIL_LINES) {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

function failure(commandLine, ending, { stdout, stderr }) {
  const detail = tail(`${stdout}\n${stderr}`.trim()) || '(it printed nothing)';
  return new Error(`${commandLine.join(' ')} ended with ${ending}:\n${detail}`);
}
