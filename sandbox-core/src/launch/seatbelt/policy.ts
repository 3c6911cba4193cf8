import { absolutePath, createPathRuleIndex, expandPath, toPointer, withoutSubtreeSuffix, type AbsolutePath, type PathRule, type ResolvedPolicy } from '../../policy';
import type { PolicyOnHost } from '../../host/resolve-policy';

/** Devices that programs write to as a matter of course. srt: default write paths. */
const DEVICES = ['/dev/stdout', '/dev/stderr', '/dev/null', '/dev/tty', '/dev/dtracehelper', '/dev/autofs_nowait'];

export interface SeatbeltDirectories {
  /** The sandbox's own, for temporary files. */
  readonly temporary: AbsolutePath;
  /** Those of all sessions. */
  readonly sessions: AbsolutePath;
}

/** The policy with what is particular to this platform: on Linux, mounts of the session's own stand for these rules. */
export function withSeatbeltRules({ policy, paths }: PolicyOnHost, { temporary, sessions }: SeatbeltDirectories): ResolvedPolicy {
  if (policy.filesystem.disabled) return policy;
  const rules = [
    ...policy.filesystem.rules,
    ...DEVICES.map((path) => rule('allowWrite', absolutePath(path), 'default-write-path')),
    rule('denyRead', sessions, 'sandbox-sessions'),
    rule('allowWrite', temporary, 'session-temporary-files'),
    ...maskedFiles(policy, (path) => paths.get(path)?.canonical ?? path),
  ];
  return { ...policy, filesystem: { ...policy.filesystem, rules, index: createPathRuleIndex(rules) } };
}

/** srt: reads cannot be redirected on macOS, so a file that is to be masked cannot be read at all. */
function maskedFiles({ source, context }: ResolvedPolicy, canonicalPath: (path: AbsolutePath) => AbsolutePath): PathRule[] {
  return (source.credentials?.files ?? []).flatMap((file, index): PathRule[] => {
    if (file.mode !== 'mask') return [];
    const named = expandPath(withoutSubtreeSuffix(file.path), context);
    const pointer = toPointer(['credentials', 'files', index, 'path']);
    return [{ list: 'denyRead', pattern: { kind: 'literal', path: canonicalPath(named) }, named, rule: { kind: 'policy', pointer }, spelled: file.path, final: true, whenMissing: 'file' }];
  });
}

function rule(list: PathRule['list'], path: AbsolutePath, name: string): PathRule {
  return { list, pattern: { kind: 'literal', path }, named: path, rule: { kind: 'built-in', name }, spelled: path, final: false, whenMissing: 'directory' };
}
