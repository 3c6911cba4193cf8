import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { root, srtCommand } from './cli';
import { temporaryDirectory, type Cleanup } from './temporary';

export const IMAGE = 'localhost/srt-test';

const PROGRAMS = ['bash', 'cat', 'ls', 'mkdir', 'env', 'sleep', 'stty', 'dd'];
/** An id and a name that no machine has given to somebody. */
const USER = { id: 61234, name: 'srt-test-user' };

/** Some machines have both cgroup hierarchies, which crun does not take; the mounts are this process's own. */
const OWN_CGROUPS = 'mount --make-rprivate / && { ! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified; }';
/** The checkout may lie where only root can go. */
const REACHABLE_CHECKOUT = 'mount --bind "$SRT_TEST_CHECKOUT" "$0/checkout"';
/** Accounts of the test's own, as a rootless engine asks for ids that are set aside. */
const OWN_ACCOUNTS = 'for file in passwd group subuid subgid; do mount --bind "$0/accounts/$file" "/etc/$file" || exit 1; done';

/** A container engine with storage of the test's own, and an image in it. */
export interface TestEngine {
  readonly kind: 'podman' | 'docker';
  /** Where commands start; whoever the engine runs as may write there. */
  readonly project: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The path of `srt` for whoever the engine runs as. */
  readonly srt: string;
  /** The words that run a program in the engine's surroundings, as its user. */
  wrap(program: string, args: readonly string[]): readonly [program: string, args: string[]];
  /** The containers that there are. */
  left(): string[];
}

export interface EngineVariant {
  readonly name: string;
  readonly whyNot: () => string | undefined;
  readonly open: (context: Cleanup) => Promise<TestEngine>;
}

export const engineVariants: readonly EngineVariant[] = [
  { name: 'Podman', whyNot: () => whyNotRoot() ?? whyMissing('podman'), open: (context) => Promise.resolve(openPodman(context)) },
  { name: 'Podman of an ordinary user', whyNot: () => whyNotRoot() ?? whyMissing('podman') ?? whyMissing('newuidmap', 'uidmap'), open: (context) => Promise.resolve(openRootless(context)) },
  { name: 'Docker', whyNot: () => whyNotRoot() ?? whyMissing('dockerd', 'docker.io'), open: openDocker },
];

function whyNotRoot(): string | undefined {
  if (process.platform !== 'linux') return `containers are tested on Linux, this is ${process.platform}`;
  return process.getuid?.() === 0 ? undefined : 'the test prepares its own mounts, which needs root';
}

function whyMissing(program: string, debianPackage = program): string | undefined {
  return spawnSync(program, ['--version']).error ? `${program} is not installed (apt install ${debianPackage})` : undefined;
}

const FILES = { 'project/kept/f': 'kept', 'project/hidden/x': 'secret', other: 'of the host' };

function openPodman(context: Cleanup): TestEngine {
  const directory = temporaryDirectory(context, FILES);
  return engineOf('podman', directory, podmanEnvironment(directory), `${OWN_CGROUPS} && exec "$@"`, importImage(directory));
}

function openRootless(context: Cleanup): TestEngine {
  const directory = temporaryDirectory(context, { ...FILES, 'home/': '', 'runtime/': '', 'checkout/': '' });
  writeAccounts(directory);
  const archive = importImage(directory);
  for (const path of ['', 'project', 'project/kept', 'project/kept/f', 'project/hidden', 'project/hidden/x', 'home', 'runtime']) chownSync(join(directory, path), USER.id, USER.id);
  chmodSync(join(directory, 'runtime'), 0o700);
  const environment = { ...podmanEnvironment(directory), HOME: join(directory, 'home'), XDG_RUNTIME_DIR: join(directory, 'runtime'), USER: USER.name, LOGNAME: USER.name, SRT_TEST_CHECKOUT: root };
  const script = `${OWN_CGROUPS} && ${OWN_ACCOUNTS} && ${REACHABLE_CHECKOUT} && exec setpriv --reuid=${USER.id} --regid=${USER.id} --clear-groups --inh-caps=-all "$@"`;
  context.after(() => endPause(join(directory, 'runtime')));
  return { ...engineOf('podman', directory, environment, script, archive), srt: join(directory, 'checkout', relative(root, srtCommand)) };
}

/** Podman leaves a process that holds its user's namespace. */
function endPause(runtime: string): void {
  const file = join(runtime, 'libpod', 'tmp', 'pause.pid');
  if (existsSync(file)) process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
}

async function openDocker(context: Cleanup): Promise<TestEngine> {
  const directory = temporaryDirectory(context, { ...FILES, 'docker/': '' });
  const socket = `unix://${directory}/docker/socket`;
  const daemon = spawn('unshare', ['--mount', 'bash', '-c', `${OWN_CGROUPS} && exec "$@"`, directory, 'dockerd', '--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver=vfs', '--data-root', `${directory}/docker/data`, '--exec-root', `${directory}/docker/exec`, '--pidfile', `${directory}/docker/pid`, '--host', socket, '--exec-opt', 'native.cgroupdriver=cgroupfs'], { stdio: ['ignore', 'ignore', 'pipe'] });
  context.after(() => endDaemon(daemon));
  await new Promise<void>((resolve, reject) => {
    let said = '';
    daemon.stderr.setEncoding('utf8').on('data', (text: string) => (said = said.slice(-20_000) + text).includes('API listen on') && resolve());
    daemon.once('exit', () => reject(new Error(`dockerd ended: ${said.slice(-500)}`)));
  });
  // A client may be newer than what the daemon understands.
  return engineOf('docker', directory, { ...process.env, NO_COLOR: '1', DOCKER_HOST: socket, DOCKER_API_VERSION: '1.41' }, 'exec "$@"', importImage(directory));
}

/** Its storage can be removed only when it has let go of it. */
function endDaemon(daemon: ChildProcess): void {
  if (daemon.pid === undefined || daemon.exitCode !== null) return;
  daemon.kill('SIGTERM');
  spawnSync('tail', [`--pid=${daemon.pid}`, '--sleep-interval=0.1', '--follow', '/dev/null'], { timeout: 20_000 });
}

function engineOf(kind: TestEngine['kind'], directory: string, environment: NodeJS.ProcessEnv, script: string, archive: string): TestEngine {
  const wrap: TestEngine['wrap'] = (program, args) => ['unshare', ['--mount', 'bash', '-c', script, directory, program, ...args]];
  const ask = (...args: string[]): string => execFileSync(...wrap(kind, args), { env: environment, encoding: 'utf8', cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  if (kind === 'docker') ask('import', archive, IMAGE);
  else ask('import', '--quiet', archive, IMAGE);
  return { kind, project: join(directory, 'project'), environment, srt: srtCommand, wrap, left: () => ask('ps', '--all', '--quiet').split('\n').filter((line) => line !== '') };
}

/** Limits that a container inside of another may have; no part of the host's configuration. */
function podmanEnvironment(directory: string): NodeJS.ProcessEnv {
  const [storage, containers] = [join(directory, 'storage.conf'), join(directory, 'containers.conf')];
  writeFileSync(storage, `[storage]\ndriver = "overlay"\ngraphroot = "${directory}/storage"\nrunroot = "${directory}/run"\n`);
  writeFileSync(containers, `[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]\ncgroups = "disabled"\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\ntmp_dir = "${directory}/run/libpod"\n`);
  return { ...process.env, NO_COLOR: '1', CONTAINERS_CONF: containers, CONTAINERS_STORAGE_CONF: storage };
}

function writeAccounts(directory: string): void {
  mkdirSync(join(directory, 'accounts'));
  const { id, name } = USER;
  const lines = { passwd: `${name}:x:${id}:${id}::/:/bin/sh`, group: `${name}:x:${id}:`, subuid: `${name}:3000000:65536`, subgid: `${name}:3000000:65536` };
  for (const [file, line] of Object.entries(lines)) writeFileSync(join(directory, 'accounts', file), `${readFileSync(`/etc/${file}`, 'utf8').trimEnd()}\n${line}\n`);
}

/** The archive of an image of this machine's programs and their libraries. */
function importImage(directory: string): string {
  const tree = join(directory, 'root');
  for (const made of ['bin', 'etc', 'proc', 'dev', 'sys', 'tmp', 'run']) mkdirSync(join(tree, made), { recursive: true });
  for (const program of PROGRAMS) {
    const source = execFileSync('which', [program], { encoding: 'utf8' }).trim();
    const libraries = execFileSync('ldd', [source], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
    for (const [from, to] of [[source, `/bin/${program}`] as const, ...libraries.map((path) => [path, path] as const)]) {
      if (existsSync(join(tree, to))) continue;
      mkdirSync(dirname(join(tree, to)), { recursive: true });
      copyFileSync(from, join(tree, to));
      chmodSync(join(tree, to), 0o755);
    }
  }
  symlinkSync('bash', join(tree, 'bin', 'sh'));
  writeFileSync(join(tree, 'etc', 'a.key'), 'key of the image\n');
  writeFileSync(join(tree, 'etc', 'b.txt'), 'of the image\n');
  const archive = join(directory, 'image.tar');
  execFileSync('tar', ['-c', '-C', tree, '-f', archive, '.']);
  return archive;
}
