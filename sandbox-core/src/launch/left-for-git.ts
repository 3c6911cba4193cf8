import { locateGit } from '../host/locate';
import { runningSettings } from '../host/repository-settings';
import type { LeftForGit } from '../host/resolve-policy';
import { GIT_CONFIG_PROTECTION, printable, protectionsInForce, type AbsolutePath } from '../policy';
import type { LivePolicy } from './live-policy';

const MAX_NAMED = 10;
/** A command that unpacks a tree full of repositories: the rest are counted. */
const MAX_READ = 50;

/** At the end of a session: what appeared during it that git would run or obey, and that could not be held. A user must not meet it unaware. */
export async function noticeLeftForGit({ inForce, leftForGit }: Pick<LivePolicy, 'inForce' | 'leftForGit'>, { notice }: { readonly notice?: (text: string) => void }): Promise<void> {
  const { liftProtections = [] } = inForce().source.filesystem;
  const isHeld = protectionsInForce(liftProtections, inForce().source.filesystem.allowGitConfig === true).some(({ name }) => name === GIT_CONFIG_PROTECTION);
  if (!notice || !isHeld) return;
  const left = await leftForGit();
  for (const text of [unfinished(left), await newRepositories(left)]) if (text !== undefined) notice(text);
}

/** Whoever makes a repository writes its settings, so they cannot be held before the next command. */
async function newRepositories({ gitDirectories, unseen }: LeftForGit): Promise<string | undefined> {
  const made = [...gitDirectories].sort();
  const git = locateGit();
  const found = [...unseen].sort().map((path) => `  ${printable(path, 200)}: cannot be looked into`);
  for (const directory of made.slice(0, MAX_READ)) {
    const settings = await runningSettings(directory, git);
    if (settings.length > 0) found.push(describe(`${directory}/config` as AbsolutePath, settings)); // a normalized directory and a plain name
  }
  const more = Math.max(0, found.length - MAX_NAMED) + Math.max(0, made.length - MAX_READ);
  return found.length === 0 && more === 0 ? undefined : listed('git repositories were made here whose settings may make git run programs. Read these files before you run git there, and not with git:', found, more);
}

/** A rebase is begun by one command and goes on in another, which may be the user's: its files cannot be held. */
function unfinished({ unfinished: begun }: LeftForGit): string | undefined {
  const found = [...begun].sort((a, b) => (a.file < b.file ? -1 : 1)).map(({ file, programs }) => describe(file, programs));
  return found.length === 0 ? undefined : listed('git would run programs here when what was begun goes on (git rebase --continue). Read these files before; --abort runs none of it:', found, Math.max(0, found.length - MAX_NAMED));
}

function listed(heading: string, found: readonly string[], more: number): string {
  return [heading, ...found.slice(0, MAX_NAMED), ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

function describe(file: AbsolutePath, programs: readonly string[]): string {
  const more = programs.length - MAX_NAMED;
  return `  ${printable(file, 200)}: ${programs.slice(0, MAX_NAMED).map((program) => printable(program, 100)).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
