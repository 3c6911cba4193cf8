import { ancestorsAndSelf, containsPath, joinPath, outermost, type AbsolutePath, type PathContext } from './absolute-path';
import { decide } from './decide';
import { canNameBelow } from './link-names';
import { folded } from './path-pattern';
import { protectionRule, protectionsByPath, rulesBelow, rulesIn, rulesInHome, type Protection } from './protections';
import type { PathRule, ResolvedPolicy } from './resolve';

/** What a policy's own entries let a command write. */
export interface WritablePlaces {
  /** Directories, or files, none below another: nothing beside and around them may be written. Of a pattern, where it begins. */
  readonly roots: readonly AbsolutePath[];
  /** Whether the path, something below it, or something around it may be written. */
  readonly touches: (path: AbsolutePath) => boolean;
}

/** @param bare with the entries of the policy alone */
export function writablePlaces(bare: ResolvedPolicy, { base, home }: Pick<PathContext, 'base' | 'home'>): WritablePlaces {
  const isOpen = (path: AbsolutePath): boolean => decide(bare, { kind: 'write', path }).outcome === 'allow';
  const patterns = bare.filesystem.rules.flatMap(({ list, pattern }) => (list === 'allowWrite' ? [pattern] : []));
  const literals = patterns.flatMap((pattern) => (pattern.kind === 'literal' ? [pattern.path] : []));
  const globs = patterns.flatMap((pattern) => (pattern.kind === 'glob' ? [pattern] : []));
  const whole = outermost([base, home, ...literals].filter(isOpen));
  return {
    roots: outermost([...whole, ...globs.map(({ prefix }) => prefix)]),
    touches: (path) => whole.some((root) => containsPath(root, path)) || isOpen(path) || literals.some((literal) => containsPath(path, literal)) || globs.some((glob) => containsPath(path, glob.prefix) || canNameBelow(glob, path)),
  };
}

/**
 * The protections of all places that may be written, also where no more than a part of a directory may be, or an entry names what
 * is protected. Those in the project and in the home directory are held by the kernel whether the files exist or not; what lies
 * in git directories, which have to be found, is not among them.
 *
 * Whoever works inside of what is protected (a plugin below `~/.claude/plugins`) has chosen that place.
 */
export function protectedPlaces({ roots, touches }: WritablePlaces, { base, home }: Pick<PathContext, 'base' | 'home'>, inForce: readonly Protection[]): PathRule[] {
  // A repository's files only where there is a repository: an empty .git would break `git init`.
  const project = base === home ? [] : rulesIn(base, 'project', inForce);
  const fixed = [...project, ...rulesInHome(home, inForce)].filter(({ named }) => !named.includes('/.git/') && touches(named));
  const named = protectionsByPath(inForce);
  const above = [...new Set(roots.flatMap(ancestorsAndSelf))].flatMap((path) => named(path).map((name) => protectionRule(name, path, 'guard')));
  const around = [...above, ...roots.flatMap((root) => rulesOfBegun(root, inForce))];
  return [...roots.flatMap((root) => rulesBelow(root, inForce)), ...[...around, ...fixed].filter((rule) => !containsPath(rule.named, base))];
}

/** Names that begin in the path of a place, and end below it: `.cargo/config.toml`, where an entry says `./.cargo`. */
function rulesOfBegun(root: AbsolutePath, inForce: readonly Protection[]): PathRule[] {
  const place = folded(root);
  return inForce.flatMap(({ name, paths }) =>
    paths.flatMap((entry) => {
      const components = entry.path.split('/');
      if (entry.place !== 'project' || entry.path.includes('*') || components[0] === '.git') return [];
      const begun = components.map((_, index) => index).filter((count) => count > 0 && place.endsWith(`/${folded(components.slice(0, count).join('/'))}`));
      return begun.map((count) => protectionRule(name, joinPath(root, ...components.slice(count)), 'guard'));
    }),
  );
}
