import type { DescribedCommand } from './describe-program';

const FILES = [
  ['~/.srt-settings.json', 'The policy, unless --settings names another one.'],
  ['.srt-settings.json', "A workspace's policy: with --layers, on top of it."],
] as const;
const ENVIRONMENT = [
  ['SRT_AUDIT_LOG', 'The audit log, for --audit-log and --log; none if it is empty.'],
  ['CLAUDE_CODE_TMPDIR', 'What TMPDIR is set to inside; /tmp/claude unless given.'],
  ['NO_COLOR', 'If set, nothing is colored.'],
] as const;

/** srt(1), man(7), made from the parser's own data. */
export function manualPage(program: DescribedCommand, version: string): string {
  const commands = program.commands.flatMap(withInner).flatMap((command) => [`.SS srt ${escaped(usage(command))}`, sentence(command.description), ...options(command)]);
  return [
    `.TH SRT 1 "" "srt ${version}" "User Commands"`,
    '.SH NAME', 'srt \\- run a command under a sandbox policy',
    '.SH SYNOPSIS', '.B srt', `.RI "${escaped(usage(program))}"`, '.br', '.B srt', '.I command', '.RI "[options]"',
    '.SH DESCRIPTION', sentence(program.description), 'What the policy denies, the kernel and a filtered network refuse; each refusal names its rule.', 'A command after \\-\\- is never taken for one of the commands below.',
    '.SH OPTIONS', ...options(program),
    '.SH COMMANDS', ...commands,
    '.SH EXIT STATUS', "That of the command; 128 and its number if a signal ended it; 127 if it was not found, 126 if it cannot be executed. 1 if the policy, or something that the sandbox needs, keeps the command from being run: then a message says what.",
    '.SH FILES', ...FILES.flatMap(entry),
    '.SH ENVIRONMENT', ...ENVIRONMENT.flatMap(entry),
    '',
  ].join('\n');
}

function withInner(command: DescribedCommand): DescribedCommand[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(withInner);
}

function usage({ path, options: flags, operands }: DescribedCommand): string {
  return [...path, ...(flags.length > 0 ? ['[options]'] : []), ...operands.map((operand) => operand.usage)].join(' ');
}

function options({ options: flags, operands }: DescribedCommand): string[] {
  return [
    ...operands.filter(({ description }) => description !== '').flatMap(({ usage: shown, description }) => ['.TP', `.I ${escaped(shown)}`, sentence(description)]),
    ...flags.flatMap(({ names, takes, description }) => ['.TP', `.B ${escaped(names.join(', '))}${takes ? ` \\fI${escaped(takes.name)}\\fR` : ''}`, `${sentence(description)}${takes?.kind === 'choice' ? `\nOne of: ${escaped(takes.choices.join(', '))}.` : ''}`]),
  ];
}

function entry([name, description]: readonly [string, string]): string[] {
  return ['.TP', `.I ${escaped(name)}`, sentence(description)];
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return escaped(/[.!?]$/.test(whole) ? whole : `${whole}.`);
}

/** A line of roff must not begin with a control character, and hyphens are to be typed. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll(/^([.'])/gm, '\\&$1');
}
