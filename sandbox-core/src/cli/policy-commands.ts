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
  program
    .command('diff')
    .description('say what a change of a policy newly allows and newly denies')
    .argument('<before>', 'a policy; alone: the file now, compared with how it was committed last (git HEAD)')
    .argument('[after]', 'the policy to compare with')
    .option('--json', 'print the changes as JSON')
    .option('--exit-code', 'exit 1 if anything differs, or may differ')
    .action(async (before: string, after: string | undefined, options: Record<string, unknown>) => {
      const { diffCommand } = await import('./diff.js');
      setStatus(await diffCommand(before, after, options, currentHost(), output));
    });
  program
    .command('learn')
    .description('run a command in a sandbox that only watches, and propose the smallest policy that it needs; put -- in front of the command')
    .argument('<command...>', 'the command and its arguments, run without a shell')
    .passThroughOptions()
    .option('-s, --settings <file>', 'the policy to extend (default: .srt-settings.json here; without one, a new policy is proposed)')
    .option('--write <file>', 'write the proposal to this policy, extending it if it is there, without asking')
    .option('--json', "print what was learned as JSON; the command's own output then goes to stderr")
    .option('--portable', 'write out what presets say, for sandbox-runtime')
    .option('--local-services', 'let the command connect to services on this machine')
    .option('--no-layer', 'refuse writes to the home directory, instead of letting them go to a layer that is thrown away')
    .action(async (command: string[], options: Record<string, unknown>) => {
      const { learnCommand } = await import('./learn.js');
      setStatus(await learnCommand(command, options, currentHost(), output));
    });
  program
    .command('test')
    .description('run policy tests (*.srt-test.json); exit 1 if one fails')
    .argument('[files...]', 'test files (default: all *.srt-test.json of the working directory)')
    .option('--json', 'print the results as JSON')
    .addOption(platformOption())
    .action(async (files: string[], options: Record<string, unknown>) => {
      const { testCommand } = await import('./test.js');
      setStatus(await testCommand(files, options, currentHost(), output));
    });
}

function platformOption(): Option {
  return new Option('--platform <platform>', 'the platform to answer for (default: this one)').choices(['linux', 'macos', 'windows']);
}
