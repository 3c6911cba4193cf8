import { Option, type Command } from 'commander';

import { currentHost } from '../host/host';
import { withLayerOptions } from './layers';
import type { Output } from './output';

export interface CommandSetup {
  readonly output: Output;
  readonly setStatus: (status: number) => void;
}

/** The commands that ask a policy questions. What they need is loaded when one of them runs: `srt COMMAND` starts without it. */
export function registerPolicyCommands(program: Command, { output, setStatus }: CommandSetup): void {
  withLayerOptions(program.command('explain'))
    .description('say whether the policy allows something, which rule decides, and what would change it')
    .argument('<operation>', 'read, write, connect, resolve or command')
    .argument('<target>', 'a path (with connect: of a Unix socket), host[:port] (port 443 unless given), or a command line')
    .option('--json', 'print the decision as JSON')
    .addOption(platformOption())
    .action(async (operation: string, target: string, options: Record<string, unknown>) => {
      const { explainCommand } = await import('./explain.js');
      setStatus(await explainCommand(operation, target, options, currentHost(), output));
    });
  withLayerOptions(program.command('effective'))
    .description('print everything that is in force: all files together, defaults and built-in rules, each with its origin')
    .option('--json', 'print the values and their origins as JSON')
    .addOption(platformOption())
    .action(async (options: Record<string, unknown>) => {
      const { effectiveCommand } = await import('./effective.js');
      setStatus(await effectiveCommand(options, currentHost(), output));
    });
}

function platformOption(): Option {
  return new Option('--platform <platform>', 'the platform to answer for (default: this one)').choices(['linux', 'macos', 'windows']);
}
