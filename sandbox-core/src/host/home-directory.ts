import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

import { homeUnknown } from '../errors';
import { absolutePath, type AbsolutePath } from '../policy';

/** What HOME says, if that is a path; else the account's own: an empty one would make the working directory's policy the user's. */
export function homeDirectory(): AbsolutePath {
  const found = [homedir, () => userInfo().homedir].map(textOf).find(isAbsolute);
  if (found === undefined) throw homeUnknown();
  return absolutePath(found);
}

/** Of a user without an account both may fail. */
function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
