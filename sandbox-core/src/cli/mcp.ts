import { resolve } from 'node:path';

import { fromJsonSchema, McpServer } from '@modelcontextprotocol/server';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';

import { createAgentTools } from '../agent/agent-tools';
import { toolDefinitions } from '../agent/tool-definitions';
import type { Host } from '../host/host';
import { absolutePath } from '../policy';
import { loadOptions, type LayerFlags } from './layers';
import { clientMessages } from './mcp-input';
import type { Output } from './output';
import { version } from './version';

const INSTRUCTIONS = 'Runs shell commands under the user\'s sandbox policy. Use run_in_sandbox for every command; what was refused comes back with the rule that refused it.';

/** `srt mcp`: the agent tools over the Model Context Protocol, on stdin and stdout, until the client goes away. */
export async function mcpCommand(options: LayerFlags & { readonly auditLog?: string }, host: Host, output: Output): Promise<number> {
  const tools = createAgentTools({ host, notice: (text) => output.error(`srt: ${text}`), directory: absolutePath(process.cwd()), ...(options.settings !== undefined && { settings: options.settings }), load: loadOptions(options), ...(options.auditLog !== undefined && { audit: { file: resolve(options.auditLog) } }) });
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  const transport = new StdioServerTransport(clientMessages(process.stdin, (line) => void process.stdout.write(line)));
  const handle = serveStdio(() => {
    const server = new McpServer({ name: 'srt', version }, { capabilities: { tools: {} }, instructions: INSTRUCTIONS });
    for (const { name, title, description, inputSchema, isReadOnly } of toolDefinitions) {
      server.registerTool(
        name,
        { title, description, inputSchema: fromJsonSchema<Record<string, unknown>>(inputSchema), annotations: { readOnlyHint: isReadOnly, openWorldHint: !isReadOnly } },
        async (input, context) => {
          const { text, isError } = await tools.call(name, input, context.mcpReq.signal);
          return { content: [{ type: 'text', text }], isError };
        },
      );
    }
    return server;
  }, { transport });
  await ended;
  await tools.close();
  await handle.close();
  return 0;
}
