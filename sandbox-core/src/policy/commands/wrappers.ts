import { UNKNOWN_VALUE, type CommandWords } from './simple-commands';

/** What a command starts instead of, or `besides`, doing something itself. `nothing`: and it does nothing itself either. */
export type Inner = { readonly nothing: true } | { readonly line: string | undefined } | { readonly readsInput: true } | { readonly commands: readonly CommandWords[]; readonly besides: boolean };

const SHELLS = new Set(['sh', 'bash', 'rbash', 'dash', 'zsh', 'ksh', 'mksh', 'ash', 'fish']);

/**
 * Programs that run the command after their own options.
 *
 * @property values options that take the next word with them
 * @property words own words before the command (`timeout 5 make`)
 * @property line in place of the command there may be a shell's line (`flock FILE -c LINE`)
 */
interface Wrapper {
  readonly values: readonly string[];
  readonly words?: number;
  readonly assignments?: true;
  readonly line?: true;
}

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  env: { values: ['-u', '--unset', '-C', '--chdir', '-S', '--split-string'], assignments: true },
  sudo: { values: ['-u', '--user', '-g', '--group', '-h', '--host', '-p', '--prompt', '-C', '-D', '--chdir', '-r', '-t', '-T', '-U'], assignments: true },
  doas: { values: ['-u', '-C'] },
  nice: { values: ['-n', '--adjustment'] },
  ionice: { values: ['-c', '-n', '-p'] },
  nohup: { values: [] },
  setsid: { values: [] },
  stdbuf: { values: ['-i', '-o', '-e'] },
  time: { values: ['-f', '-o', '--format', '--output'] },
  timeout: { values: ['-k', '--kill-after', '-s', '--signal'], words: 1 },
  xargs: { values: ['-I', '-n', '-P', '-L', '-d', '-E', '-s', '-a', '--max-args', '--max-chars', '--max-procs', '--arg-file', '--delimiter', '--process-slot-var'] },
  flock: { values: ['-w', '--timeout', '-E', '--conflict-exit-code'], words: 1, line: true },
  runuser: { values: ['-u', '--user', '-g', '--group', '-G', '--supp-group', '-s', '--shell', '-w', '--whitelist-environment'] },
  command: { values: [] },
  builtin: { values: [] },
  exec: { values: ['-a'] },
  busybox: { values: [] },
  unshare: { values: [] },
  chroot: { values: [], words: 1 },
};

/** Undefined: a command that starts no other by its words. */
export function unwrap(argv: CommandWords): Inner | undefined {
  const name = programName(argv[0]);
  if (name === undefined) return undefined;
  // In a shell's line, what stands behind an unknown value is not known either.
  const known = argv.map((word) => (word?.endsWith(UNKNOWN_VALUE) === true ? undefined : word));
  if (SHELLS.has(name)) return shellLine(known.slice(1));
  if (name === 'eval') return { line: known.slice(1).every((word) => word !== undefined) ? known.slice(1).join(' ') : undefined };
  if (argv[0] === 'command' && onlyLooksUp(argv)) return { nothing: true };
  if (name === 'trap') return trapLine(known.slice(known[1] === '--' ? 2 : 1));
  if (name === 'su' || (name === 'runuser' && !known.some((word) => word === '-u' || word === '--user'))) return lineOption(known);
  if (name === 'find') return { commands: findCommands(argv), besides: true };
  const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
  return wrapper && wrappedCommand(argv, wrapper);
}

/** The last component: `/usr/bin/git` is `git`. */
export function programName(word: string | undefined): string | undefined {
  return word?.slice(word.lastIndexOf('/') + 1);
}

/** `bash -euo pipefail -c LINE`; without -c a script's file is run, which is not looked into, or what is read from the input. */
function shellLine(words: CommandWords): Inner | undefined {
  let [hasLine, readsInput] = [false, false];
  let at = 0;
  for (let word = words[at]; at < words.length; word = words[at]) {
    if (word === undefined) return { line: undefined };
    const joined = /^--command=(.*)$/s.exec(word)?.[1];
    if (joined !== undefined) return { line: joined };
    if (!/^[-+]/.test(word)) break;
    const letters = /^[-+][A-Za-z]+$/.test(word) ? word.slice(1) : '';
    hasLine ||= word === '--command' || (word.startsWith('-') && letters.includes('c'));
    readsInput ||= word.startsWith('-') && letters.includes('s');
    at += 1 + (['--rcfile', '--init-file'].includes(word) ? 1 : letters.replace(/[^oO]/g, '').length);
  }
  if (hasLine) return { line: words[at] };
  return readsInput || at >= words.length ? { readsInput: true } : undefined;
}

/** `command -v git` and `command -pV git` only say what would be run. */
function onlyLooksUp([, ...words]: CommandWords): boolean {
  const end = words.findIndex((word) => word === undefined || !/^-[pvV]+$/.test(word));
  const options = words.slice(0, end === -1 ? undefined : end);
  return options.some((option) => /[vV]/.test(option ?? ''));
}

/** `-` is how a trap is reset, and an empty line how a signal is ignored. */
function trapLine(words: CommandWords): Inner | undefined {
  if (words.length >= 2 && (words[0] === '-' || words[0] === '')) return { nothing: true };
  return words.length < 2 ? undefined : { line: words[0] };
}

/** `su root -c LINE` */
function lineOption(words: CommandWords): Inner | undefined {
  const at = words.findIndex((word) => word === '-c' || word === '--command' || word?.startsWith('--command=') === true);
  if (at === -1) return undefined;
  return { line: /^--command=(.*)$/s.exec(words[at] ?? '')?.[1] ?? words[at + 1] };
}

/** One behind the other: what stands in a command that has no end is for that command to be looked into. */
function findCommands(argv: CommandWords): CommandWords[] {
  const found: CommandWords[] = [];
  for (let at = 0; at < argv.length; at++) {
    if (!/^-(exec|execdir|ok|okdir)$/.test(argv[at] ?? '')) continue;
    const end = argv.findIndex((next, index) => index > at && (next === ';' || next === '+'));
    found.push(argv.slice(at + 1, end === -1 ? undefined : end));
    if (end === -1) break;
    at = end;
  }
  return found;
}

function wrappedCommand(argv: CommandWords, { values, words = 0, assignments, line }: Wrapper): Inner {
  let at = 1;
  for (let word = argv[at]; at < argv.length; word = argv[at]) {
    const split = splitString(argv, at);
    if (split) return split;
    if (word === '--') {
      at++;
      break;
    }
    const isOption = word?.startsWith('-') === true;
    if (!isOption && !(assignments && word !== undefined && /^[A-Za-z_]\w*=/.test(word))) break;
    at += isOption && takesNext(word, values) ? 2 : 1;
  }
  while (assignments && /^[A-Za-z_]\w*=/.test(argv[at] ?? '')) at++;
  const inner = argv.slice(at + words);
  return line && (inner[0] === '-c' || inner[0] === '--command') ? { line: inner[1] } : { commands: [inner], besides: false };
}

/** `-u root`, and `-nu root`; of `-n5` and `-uroot` the rest of the word is the value. */
function takesNext(word: string | undefined, values: readonly string[]): boolean {
  if (word === undefined) return false;
  if (values.includes(word)) return true;
  const letters = /^-([A-Za-z]+)$/.exec(word)?.[1] ?? '';
  return [...letters].findIndex((letter) => values.includes(`-${letter}`)) === letters.length - 1 && letters !== '';
}

/** `env -S 'git push'` splits its argument itself, nearly as a shell does; the words behind it follow what it is split into. */
function splitString(argv: CommandWords, at: number): Inner | undefined {
  const word = argv[at];
  if (programName(argv[0]) !== 'env' || word === undefined) return undefined;
  const [, joined] = /^(?:-[iv0]*S|--split-string=?)(.*)$/s.exec(word) ?? [];
  if (joined === undefined) return undefined;
  const [split, ...rest] = joined === '' ? argv.slice(at + 1) : [joined, ...argv.slice(at + 1)];
  const isKnown = [split, ...rest].every((known) => known !== undefined && !known.endsWith(UNKNOWN_VALUE));
  return { line: isKnown ? [split, ...rest.map((known) => `'${known?.replaceAll("'", `'\\''`)}'`)].join(' ') : undefined };
}
