import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

import { Command, CommanderError, Option } from 'commander';

import { outOfFiles, SandboxError, workingDirectoryGone } from '../errors';
import { currentHost } from '../host/host';
import { printable } from '../policy';
import { registerAgentCommands } from './agent-commands';
import { auditLogOption, registerAuditCommands } from './audit-commands';
import { checkCommand } from './check';
import type { Front } from './front';
import { REPORT_FORMATS } from './check-report';
import { withLayerOptions } from './layers';
import { registerPolicyCommands } from './policy-commands';
import { REPORTS } from './report';
import { runCommand } from './run';
import { standardOutput, type Output } from './output';
import { registerShellCommands } from './shell-commands';
import { version } from './version';

/** As sandbox-runtime: whatever keeps the command from being run. */
const EXIT_REFUSED = 1;

/** `srt`: resolves with the exit status; never throws for what a user can get wrong. `onRun`: a command was run in a sandbox. */
export async function main(argv: readonly string[], { front, onRun }: { readonly front: Front; readonly onRun: () => void }): Promise<number> {
  const output = standardOutput(process.env);
  let status: number = EXIT_REFUSED;
  const { own, words } = splitAtDashes(argv);
  const program = createProgram(output, words, (code) => (status = code), front).hook('postAction', (run, action) => {
    if (run === action) onRun();
  });
  try {
    requireTextArguments(argv);
    await program.parseAsync([...own], { from: 'user' });
    return await writtenOr(status, output);
  } catch (error) {
    return writtenOr(reportFailure(error, output), output);
  }
}

/** Node has put U+FFFD in the place of other bytes: the command would get another argument than its caller gave. */
function requireTextArguments(argv: readonly string[]): void {
  const at = argv.findIndex((word) => word.includes('\ufffd'));
  if (at === -1) return;
  if (!isUtf8(bytesOfArguments())) throw new SandboxError('usage', `expected arguments in UTF-8, found ${printable(argv[at] ?? '', 200)}: the command would get U+FFFD in place of what is not. Give such a name from inside, by a pattern or a file`);
}

/** Empty where the system does not tell. */
function bytesOfArguments(): Buffer {
  try {
    return readFileSync('/proc/self/cmdline');
  } catch {
    return Buffer.alloc(0);
  }
}

/** Whoever asked for results and got them in part is told, once. */
async function writtenOr(status: number, output: Output): Promise<number> {
  const failure = await output.failure();
  if (!failure) return status;
  output.error(`Error: cannot write the results: ${failure.message}`);
  return status === 0 ? EXIT_REFUSED : status;
}

/** Options of ours that take a value. */
const VALUE_OPTIONS = new Set(['-s', '--settings', '-c', '--violations-file', '--publish', '--network-log', '--audit-log', '--report', '--control-fd', '--docker-image']);

/** Those of them that have a letter may stand behind others that take none: `-qs FILE`. */
function takesNext(word: string): boolean {
  return VALUE_OPTIONS.has(word) || /^-[dqVh]+[sc]$/.test(word);
}

/** `srt -- check`: a command behind `--` is one even if it has the name of a subcommand. A later `--` is the command's own. */
function splitAtDashes(argv: readonly string[]): { readonly own: readonly string[]; readonly words: readonly string[] } {
  let at = 0;
  while (at < argv.length && argv[at] !== '--' && argv[at]?.startsWith('-')) at += takesNext(argv[at] ?? '') ? 2 : 1;
  return argv[at] === '--' ? { own: argv.slice(0, at), words: argv.slice(at + 1) } : { own: argv, words: [] };
}

/** The whole command line; completions and the manual page are made from it. */
export function createProgram(output: Output, words: readonly string[], setStatus: (status: number) => void, front?: Front): Command {
  const program = withLayerOptions(new Command('srt'))
    .description('Run a command under a sandbox policy, and see what the policy refused.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .enablePositionalOptions()
    .passThroughOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => output.result(text.replace(/\n$/, '')), writeErr: (text) => output.error(text.replace(/\n$/, '')) })
    .showHelpAfterError('(srt --help shows the options)')
    .argument('[command...]', 'the command and its arguments, run without a shell')
    .option('-c <string>', 'run this string with bash -c instead of a command')
    .option('-d, --debug', 'print the launch plan, and violations as they happen, on stderr')
    .option('-q, --quiet', 'print no summary of violations at the end')
    .addOption(new Option('--report <form>', 'how to print violations at the end, on stderr: agent is the block that agents read').choices(REPORTS).default('summary'))
    .option('--ask', 'ask on the terminal about hosts that no rule covers; the command then gets no input')
    .option('--publish <port[:hostport]>', "make a port of the sandbox reachable on this machine's loopback (may be repeated)", (value: string, before: readonly string[] | undefined) => [...(before ?? []), value])
    .option('--network-log <file>', 'write what was connected to and refused to this file, one JSON object a line')
    .addOption(auditLogOption('--audit-log', 'record the session in this file, chained so that edits and cuts show; several sessions may share it'))
    .option('--docker-image <image>', 'run the command in a container of this image, under the same policy (Podman or Docker)')
    .option('--control-fd <fd>', 'read changed policies from this descriptor, 3 or higher, one JSON object a line; network lists and ignoreViolations come into force')
    .addOption(new Option('--violations-file <file>', 'write violations to this file, one JSON object a line'))
    .action(async (command: string[], options: Record<string, unknown>) => {
      front?.begin();
      setStatus(await runCommand([...command, ...words], options, { host: currentHost(), output, ...(front && { front, commands: namesOf(program) }) }));
    })
    .hook('preAction', passOn);
  addCheckCommand(program, output, setStatus);
  program
    .command('doctor')
    .description('say whether commands can be sandboxed on this machine, and what to do if not')
    .option('--json', 'print the findings as JSON')
    .action(async (options: Record<string, unknown>) => {
      const { doctorCommand } = await import('./doctor.js');
      setStatus(await doctorCommand(options, currentHost(), output));
    });
  registerPolicyCommands(program, { output, setStatus });
  registerAgentCommands(program, { output, setStatus });
  registerAuditCommands(program, { output, setStatus });
  registerShellCommands(program, { output, setStatus });
  return program;
}

function namesOf(program: Command): string[] {
  return ['help', ...program.commands.flatMap((command) => [command.name(), ...command.aliases()])];
}

/** `srt -s FILE mcp` is `srt mcp -s FILE`. What the command has no use for was meant for something, and is refused. */
function passOn(program: Command, command: Command): void {
  if (command === program) return;
  for (const option of program.options) {
    const name = option.attributeName();
    if (program.getOptionValueSource(name) !== 'cli') continue;
    if (!command.options.some((own) => own.attributeName() === name)) command.error(`error: ${option.long ?? option.short} before ${nameOf(command)} says nothing to it; a program of that name is run with srt ${option.long ?? option.short} … -- ${nameOf(command)}`);
    if (command.getOptionValueSource(name) !== 'cli') command.setOptionValueWithSource(name, program.getOptionValue(name), 'cli');
  }
}

/** Without that of the program: `audit verify`. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}

function addCheckCommand(program: Command, output: Output, setStatus: (status: number) => void): void {
  program
    .command('check')
    .description('report everything that is wrong with policies, also inside .claude/settings.json and mcp.json')
    .argument('[file...]', 'the policies (default: ~/.srt-settings.json)')
    .option('--json', 'print the problems as JSON, the same as --format json')
    .addOption(new Option('--format <format>', 'how to print the problems').choices(REPORT_FORMATS).default('text'))
    .addOption(new Option('--platform <platform>', 'what the policy is for (default: this system)').choices(['linux', 'macos', 'windows']))
    .option('--portable', 'report also what sandbox-runtime would ignore or take differently')
    .addOption(new Option('--severity <code=level>', 'set how serious a problem is: error, warning, information, hint, off; "*=level" for all').argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]))
    .option('--fix', 'apply the fixes that are safe: those that allow nothing new')
    .option('--explain <code>', 'print the page about a problem instead')
    .action((files: string[], options: Record<string, unknown>) => setStatus(checkCommand(files, options, output)));
}

function reportFailure(error: unknown, output: Output): number {
  if (isCommanderExit(error)) return error.exitCode === 0 ? 0 : EXIT_REFUSED;
  const code = codeOf(error);
  if (code === 'EMFILE' || code === 'ENFILE') output.error(`Error: ${outOfFiles(code).message}`);
  else if (isOfWorkingDirectory(error)) output.error(`Error: ${workingDirectoryGone().message}`);
  else if (error instanceof SandboxError) output.error(`Error: ${error.message}`);
  else output.error(`Error: unexpected failure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return EXIT_REFUSED;
}

function isOfWorkingDirectory(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd';
}

/** Of the system's error, also where one of ours explains it. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && !(error instanceof SandboxError) ? error.code : codeOf(error.cause);
}

/** commander has printed its message by then. */
function isCommanderExit(error: unknown): error is CommanderError {
  return error instanceof CommanderError;
}
