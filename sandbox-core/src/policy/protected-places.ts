import { ancestorsAndSelf, containsPath, joinPath, outermost, parentPath, type AbsolutePath, type PathContext } from './absolute-path';
import { canNameBelow } from './link-names';
import { folded, type PathPattern } from './path-pattern';
import { namedProtections, protectionRule, rulesBelow, rulesIn, rulesInHome, type Protection } from './protections';
import type { PathRule, ResolvedPolicy } from './resolve';

/** What the entries of a policy's allowWrite open; what its other lists deny of that is left out of account. */
export interface WritablePlaces {
  /** Directories, or files, none below another: nothing beside and around them is opened. Of a pattern, where it begins. */
  readonly roots: readonly AbsolutePath[];
  /** Whether the path is opened, by an entry for it or for a directory around it. */
  readonly covers: (path: AbsolutePath) => boolean;
  /** Whether that is so, or something below it is opened. */
  readonly touches: (path: AbsolutePath) => boolean;
}

/** @param bare with the entries of the policy alone */
export function writablePlaces({ filesystem: { rules, index } }: ResolvedPolicy): WritablePlaces {
  const patterns = rules.flatMap(({ list, pattern }) => (list === 'allowWrite' ? [pattern] : []));
  const covers = (path: AbsolutePath): boolean => index.matches('allowWrite', path).length > 0;
  const isBelow = (path: AbsolutePath, pattern: PathPattern): boolean => (pattern.kind === 'literal' ? containsPath(path, pattern.path) : containsPath(path, pattern.prefix) || canNameBelow(pattern, path));
  return {
    roots: outermost(patterns.map((pattern) => (pattern.kind === 'literal' ? pattern.path : pattern.prefix))),
    covers,
    touches: (path) => covers(path) || patterns.some((pattern) => isBelow(path, pattern)),
  };
}

/**
 * The protections of all places that may be written, also where no more than a part of a directory may be, or an entry names what
 * is protected. Those in the project and in the home directory are held by the kernel whether the files exist or not; what lies
 * in git directories, which have to be found, is not among them.
 */
export function protectedPlaces(places: WritablePlaces, { base, home }: Pick<PathContext, 'base' | 'home'>, inForce: readonly Protection[]): PathRule[] {
  const { roots, touches } = places;
  // A repository's files only where there is a repository: an empty .git would break `git init`.
  const project = base === home ? [] : rulesIn(base, 'project', inForce);
  const fixed = [...project, ...rulesInHome(home, inForce)].filter(({ named }) => !named.includes('/.git/') && touches(named));
  const namesOf = namedProtections(inForce, ['project', 'git directory']);
  const above = [...new Set(roots.flatMap(ancestorsAndSelf))].flatMap((path) => namesOf(path).map((name) => protectionRule(name, path, 'guard')));
  const around = [...above, ...roots.flatMap((root) => rulesOfBegun(root, inForce))];
  return [...roots.flatMap((root) => rulesBelow(root, inForce)), ...[...around, ...fixed].filter(({ named }) => !isChosen(named, base, places))];
}

/** Whoever works inside of what is protected (a plugin below `~/.claude/plugins`) has chosen that place, unless other entries open what lies around it. */
function isChosen(path: AbsolutePath, base: AbsolutePath, { covers }: WritablePlaces): boolean {
  return containsPath(path, base) && !covers(path === base ? parentPath(base) : path);
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
