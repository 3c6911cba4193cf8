import type { Argument, Command, Option } from 'commander';

/** The command line as its parser knows it: what completions and the manual page are made from. */
export interface DescribedCommand {
  /** `audit verify`; empty for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly DescribedOption[];
  readonly operands: readonly DescribedOperand[];
  readonly commands: readonly DescribedCommand[];
}

/** @property takes what a value is: one of the choices, a file, or any text; absent: it takes none */
export interface DescribedOption {
  readonly names: readonly string[];
  readonly takes?: Value;
  readonly description: string;
}

export interface DescribedOperand {
  /** As usage lines show it: `<file>`, `[command...]`. */
  readonly usage: string;
  readonly description: string;
  readonly takes: Value;
}

export interface Value {
  readonly kind: 'choice' | 'file' | 'command' | 'text';
  readonly name: string;
  readonly choices: readonly string[];
}

export function describeProgram(program: Command, path: readonly string[] = []): DescribedCommand {
  const help = program.createHelp();
  return {
    path,
    description: program.description(),
    options: help.visibleOptions(program).map(describeOption),
    operands: program.registeredArguments.map(describeOperand),
    commands: help.visibleCommands(program).filter((command) => command.name() !== 'help').map((command) => describeProgram(command, [...path, command.name()])),
  };
}

function describeOption(option: Option): DescribedOption {
  const name = /<([^>]+)>|\[([^\]]+)\]/.exec(option.flags);
  const names = [option.short, option.long].filter((flag): flag is string => typeof flag === 'string');
  return { names, description: option.description, ...(name && { takes: valueOf(name[1] ?? name[2] ?? '', option.argChoices) }) };
}

function describeOperand(argument: Argument): DescribedOperand {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return { usage: argument.required ? `<${name}>` : `[${name}]`, description: argument.description, takes: valueOf(argument.name(), argument.argChoices) };
}

/** Names of values say what they are. */
function valueOf(name: string, choices: readonly string[] | undefined): Value {
  if (choices) return { kind: 'choice', name, choices };
  const kind = name === 'command' ? 'command' : /^(files?|before|after|path|socket)$/.test(name) ? 'file' : 'text';
  return { kind, name, choices: [] };
}
