import type { DescribedCommand, DescribedOption, Value } from './describe-program';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script for the shell, made from the parser's own data. */
export function completionScript(shell: Shell, program: DescribedCommand): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](program);
}

function all(command: DescribedCommand): DescribedCommand[] {
  return [command, ...command.commands.flatMap(all)];
}

/** In single quotes, for any of the three. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The case of one command: what may follow a flag, then what may stand by itself. */
function bashCase({ path, options, operands, commands }: DescribedCommand): string {
  const words = [...commands.map((command) => command.path.at(-1) ?? ''), ...options.flatMap(({ names }) => names), ...operands.flatMap(({ takes }) => takes.choices)];
  const valued = options.filter((option) => option.takes).map((option) => `      ${option.names.join('|')}) ${bashValue(option.takes)}; return ;;`);
  const [operand] = operands;
  const kind = operand?.takes.kind;
  const offered = `COMPREPLY=($(compgen ${kind === 'command' ? '-A command ' : ''}-W ${quoted(words.join(' '))} -- "$word"))`;
  // Files are offered where there is nothing else: options are for who begins one.
  const reply = kind === 'file' && commands.length === 0 ? `case "$word" in -*) ${offered} ;; esac` : offered;
  return [`    ${quoted(path.join(' '))})`, '      case "$before" in', ...valued.map((line) => `  ${line}`), '      esac', `      ${reply}`, ...(kind === 'file' || kind === 'command' ? ['      compopt -o default 2> /dev/null'] : []), '      ;;'].join('\n');
}

function bashValue(value: Value | undefined): string {
  if (value?.kind === 'choice') return `COMPREPLY=($(compgen -W ${quoted(value.choices.join(' '))} -- "$word"))`;
  return value?.kind === 'file' ? 'compopt -o default 2> /dev/null' : ':';
}

function bashScript(program: DescribedCommand): string {
  const paths = all(program).filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')));
  return `# bash completion for srt; load it with: source <(srt completions bash)
_srt() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path='' at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${path:+$path }\${COMP_WORDS[at]}" in
      ${paths.join('|')}) path="\${path:+$path }\${COMP_WORDS[at]}" ;;
    esac
  done
  case "$path" in
${all(program).map(bashCase).join('\n')}
  esac
}
complete -F _srt srt
`;
}

function zshSpec({ names, takes, description }: DescribedOption): string[] {
  const shown = description.replaceAll(/[[\]:]/g, (character) => `\\${character}`);
  return names.map((name) => quoted(`(${names.join(' ')})${name}[${shown}]${takes ? `:${takes.name}:${zshAction(takes)}` : ''}`));
}

function zshAction(value: Value): string {
  if (value.kind === 'choice') return `(${value.choices.join(' ')})`;
  return { file: '_files', command: '_command_names -e', text: ' ' }[value.kind];
}

function zshFunction(command: DescribedCommand): string {
  const name = ['_srt', ...command.path].join('_');
  const options = command.options.flatMap(zshSpec);
  if (command.commands.length === 0) {
    const operands = command.operands.map(({ takes, usage }) => quoted(`${usage.includes('...') ? '*' : ''}:${takes.name}:${zshAction(takes)}`));
    return `${name}() {\n  _arguments -s ${[...options, ...operands].join(' \\\n    ')}\n}`;
  }
  const described = command.commands.map(({ path, description }) => quoted(`${path.at(-1) ?? ''}:${description}`));
  const cases = command.commands.map(({ path }) => `    ${path.at(-1) ?? ''}) ${['_srt', ...path].join('_')} ;;`);
  // Not "commands": zsh has the programs in that.
  return `${name}() {
  local -a subcommands=(${described.join(' \\\n    ')})
  _arguments -C ${options.join(' \\\n    ')} \\
    '1: :->first' '*:: :->rest'
  case $state in
    first) _describe command subcommands${command.path.length === 0 ? '; _command_names -e' : ''} ;;
    rest) case $words[1] in
${cases.join('\n')}
    *) _default ;;
    esac ;;
  esac
}`;
}

function zshScript(program: DescribedCommand): string {
  return `#compdef srt
# zsh completion for srt; put it into a directory of $fpath as _srt, or: source <(srt completions zsh)
${all(program).map(zshFunction).join('\n\n')}

if [ "$funcstack[1]" = "_srt" ]; then _srt "$@"; else compdef _srt srt; fi
`;
}

function fishScript(program: DescribedCommand): string {
  const lines = all(program).flatMap((command) => {
    const inside = command.path.length === 0 ? '__fish_use_subcommand' : command.path.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
    const names = command.commands.map(({ path, description }) => `complete -c srt -n ${quoted(inside)} -a ${path.at(-1) ?? ''} -d ${quoted(description)}`);
    const options = command.options.map(({ names: flags, takes, description }) => {
      const spelled = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
      const value = takes === undefined ? '' : takes.kind === 'choice' ? ` -x -a ${quoted(takes.choices.join(' '))}` : takes.kind === 'file' ? ' -r -F' : ' -x';
      return `complete -c srt -n ${quoted(inside)} ${spelled}${value} -d ${quoted(description)}`;
    });
    const operands = command.operands.filter(({ takes }) => takes.kind === 'choice').map(({ takes }) => `complete -c srt -n ${quoted(inside)} -x -a ${quoted(takes.choices.join(' '))}`);
    return [...names, ...options, ...operands];
  });
  return `# fish completion for srt; load it with: srt completions fish | source\n${lines.join('\n')}\n`;
}
