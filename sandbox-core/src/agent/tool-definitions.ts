/** A tool that an agent can call. The same definitions serve MCP clients and VS Code (a test holds package.json to them). */
export interface ToolDefinition {
  readonly name: ToolName;
  readonly title: string;
  /** For the model. */
  readonly description: string;
  /** JSON Schema. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly isReadOnly: boolean;
}

export type ToolName = 'run_in_sandbox' | 'explain_denial' | 'get_violations' | 'propose_policy_change';

const MAX_COMMAND = 65_536;
const MAX_TARGET = 4_096;
export const DEFAULT_TIMEOUT_SECONDS = 120;
const MAX_TIMEOUT_SECONDS = 3_600;

const question = {
  type: 'object',
  properties: {
    operation: { type: 'string', enum: ['read', 'write', 'connect', 'resolve'], description: 'What would be done with the target.' },
    target: { type: 'string', maxLength: MAX_TARGET, description: 'A path, or host[:port].' },
  },
  required: ['operation', 'target'],
  additionalProperties: false,
};

export const toolDefinitions: readonly ToolDefinition[] = [
  {
    name: 'run_in_sandbox',
    title: 'Run in the Sandbox',
    description: 'Runs a bash command under the workspace\'s srt sandbox policy and returns its exit status, its output and everything the sandbox refused, with the rule. The command has no input, and no terminal unless asked for. Prefer this to running commands unsandboxed. If something was refused, do not try to get around it: use another way that the policy allows, or propose a policy change.',
    inputSchema: {
      type: 'object',
      properties: {
        command: { type: 'string', maxLength: MAX_COMMAND, description: 'The command line, for bash -c.' },
        directory: { type: 'string', maxLength: MAX_TARGET, description: 'The working directory, absolute or relative to the workspace. Default: the workspace.' },
        timeoutSeconds: { type: 'number', minimum: 1, maximum: MAX_TIMEOUT_SECONDS, description: `The command is ended after so long. Default: ${DEFAULT_TIMEOUT_SECONDS}.` },
        terminal: { type: 'boolean', description: 'Run it on a terminal of 80 columns, for programs that behave otherwise without one. Nobody answers what it asks. Default: false.' },
      },
      required: ['command'],
      additionalProperties: false,
    },
    isReadOnly: false,
  },
  {
    name: 'explain_denial',
    title: 'Explain a Denial',
    description: 'Says whether the sandbox policy allows an operation, which rule decides, where it stands, and which rules it overrides.',
    inputSchema: question,
    isReadOnly: true,
  },
  {
    name: 'get_violations',
    title: 'Get Violations',
    description: 'Lists what the sandbox has refused in this session so far, with the rule for each.',
    inputSchema: { type: 'object', properties: {}, additionalProperties: false },
    isReadOnly: true,
  },
  {
    name: 'propose_policy_change',
    title: 'Propose a Policy Change',
    description: 'Returns the edits of the policy file that would allow an operation. It only proposes: the policy is not changed, and a person has to decide. Show the proposal to the user; never edit the policy yourself.',
    inputSchema: question,
    isReadOnly: true,
  },
];
