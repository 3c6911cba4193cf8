import { posix } from 'node:path';

import type { AbsolutePath } from './absolute-path';

/*
 * Paths of Windows are judged as if they were POSIX ones, so that there is one evaluator: `C:\Users\Me` as `/c:/users/me`,
 * `\\server\share\x` as `/unc/server/share/x`. Lower case, as upper and lower case do not differ there.
 */

/** What a policy's Windows paths start from; both as above. */
export interface WindowsPlaces {
  readonly base: AbsolutePath;
  readonly home: AbsolutePath;
}

/** Where a user and a directory of another system would be there: in the user's folder on drive C. */
export function placesOnWindows({ base, home }: WindowsPlaces): WindowsPlaces {
  const user = `/c:/users/${posix.basename(home).toLowerCase()}` as AbsolutePath; // normalized, as the names are
  return { home: user, base: `${user}/${posix.basename(base).toLowerCase()}` as AbsolutePath };
}

const HOME = /^(?:~|%userprofile%|%homedrive%%homepath%)(?=\/|$)/;
/** What a path cannot leave: a drive, or a share. */
const PLACE = /^\/(?:[a-z]:|unc\/[^/]+\/[^/]+)(?=\/|$)/;
/** Names of devices, in any directory and with any extension: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const DEVICE = /^(?:con|prn|aux|nul|(?:com|lpt)[1-9¹²³])(?:\.|$)/;

/** Absolute, as above. Expands what sandbox-runtime does there: `~`, `%USERPROFILE%`, `%HOMEDRIVE%` and `%HOMEPATH%`. */
export function expandWindowsPath(spelled: string, { base, home }: WindowsPlaces): AbsolutePath {
  const path = windowsSpelling(spelled).toLowerCase();
  const drive = /^\/[a-z]:/.exec(home)?.[0] ?? '/c:';
  const fromHome = path.replace(HOME, home).replace(/^%homepath%(?=\/|$)/, home.slice(drive.length));
  if (fromHome !== path && fromHome.startsWith(home)) return normalize(fromHome);
  const found = fromHome.replace(/^%homedrive%/, drive.slice(1));
  if (/^\/\/[^/]/.test(found)) return normalize(`/unc${found.slice(1)}`);
  if (/^[a-z]:/.test(found)) return normalize(`/${found.slice(0, 2)}/${found.slice(2)}`);
  if (found.startsWith('/')) return normalize(/^\/[a-z]:(\/|$)/.test(found) ? found : `${PLACE.exec(base)?.[0] ?? drive}${found}`);
  return normalize(`${base}/${found}`);
}

/** With a drive or a share; no path of another system begins so. */
export function isAbsoluteOnWindows(path: string): boolean {
  return /^(?:[A-Za-z]:[\\/]|\\\\[^\\])/.test(path);
}

/** With slashes, and without the prefixes of one and the same drive or share: the question mark in one is no pattern. */
export function windowsSpelling(spelled: string): string {
  return spelled.replaceAll('\\', '/').replace(/^\/\/[?.]\/unc\//i, '//').replace(/^\/\/\.\/(?=[a-z]:)/i, '').replace(/^\/\/\?\//, '');
}

/** A device or a volume by another name than its drive's: what lies there may be named by rules, and nobody can tell. */
export function isWindowsDevice(spelled: string): boolean {
  return /^\/\/[?.]\/(?!unc\/|[a-z]:(?:\/|$))/i.test(spelled.replaceAll('\\', '/'));
}

/** As people write it. */
export function describeWindowsPath(path: AbsolutePath): string {
  const share = path.startsWith('/unc/') ? `/${path.slice('/unc'.length)}` : path.slice(1);
  const text = /^[a-z]:$/.test(share) ? `${share}/` : share;
  return text.replaceAll('/', '\\').replace(/^[a-z]:/, (drive) => drive.toUpperCase());
}

/** Why an entry does not mean on Windows what it seems to; undefined if it does. */
export function windowsPathProblem(spelled: string): string | undefined {
  const path = spelled.replaceAll('\\', '/');
  if (path.startsWith('//./')) return 'this names a device, not a file';
  if (/^[A-Za-z]:(?!\/|$)/.test(path)) return `without a separator after the drive, this is relative to the current directory of that drive; write ${spelled.slice(0, 2)}\\…`;
  if (/^\/\/(?!\?\/)(?:[^/]*$|[^/]+\/$)/.test(path)) return 'a share is \\\\SERVER\\SHARE; the server alone is no directory';
  const variable = /%[^%/]+%/.exec(path.replace(/%(?:userprofile|homedrive|homepath)%/gi, ''))?.[0];
  if (variable !== undefined) return `${variable} is not expanded; only %USERPROFILE%, %HOMEDRIVE% and %HOMEPATH% are`;
  if (/.%(?:userprofile|homedrive)%/i.test(path)) return 'the variable is only expanded at the start';
  return path.replace(/^\/\/\?\//, '').replace(/^[A-Za-z]:/, '').split('/').map(nameProblem).find((problem) => problem !== undefined);
}

function nameProblem(name: string): string | undefined {
  const character = /[<>:"|\p{Cc}]/u.exec(name)?.[0];
  if (character === ':') return 'a colon after the drive names a stream of a file; rules are about whole files';
  if (character !== undefined) return `no file can have a name with ${JSON.stringify(character)} in it`;
  if (DEVICE.test(name.toLowerCase())) return `"${name}" is the name of a device there, in every directory`;
  return name !== '.' && name !== '..' && /[. ]$/.test(name) ? `Windows leaves out the ${name.endsWith('.') ? 'dot' : 'space'} at the end of "${name}"` : undefined;
}

/** `..` ends at the root of the drive or the share. A stream of a file is part of the file: `a.txt:hidden`, `a.txt::$DATA`. */
function normalize(path: string): AbsolutePath {
  const root = PLACE.exec(path)?.[0] ?? '';
  const names = path.slice(root.length).split('/').map((name) => (name === '.' || name === '..' ? name : name.replace(/:.*$/s, '').replace(/[. ]+$/, '')));
  const below = posix.normalize(`/${names.join('/')}`);
  return (below === '/' ? root || '/' : root + below.replace(/\/$/, '')) as AbsolutePath; // absolute, as all callers make it
}
