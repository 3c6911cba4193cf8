import { UNKNOWN_VALUE, type CommandWords } from './simple-commands';
import { programName } from './wrappers';

/** Options before the subcommand that take the next word with them. Of other programs' options nobody knows. */
const VALUE_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  git: ['-C', '-c', '--git-dir', '--work-tree', '--namespace', '--exec-path', '--config-env', '--super-prefix', '--attr-source'],
  docker: ['-H', '--host', '-c', '--context', '--config', '-l', '--log-level', '--tlscacert', '--tlscert', '--tlskey'],
  kubectl: ['-n', '--namespace', '--context', '--cluster', '--user', '--kubeconfig', '-s', '--server', '--token', '--as', '--as-group', '--request-timeout'],
};

/**
 * Whether the words of a rule cover a command: its program, its words in order with options passed over, its options anywhere.
 *
 * A program that is not known is covered by `*` alone: it is somebody's to judge, not a matter of every rule.
 *
 * @param certainty where a word could be an option's value or not, and where one is not known yet: `may` takes the reading
 * that matches (a denial has to hold in it), `must` asks for all of them (a permission has to)
 */
export function matchesCommand([program, ...rest]: readonly string[], words: CommandWords, certainty: 'may' | 'must'): boolean {
  const name = programName(words[0]);
  if (name === undefined ? certainty === 'must' || program !== '*' : program !== '*' && name !== program && words[0] !== program) return false;
  const options = rest.filter((word) => word.startsWith('-'));
  const plain = rest.filter((word) => !word.startsWith('-'));
  const known = Object.hasOwn(VALUE_OPTIONS, name ?? '') ? VALUE_OPTIONS[name ?? ''] : undefined;
  return options.every((option) => hasOption(words.slice(1), option, certainty)) && matchesInOrder(plain, words.slice(1), { known, certainty });
}

interface Reading {
  readonly known: readonly string[] | undefined;
  readonly certainty: 'may' | 'must';
}

/** From the last words to the first, so that each is read once for each word that is wanted, however many options there are. */
function matchesInOrder(wanted: readonly string[], words: CommandWords, reading: Reading): boolean {
  let behind: readonly boolean[] = Array<boolean>(words.length + 1).fill(true);
  for (const next of wanted.toReversed()) {
    const row = Array<boolean>(words.length + 2).fill(false);
    for (let at = words.length - 1; at >= 0; at--) row[at] = matchesAt(words[at], next, { behind: behind[at + 1] === true, asFlag: row[at + 1] === true, withValue: row[at + 2] === true }, reading);
    behind = row;
  }
  return behind[0] === true;
}

/**
 * @property behind whether what is wanted next follows this word
 * @property asFlag whether this word and what else is wanted follow it
 * @property withValue the same, for the word after the next one
 */
interface Following {
  readonly behind: boolean;
  readonly asFlag: boolean;
  readonly withValue: boolean;
}

function matchesAt(word: string | undefined, wanted: string, { behind, asFlag, withValue }: Following, reading: Reading): boolean {
  if (word === undefined) return reading.certainty === 'may';
  if (!word.startsWith('-') || word === '-') return isWord(word, wanted, reading) && behind;
  if (word === '--' || word.includes('=')) return asFlag;
  if (reading.known) return reading.known.includes(word) ? withValue : asFlag;
  return reading.certainty === 'may' ? asFlag || withValue : asFlag && withValue;
}

function isWord(word: string, wanted: string, { certainty }: Reading): boolean {
  return word.endsWith(UNKNOWN_VALUE) ? certainty === 'may' && wanted.startsWith(word.slice(0, -UNKNOWN_VALUE.length)) : word === wanted;
}

/** `--force` is also `--force=x`; `-f` is also part of `-xf`. */
function hasOption(words: CommandWords, option: string, certainty: 'may' | 'must'): boolean {
  const isShort = /^-[A-Za-z0-9]$/.test(option);
  return words.some((word) => {
    if (word === undefined) return certainty === 'may';
    return word === option || (isShort ? new RegExp(`^-[A-Za-z0-9]*${option[1]}`).test(word) : word.startsWith(`${option}=`));
  });
}
