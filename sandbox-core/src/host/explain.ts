import { existsSync } from 'node:fs';

import { decide, explain, isNameOutOfReach, isOwnPlace, parentPath, ROOT_DIRECTORY, type AbsolutePath, type Explanation, type PolicyPlatform, type PolicyRequest, type ResolvedPolicy } from '../policy';

/** As `explain`, with what is on this disk: a file that an entry of its own allows and that is not there cannot be made on Linux, so a run is refused. */
export function explainOnHost(policy: ResolvedPolicy, request: PolicyRequest, platform: PolicyPlatform): Explanation {
  if (platform !== 'linux' || request.kind !== 'write' || !isNameOutOfReach(policy, request.path) || existsSync(request.path) || isOwnPlace(policy, parentPath(request.path), platform)) return explain(policy, request, platform);
  const { rule, reason, overridden } = decide(policy, request);
  const directory = directoryThatIsThere(request.path);
  const around = explain(policy, { kind: 'write', path: directory }, platform);
  return {
    outcome: 'deny',
    rule,
    reason: `${reason}, but it is not there, and its directory may not be written: a run cannot make it. Make it first, or allow its directory`,
    overridden,
    request,
    platform,
    changes: around.outcome === 'deny' ? around.changes : [],
  };
}

function directoryThatIsThere(path: AbsolutePath): AbsolutePath {
  let directory = parentPath(path);
  while (directory !== ROOT_DIRECTORY && !existsSync(directory)) directory = parentPath(directory);
  return directory;
}
