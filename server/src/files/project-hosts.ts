import { canonicalHost, joinPath, knownHosts, type AbsolutePath, type KnownHosts } from 'sandbox-core/policy';

import type { Runtime } from '../runtime';

/** What a project's files say about the hosts that it uses. */
export interface ProjectHosts {
  /** Hosts that files name, the most often named first. */
  readonly named: readonly { readonly host: string; readonly file: string }[];
  /** Well-known sets, for a file of the project that says they are used. */
  readonly sets: readonly { readonly set: KnownHosts; readonly file: string }[];
}

/** Where tools write down what they fetch from. */
const FILES_WITH_HOSTS = [
  ...['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', '.npmrc', '.yarnrc.yml', 'deno.lock'],
  ...['Cargo.lock', '.cargo/config.toml', 'go.mod', 'poetry.lock', 'uv.lock', 'Pipfile.lock', 'requirements.txt', 'pip.conf', 'pyproject.toml', 'environment.yml'],
  ...['Gemfile', 'Gemfile.lock', 'composer.lock', 'pom.xml', 'build.gradle', 'build.gradle.kts', 'nuget.config', 'packages.lock.json'],
  ...['.git/config', '.gitmodules'],
];
/** Lock files grow; the registries show at their beginning. */
const MAX_BYTES = 512 * 1024;
const MAX_HOSTS = 30;

/** `scheme://user@host:port/`, or git's `user@host:path`. */
const HOST_IN_TEXT = /(?:\b[a-z][a-z+]{1,12}:\/\/(?:[^\s/"'@]{0,100}@)?|\b\w{1,30}@)([a-z0-9][a-z0-9.-]{0,252})(?=[:/\s"'>)\]]|$)/gim;

async function projectHosts(directory: AbsolutePath, runtime: Runtime): Promise<ProjectHosts> {
  const present = new Set((await runtime.readDirectory(directory))?.map(({ name }) => name));
  const sets = knownHosts.flatMap((set) => {
    const file = set.files.find((name) => present.has(name));
    return file === undefined ? [] : [{ set, file }];
  });
  const readable = FILES_WITH_HOSTS.filter((file) => present.has(file.split('/')[0] ?? ''));
  const texts = await Promise.all(readable.map(async (file) => ({ file, text: (await runtime.readStart(joinPath(directory, file), MAX_BYTES)) ?? '' })));
  return { named: mostNamed(texts), sets };
}

/** One count a file and host: a lock file with a thousand packages is one witness. */
function mostNamed(texts: readonly { readonly file: string; readonly text: string }[]): { host: string; file: string }[] {
  const files = new Map<string, string[]>();
  for (const { file, text } of texts) for (const host of hostsIn(text)) files.set(host, [...(files.get(host) ?? []), file]);
  const byWitnesses = [...files].sort(([, a], [, b]) => b.length - a.length);
  return byWitnesses.slice(0, MAX_HOSTS).map(([host, [file = '']]) => ({ host, file }));
}

function hostsIn(text: string): ReadonlySet<string> {
  const hosts = new Set<string>();
  for (const [, found = ''] of text.matchAll(HOST_IN_TEXT)) {
    const host = canonicalHost(found);
    if (host?.includes('.') === true) hosts.add(host);
  }
  return hosts;
}

/** A project's lock files change seldom, and are large. */
const KNOWN_FOR_MS = 10_000;

/** Reads a project's files at most so often. */
export function createProjectHostsCache(runtime: Runtime): (directory: AbsolutePath) => Promise<ProjectHosts> {
  let known: { readonly directory: AbsolutePath; readonly since: number; readonly hosts: Promise<ProjectHosts> } | undefined;
  return (directory) => {
    if (known?.directory !== directory || runtime.now() - known.since > KNOWN_FOR_MS) known = { directory, since: runtime.now(), hosts: projectHosts(directory, runtime) };
    return known.hosts;
  };
}
