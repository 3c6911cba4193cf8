import { absolutePath, ancestorsAndSelf, type AbsolutePath } from 'sandbox-core/policy';
import type { HostFacts, PathFact } from 'sandbox-core/internal/host/facts';

/** A host as a test wants it. Paths are `path: 'directory' | 'file'`; everything else is missing. */
export function factsOf(existing: Readonly<Record<string, 'directory' | 'file'>>, named: readonly string[] = []): HostFacts {
  const known = new Map<AbsolutePath, PathFact['kind']>();
  for (const [path, kind] of Object.entries({ '/': 'directory', '/repo': 'directory', '/home/me': 'directory', ...existing } as const)) {
    for (const ancestor of ancestorsAndSelf(absolutePath(path)).slice(0, -1)) known.set(ancestor, 'directory');
    known.set(absolutePath(path), kind);
  }
  const paths = new Map<AbsolutePath, PathFact>();
  for (const path of [...known.keys(), ...named.map(absolutePath)]) paths.set(path, factOf(path, known));
  return {
    platform: 'linux',
    architecture: 'x64',
    user: 1000,
    bubblewrap: absolutePath('/usr/bin/bwrap'),
    helper: absolutePath('/opt/srt-helper'),
    sessionDirectory: absolutePath('/tmp/srt-1000/session-x'),
    sessionsDirectory: absolutePath('/tmp/srt-1000'),
    makesMounts: true,
    processes: 'own',
    resolverFile: absolutePath('/etc/resolv.conf'),
    environment: { PATH: '/usr/bin:/bin', HOME: '/home/me', HTTP_PROXY: 'http://corporate.test:3128', VSCODE_IPC_HOOK_CLI: '/tmp/x.sock', TOKEN: 'secret' },
    paths,
    found: [...known.keys()],
    incomplete: [],
  };
}

function factOf(path: AbsolutePath, known: ReadonlyMap<AbsolutePath, PathFact['kind']>): PathFact {
  const kind = known.get(path);
  if (kind !== undefined) return { kind, canonical: path, isLink: false };
  const firstMissing = ancestorsAndSelf(path).find((ancestor) => !known.has(ancestor));
  return { kind: 'missing', canonical: path, isLink: false, ...(firstMissing && { firstMissing }) };
}
