import type { AbsolutePath, GlobPattern } from '../../policy';

/**
 * A pattern taken apart at its slashes.
 *
 * @property prefix the part without special characters
 * @property components what follows, at least one
 * @property outside matches inside a directory of this name do not count
 */
export interface PatternText {
  readonly prefix: AbsolutePath;
  readonly components: readonly string[];
  readonly anyCase: boolean;
  readonly outside?: string;
}

export function patternText({ prefix, rest, outside, anyCase }: GlobPattern): PatternText {
  const components = rest.split('/').filter((component, index, all) => !(component === '**' && all[index - 1] === '**'));
  return { prefix, components, anyCase: anyCase === true, ...(outside !== undefined && { outside }) };
}

/** A "/" between brackets would be split. */
export function expressible({ rest }: GlobPattern): boolean {
  return !/\[[^\]]*\/[^\]]*\]/.test(rest);
}
