import { resolve } from 'node:path';
import { json } from 'node:stream/consumers';

import { loadPolicy } from '../host/policy-file';
import { printable } from '../policy';
import { loadOptions, type LayerFlags } from './layers';
import type { Output } from './output';

/** Tools of agents whose input is a shell command: Claude Code's, then Copilot's. */
const SHELL_TOOLS = new Set(['Bash', 'bash', 'run_in_terminal', 'runInTerminal', 'shell']);
/** What others are called that run commands too, perhaps of a shell for which nothing is quoted here. */
const LIKELY_SHELL = /(bash|shell|terminal|pwsh|cmd|exec)/i;
/** An agent that runs the hook runs nothing then: Claude Code, Copilot. */
const EXIT_BLOCKED = 2;

/** A tool's call as an agent tells a PreToolUse hook of it, and how that agent is answered. */
interface ToolCall {
  /** Undefined: it cannot be understood. */
  readonly tool: string | undefined;
  readonly input: Readonly<Record<string, unknown>>;
  readonly answer: (decision: HookDecision) => object;
}

interface HookDecision {
  readonly permissionDecision: 'allow' | 'deny' | 'ask';
  readonly permissionDecisionReason?: string;
  readonly updatedInput?: object;
}

/**
 * `srt hook`: a PreToolUse hook. A shell command is rewritten to run under the policy; if the policy cannot be used the
 * command is refused, with the reason. Tools that run no shell are left alone.
 */
export async function hookCommand(options: LayerFlags & { readonly srt?: string }, output: Output): Promise<number> {
  const given = await readInput();
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    output.error('Error: expected the JSON of a PreToolUse hook on stdin, found something else; the call is blocked');
    return EXIT_BLOCKED;
  }
  const call = toolCall(asObject(given));
  const decision = call && decide(call, options);
  if (!call || !decision) return 0;
  if (decision.permissionDecision !== 'allow') output.error(decision.permissionDecisionReason ?? 'srt: the call is not let through');
  output.result(JSON.stringify(call.answer(decision)));
  return 0;
}

/** Claude Code's form, and that of Copilot in the editor; then that of Copilot's command line. */
function toolCall(given: Readonly<Record<string, unknown>>): ToolCall | undefined {
  if ('tool_name' in given || 'tool_input' in given)
    return { tool: textOf(given['tool_name']), input: asObject(given['tool_input']), answer: (decision) => ({ hookSpecificOutput: { hookEventName: 'PreToolUse', ...decision } }) };
  if (!('toolName' in given) && !('toolArgs' in given)) return undefined;
  return { tool: textOf(given['toolName']), input: asObject(parsed(given['toolArgs'])), answer: ({ updatedInput, ...decision }) => ({ ...decision, ...(updatedInput && { modifiedArgs: updatedInput }) }) };
}

/** Undefined: the call is none of ours. */
function decide({ tool, input }: ToolCall, options: LayerFlags & { readonly srt?: string }): HookDecision | undefined {
  if (tool === undefined) return refused('deny', 'srt: expected the name of a tool as text, found none, so it may be a shell');
  const { command } = input;
  if (!SHELL_TOOLS.has(tool)) return LIKELY_SHELL.test(tool) && typeof command === 'string' ? refused('ask', `srt: ${printable(tool, 100)} may run a command, and srt hook does not know how to put it into the sandbox`) : undefined;
  if (typeof command !== 'string') return refused('deny', `srt: expected the command of ${tool} as text, found none`);
  try {
    loadPolicy(options.settings, { ...loadOptions(options), atOnce: true }); // an agent that waits too long for its hook runs the command as it is
  } catch (error) {
    return refused('deny', `srt: the sandbox policy cannot be used, so nothing is run. ${error instanceof Error ? error.message : String(error)}`);
  }
  return { permissionDecision: 'allow', updatedInput: { ...input, command: sandboxed(command, options) } };
}

function refused(permissionDecision: 'deny' | 'ask', permissionDecisionReason: string): HookDecision {
  return { permissionDecision, permissionDecisionReason };
}

/** Undefined: it is no JSON. */
async function readInput(): Promise<unknown> {
  return json(process.stdin).catch(() => undefined);
}

function parsed(given: unknown): unknown {
  if (typeof given !== 'string') return given;
  try {
    return JSON.parse(given) as unknown;
  } catch {
    return undefined;
  }
}

function textOf(given: unknown): string | undefined {
  return typeof given === 'string' ? given : undefined;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/**
 * The agent hands this to a shell of its own, so the words are quoted for it (POSIX sh, "Single-Quotes"). That shell may be in
 * another directory, which may have a file of the policy's name that a command wrote.
 */
function sandboxed(command: string, { settings, layers, trustWorkspace, srt }: LayerFlags & { readonly srt?: string }): string {
  const flags = [...(settings === undefined ? [] : ['-s', resolve(settings)]), ...(layers === true ? ['--layers'] : []), ...(trustWorkspace === true ? ['--trust-workspace'] : [])];
  return [srt ?? 'srt', ...flags, '-c', command].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}
