import type { Command } from 'commander';

import { currentHost } from '../host/host';
import { auditLogOption } from './audit-commands';
import { withLayerOptions } from './layers';
import type { CommandSetup } from './policy-commands';

/** The commands that agents start; what they need is loaded when one of them runs. */
export function registerAgentCommands(program: Command, { output, setStatus }: CommandSetup): void {
  withLayerOptions(program.command('mcp'))
    .description('serve the sandbox to an agent over the Model Context Protocol, on stdin and stdout')
    .addOption(auditLogOption('--audit-log', 'record the sessions in this file, as srt --audit-log does'))
    .action(async (options: Record<string, unknown>) => {
      const { mcpCommand } = await import('./mcp.js');
      setStatus(await mcpCommand(options, currentHost(), output));
    });
  withLayerOptions(program.command('hook'))
    .description('a PreToolUse hook: rewrite an agent\'s shell command to run under the policy')
    .option('--srt <path>', 'the srt that the rewritten command calls (default: srt)')
    .action(async (options: Record<string, unknown>) => {
      const { hookCommand } = await import('./hook.js');
      setStatus(await hookCommand(options, output));
    });
}
