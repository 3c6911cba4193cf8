import { locateGit } from '../host/locate';
import { runningSettings } from '../host/repository-settings';
import { GIT_CONFIG_PROTECTION, printable, protectionsInForce, type AbsolutePath } from '../policy';
import type { LivePolicy } from './live-policy';

const MAX_NAMED = 10;
/** A command that unpacks a tree full of repositories: the rest are counted. */
const MAX_READ = 50;

/**
 * At the end of a session: of repositories that appeared during it, those whose settings may make git run programs. Whoever makes
 * a repository writes its settings, so they cannot be held before the next command; a user must not meet them unaware.
 */
export async function noticeNewRepositories({ inForce, newRepositories }: Pick<LivePolicy, 'inForce' | 'newRepositories'>, { notice }: { readonly notice?: (text: string) => void }): Promise<void> {
  const { liftProtections = [] } = inForce().source.filesystem;
  const isHeld = protectionsInForce(liftProtections, inForce().source.filesystem.allowGitConfig === true).some(({ name }) => name === GIT_CONFIG_PROTECTION);
  if (!notice || !isHeld) return;
  const { gitDirectories, unseen } = await newRepositories();
  const made = [...gitDirectories].sort();
  const git = locateGit();
  const found = [...unseen].sort().map((path) => `  ${printable(path, 200)}: cannot be looked into`);
  for (const directory of made.slice(0, MAX_READ)) {
    const settings = await runningSettings(directory, git);
    if (settings.length > 0) found.push(describe(directory, settings));
  }
  const more = found.length - MAX_NAMED + Math.max(0, made.length - MAX_READ);
  if (found.length === 0 && made.length <= MAX_READ) return;
  notice(`git repositories were made here whose settings may make git run programs. Read these files before you run git there, and not with git:\n${[...found.slice(0, MAX_NAMED), ...(more > 0 ? [`  and ${more} more`] : [])].join('\n')}`);
}

function describe(directory: AbsolutePath, settings: readonly string[]): string {
  return `  ${printable(`${directory}/config`, 200)}: ${settings.join(', ')}`;
}
