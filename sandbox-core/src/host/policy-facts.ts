import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import { absolutePath, type AbsolutePath, type PathKind, type PolicyFacts, type PolicyPlatform } from '../policy';
import { homeDirectory } from './home-directory';
import { defaultPolicyPath } from './policy-file';

/** Enough for any policy that was written by hand; a generated one is not worth the wait. */
const MAX_LOOKUPS = 5000;

/** The platform of this machine, as policies name it; undefined for one that they do not know. */
export function hostPlatform(): PolicyPlatform | undefined {
  return PLATFORMS[process.platform];
}

const PLATFORMS: Readonly<Partial<Record<NodeJS.Platform, PolicyPlatform>>> = { linux: 'linux', darwin: 'macos', win32: 'windows' };

/** What this machine's disk says about the paths of a policy. Windows paths are not looked up. */
export function policyFactsOnHost(policyFile: string, workingDirectory: string): PolicyFacts | undefined {
  if (process.platform === 'win32') return undefined;
  let lookups = 0;
  // The user's own policy is used from everywhere, so what its relative paths mean is open.
  const isShared = resolve(policyFile) === resolve(defaultPolicyPath());
  return {
    home: homeDirectory(),
    ...(!isShared && { base: absolutePath(workingDirectory) }),
    policyFile: absolutePath(resolve(policyFile)),
    kindOf: (path) => (lookups++ < MAX_LOOKUPS ? kindOf(path) : undefined),
  };
}

function kindOf(path: AbsolutePath): PathKind | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) return 'missing';
    return found.isDirectory() ? 'directory' : 'file';
  } catch {
    return undefined; // somebody else's directory is in the way
  }
}
