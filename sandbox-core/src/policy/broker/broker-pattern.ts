import { printable } from '../parse';

/**
 * An entry of broker.allow or broker.ask: every word that a command may have.
 *
 * @property words in order; `*` is any one word that is no option, nor one in other words, a final `...` any number of them
 * @property options that may stand anywhere, by name, and whether each takes a value
 */
export interface BrokerPattern {
  readonly program: string;
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, 'flag' | 'value'>;
}

const ANY_WORD = '*';
const ANY_WORDS = '...';

/** @param text as the schema has it: `git push origin * [-u] [--title *]` */
export function parseBrokerPattern(text: string): BrokerPattern {
  const [program = '', ...parts] = text.match(/\[[^\]]*\]|\S+/g) ?? [];
  const options = new Map(parts.filter((part) => part.startsWith('[')).map((part): [string, 'flag' | 'value'] => {
    const [name = '', value] = part.slice(1, -1).split(' ');
    return [name, value === undefined ? 'flag' : 'value'];
  }));
  return { program, words: parts.filter((part) => !part.startsWith('[')), options };
}

/**
 * Whether a pattern covers a command as a whole. Nothing is passed over: a word that the pattern does not have is one that
 * its author did not think of.
 *
 * @param args the words after the program's name
 */
export function matchesBrokerPattern(pattern: BrokerPattern, args: readonly string[]): boolean {
  const { words, options } = pattern;
  let next = 0;
  let onlyWords = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === words[next] && arg !== ANY_WORD && arg !== ANY_WORDS) {
      next++;
    } else if (!onlyWords && arg === '--') {
      onlyWords = true;
    } else if (!onlyWords && arg.startsWith('-') && arg !== '-') {
      const [name = '', joined] = splitOption(arg);
      const kind = options.get(name);
      if (kind === undefined || (kind === 'flag' && joined !== undefined)) return false;
      if (kind === 'value' && joined === undefined && ++at >= args.length) return false;
    } else if (words[next] === ANY_WORD && isAnyWord(arg, pattern)) {
      next++;
    } else if (words[next] !== ANY_WORDS || !isAnyWord(arg, pattern)) {
      return false;
    }
  }
  return words.slice(next).every((word) => word === ANY_WORDS);
}

/** What is an option in other words is none: `git push origin +main` is --force, `:main` --delete. The entry has to have that option. */
function isAnyWord(arg: string, { program, words, options }: BrokerPattern): boolean {
  if (program !== 'git' || words[0] !== 'push') return arg !== '';
  const [, forces, deletes] = /^(\+?)(:?)/.exec(arg) ?? [];
  const isMissing = (...names: readonly string[]): boolean => !names.some((name) => options.has(name));
  return arg !== '' && !(forces && isMissing('--force', '-f')) && !(deletes && isMissing('--delete', '-d'));
}

/** `--title=x` is `--title x`. */
function splitOption(arg: string): readonly string[] {
  const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
  return equals < 0 ? [arg] : [arg.slice(0, equals), arg.slice(equals + 1)];
}

/** For people: the words as they were given, quoted where they would run together. */
export function describeCommand(argv: readonly string[], length = 300): string {
  return printable(argv.map((word) => (/^[\w./:@%+=,-]+$/.test(word) ? word : JSON.stringify(word))).join(' '), length);
}
