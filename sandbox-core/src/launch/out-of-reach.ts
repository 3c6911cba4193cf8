import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';

import { SandboxError } from '../errors';
import { absolutePath, decide, joinPath, parentPath, printable, ROOT_DIRECTORY, type AbsolutePath, type ResolvedPolicy } from '../policy';

/** As many as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Throws unless no command can decide where a file of ours lies: its directory is out of reach, and each one that holds a link
 * on the way to it. Also throws what the system says where the directory is not there.
 *
 * @param what for people: "an audit log"
 */
export function requireOutOfReach(what: string, path: AbsolutePath, policy: ResolvedPolicy): void {
  const directory = absolutePath(realpathSync(parentPath(path)));
  // What is put beside it counts too: whoever writes the directory could have put a link, or another file, at its name.
  for (const place of [directory, joinPath(directory, basename(path)), ...linksOnTheWay(parentPath(path))]) {
    const { outcome, reason } = decide(policy, { kind: 'write', path: place });
    if (outcome === 'allow') throw new SandboxError('usage', `expected ${what} where no command may write, but ${printable(place, 400)} may be written (${reason}). Put it elsewhere, or name its directory in filesystem.denyWrite`);
  }
}

/** Symbolic links among the directories of a path, and of what they lead to. */
function linksOnTheWay(path: AbsolutePath): AbsolutePath[] {
  const links: AbsolutePath[] = [];
  let at: AbsolutePath = ROOT_DIRECTORY;
  const ahead = namesIn(path);
  for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
    const next = joinPath(at, name);
    if (lstatSync(next, { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
      at = next;
      continue;
    }
    if (links.push(next) > MAX_LINKS) break;
    const target = readlinkSync(next);
    ahead.unshift(...namesIn(target));
    if (target.startsWith('/')) at = ROOT_DIRECTORY;
  }
  return links;
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}
