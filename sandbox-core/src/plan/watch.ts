import type { AbsolutePath, PathRule } from '../policy';
import type { MountEntry, PlannedGuards } from './plan';

/**
 * Which path calls the supervisor is asked about, and why. Where a name is held, the supervisor's answer is what keeps it, so
 * every such call asks. Where it only reports what the mounts refuse, a call with a mark of the preloaded library may pass.
 *
 * @property reads opens for reading are asked about: something is denied to read, or how many files may be open is limited
 * @property holdsReads names are kept from being read: all opens ask
 * @property holdsWrites names are kept from being made or changed: all calls that could do so ask. Opens for writing always do: of a named pipe
 * @property missing "No such file" may be a refusal: below a hidden directory that can be passed through
 */
export interface WatchedPaths {
  readonly reads: boolean;
  readonly holdsReads: boolean;
  readonly holdsWrites: boolean;
  readonly missing: boolean;
}

export function watchedPaths(mounts: readonly MountEntry[], guards: PlannedGuards, rules: readonly PathRule[]): WatchedPaths {
  const holdsReads = rules.some((rule) => rule.list === 'denyRead' && (rule.pattern.kind === 'glob' || rule.whenMissing === 'guard'));
  return {
    reads: holdsReads || mounts.some(({ kind }) => kind === 'masked-directory' || kind === 'masked-file' || kind === 'empty-root'),
    holdsReads,
    holdsWrites: guards.names.length + guards.patterns.length > 0,
    missing: mounts.some((mount) => mount.kind === 'empty-root' || (mount.kind === 'masked-directory' && mount.passable)),
  };
}

/**
 * The preloaded library inside, by the name under which it is loaded, and where it lies: in /dev, which is the sandbox's own on every
 * system. AddressSanitizer as a library will not run with another one before it, unless that one's name (the name it was loaded by)
 * looks like its own. Linked into a program, it will not run with a file mapped that looks so. Hence a link.
 */
export const WATCH_LIBRARY_PATH = '/dev/srt-watch/beside-libasan.so' as AbsolutePath; // normalized constants
export const WATCH_LIBRARY_FILE = '/dev/srt-watch/srt-watch.so' as AbsolutePath;

export function watchLibraryMounts(source: AbsolutePath): readonly MountEntry[] {
  return [
    { kind: 'replaced-file', path: WATCH_LIBRARY_FILE, source },
    { kind: 'link', path: WATCH_LIBRARY_PATH, target: WATCH_LIBRARY_FILE },
  ];
}

/** What the caller preloads comes first: it may replace calls of ours, as it would those of the C library. */
export function preloading(environment: Readonly<Record<string, string>>): Record<string, string> {
  const own = environment['LD_PRELOAD'];
  return { ...environment, LD_PRELOAD: own === undefined || own === '' ? WATCH_LIBRARY_PATH : `${own}:${WATCH_LIBRARY_PATH}` };
}
