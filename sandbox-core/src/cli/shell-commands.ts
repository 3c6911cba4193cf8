import { Argument, Option, type Command } from 'commander';

import { currentHost } from '../host/host';
import { presets } from '../policy';
import { describeProgram } from './describe-program';
import { withLayerOptions } from './layers';
import type { CommandSetup } from './policy-commands';
import { SHELLS, type Shell } from './completions';

/** The commands about policies' files, sessions and the shell around srt; what they need is loaded when one of them runs. */
export function registerShellCommands(program: Command, { output, setStatus }: CommandSetup): void {
  program
    .command('init')
    .description('write a policy to begin with, built on presets; asks which on a terminal')
    .argument('[file]', 'the policy to write (default: .srt-settings.json)')
    .addOption(presetOption())
    .option('--force', 'replace a file that exists')
    .action(async (file: string | undefined, options: Record<string, unknown>) => {
      const { initCommand } = await import('./init.js');
      setStatus(await initCommand(file, options, output));
    });
  program
    .command('import')
    .description("print another tool's sandbox settings as a policy; what has no counterpart is said on stderr")
    .argument('<file>', 'the settings: of Cursor, of VS Code, of fence, or lists of paths')
    .option('-o, --output <file>', 'write the policy to this file')
    .option('--force', 'replace a file that exists')
    .action(async (file: string, options: Record<string, unknown>) => {
      const { importCommand } = await import('./import.js');
      setStatus(importCommand(file, options, output));
    });
  withLayerOptions(program.command('session'))
    .description('keep a session of the policy open until interrupted, and print its socket for srt run')
    .option('--json', 'print the socket and the id as JSON')
    .action(async (options: Record<string, unknown>) => {
      const { sessionCommand } = await import('./attach.js');
      setStatus(await sessionCommand(options, currentHost(), output));
    });
  program
    .command('run')
    .description('run a command in a session that is open already; it shares loopback and /tmp with the others in it')
    .argument('[command...]', 'the command and its arguments, run without a shell')
    .option('--session <socket>', 'the socket that srt session printed (default: the only session that is open)')
    .option('-c <string>', 'run this string with bash -c instead of a command')
    .passThroughOptions()
    .action(async (command: string[], options: Record<string, unknown>) => {
      const { attachCommand } = await import('./attach.js');
      setStatus(await attachCommand(command, options, currentHost(), output));
    });
  program
    .command('completions')
    .description('print a script that completes srt on the command line')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { completionScript } = await import('./completions.js');
      output.result(completionScript(shell, describeProgram(program)).trimEnd());
      setStatus(0);
    });
}

/** Offered by completions; what is none of them, `init` refuses in its own words. */
function presetOption(): Option {
  return new Option('--preset <name...>', 'the presets to build on, without asking').choices(Object.keys(presets)).argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
}
