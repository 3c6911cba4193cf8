import { json } from 'node:stream/consumers';

import { SandboxError } from '../errors';
import { loadPolicy } from '../host/policy-file';
import { printable } from '../policy';
import { loadOptions, type LayerFlags } from './layers';
import type { Output } from './output';

/** Tools of agents whose input is a shell command: Claude Code's, then Copilot's. */
const SHELL_TOOLS = new Set(['Bash', 'bash', 'run_in_terminal', 'runInTerminal', 'shell']);

/** What an agent tells a PreToolUse hook on stdin, as far as it matters here. */
interface HookInput {
  readonly tool_name?: unknown;
  readonly tool_input?: unknown;
}

/**
 * `srt hook`: a PreToolUse hook. A shell command is rewritten to run under the policy; if the policy cannot be used the
 * command is refused, with the reason. Tools that run no shell are left alone.
 */
export async function hookCommand(options: LayerFlags & { readonly srt?: string }, output: Output): Promise<number> {
  const { tool_name: tool, tool_input: input } = asObject(await readInput()) as HookInput;
  const { command } = asObject(input) as { command?: unknown };
  if (typeof tool !== 'string' || !SHELL_TOOLS.has(tool)) return 0;
  if (typeof command !== 'string') return answer(output, { permissionDecision: 'deny', permissionDecisionReason: `srt: expected the command of ${printable(tool)} as text, found none` });
  try {
    loadPolicy(options.settings, loadOptions(options));
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    return answer(output, { permissionDecision: 'deny', permissionDecisionReason: `srt: the sandbox policy cannot be used, so nothing is run. ${error.message}` });
  }
  return answer(output, { permissionDecision: 'allow', updatedInput: { ...asObject(input), command: sandboxed(command, options) } });
}

async function readInput(): Promise<unknown> {
  try {
    return await json(process.stdin);
  } catch {
    throw new SandboxError('usage', 'expected the JSON of a PreToolUse hook on stdin, found something else');
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function answer(output: Output, decision: object): number {
  output.result(JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', ...decision } }));
  return 0;
}

/** The agent hands this to a shell of its own, so the words are quoted for it (POSIX sh, "Single-Quotes"). */
function sandboxed(command: string, { settings, layers, trustWorkspace, srt }: LayerFlags & { readonly srt?: string }): string {
  const flags = [...(settings === undefined ? [] : ['-s', settings]), ...(layers === true ? ['--layers'] : []), ...(trustWorkspace === true ? ['--trust-workspace'] : [])];
  return [srt ?? 'srt', ...flags, '-c', command].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}
