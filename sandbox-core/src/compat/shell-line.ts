import type { WrappedCommand } from '../launch/prepare-command';

/**
 * @property caller the environment that the wrapping process had
 * @property withheld variables that the policy keeps from commands, also where they are set later
 */
export interface Wrapped extends WrappedCommand {
  readonly caller: Readonly<Record<string, string>>;
  readonly withheld: readonly string[];
}

/** For a POSIX shell. What differs from the caller's environment is said in the line; all else is as whoever runs it has it. */
export function shellLine({ argv, caller, environment, withheld }: Wrapped): string {
  if (!environment) return argv.map(quoted).join(' ');
  const unset = [...new Set([...Object.keys(caller), ...withheld])].filter((name) => !Object.hasOwn(environment, name));
  const set = Object.entries(environment).filter(([name, value]) => caller[name] !== value);
  return ['/usr/bin/env', ...unset.flatMap((name) => ['-u', name]), ...set.map(([name, value]) => `${name}=${value}`), ...argv].map(quoted).join(' ');
}

/** POSIX sh, "Single-Quotes". */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
