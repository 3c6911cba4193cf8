import { locateGit } from '../host/locate';
import { runningSettings, type ReadSettings } from '../host/repository-settings';
import type { LeftForGit } from '../host/resolve-policy';
import { GIT_CONFIG_PROTECTION, printable, protectionsInForce, type AbsolutePath, type ResolvedPolicy } from '../policy';
import type { LivePolicy } from './live-policy';

const MAX_NAMED = 10;
/** A command that unpacks a tree full of repositories: the rest are counted. */
const MAX_READ = 50;

/** What was told already, so that it is not told again. */
interface Told {
  readonly lines: Set<string>;
  unread: number;
}

/**
 * Looks for what appeared during a session that git would run or obey, and that could not be held; tells of each such thing once.
 * A user must not meet it unaware: to be called when a command has ended, as a session may go on for days, and when the session ends.
 */
export function createGitNotices(policy: Pick<LivePolicy, 'inForce' | 'leftForGit'>, { notice }: { readonly notice?: (text: string) => void }): () => Promise<void> {
  if (!notice) return () => Promise.resolve();
  const [repositories, unfinished] = [0, 1].map((): Told => ({ lines: new Set(), unread: 0 })) as [Told, Told]; // one for each
  const read: ReadSettings = new Map();
  let looking = Promise.resolve();
  const look = async (): Promise<void> => {
    if (!isHeld(policy.inForce())) return;
    const left = await policy.leftForGit();
    for (const text of [describeUnfinished(left, unfinished), await describeRepositories(left, repositories, read)]) if (text !== undefined) notice(text);
  };
  // One at a time, and whatever goes wrong in one: the session goes on, or has to end.
  return () => (looking = looking.then(look).catch(() => undefined));
}

function isHeld({ source: { filesystem } }: ResolvedPolicy): boolean {
  return protectionsInForce(filesystem.liftProtections ?? [], filesystem.allowGitConfig === true).some(({ name }) => name === GIT_CONFIG_PROTECTION);
}

/** Whoever makes a repository writes its settings, so they cannot be held before the next command. */
async function describeRepositories({ gitDirectories, unseen }: LeftForGit, told: Told, read: ReadSettings): Promise<string | undefined> {
  const made = [...gitDirectories].sort();
  const git = locateGit();
  const found = [...unseen].sort().map((path) => `  ${printable(path, 200)}: cannot be looked into`);
  const looked = made.slice(0, MAX_READ);
  for (const directory of read.keys()) if (!looked.includes(directory)) read.delete(directory);
  for (const directory of looked) {
    const settings = await runningSettings(directory, git, read);
    if (settings.length > 0) found.push(describe(`${directory}/config` as AbsolutePath, settings)); // a normalized directory and a plain name
  }
  return listed('git repositories were made here whose settings may make git run programs. Read these files before you run git there, and not with git:', found, Math.max(0, made.length - MAX_READ), told);
}

/** A rebase is begun by one command and goes on in another, which may be the user's: its files cannot be held. */
function describeUnfinished({ unfinished: begun }: LeftForGit, told: Told): string | undefined {
  const found = [...begun].sort((a, b) => (a.file < b.file ? -1 : 1)).map(({ file, programs }) => describe(file, programs));
  return listed('git would run programs here when what was begun goes on (git rebase --continue). Read these files before; --abort runs none of it:', found, 0, told);
}

/** @param unread how many more there are, that nobody looked into */
function listed(heading: string, found: readonly string[], unread: number, told: Told): string | undefined {
  const lines = found.filter((line) => !told.lines.has(line));
  const more = Math.max(0, lines.length - MAX_NAMED) + Math.max(0, unread - told.unread);
  for (const line of lines) told.lines.add(line);
  told.unread = Math.max(told.unread, unread);
  return lines.length === 0 && more === 0 ? undefined : [heading, ...lines.slice(0, MAX_NAMED), ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

function describe(file: AbsolutePath, programs: readonly string[]): string {
  const more = programs.length - MAX_NAMED;
  return `  ${printable(file, 200)}: ${programs.slice(0, MAX_NAMED).map((program) => printable(program, 100)).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
