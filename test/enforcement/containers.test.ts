import { strict as assert } from 'node:assert';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';

import { srtCommand } from '../support/cli';
import { temporaryDirectory } from '../support/temporary';

const IMAGE = 'localhost/srt-test';
const PROGRAMS = ['bash', 'cat', 'ls', 'mkdir', 'env', 'sleep'];

/** Some machines have both cgroup hierarchies, which crun does not take; the mount is this process's own. */
const OWN_CGROUPS = 'mount --make-rprivate / && { umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; } && exec "$@"';

function whyNoContainers(): string | undefined {
  if (process.platform !== 'linux') return `containers are tested on Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'containers need root here';
  if (spawnSync('podman', ['--version']).error) return 'podman is not installed (apt install podman)';
  return undefined;
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('containers', { skip: whyNoContainers() ?? false }, () => {
  const undo: (() => void)[] = [];
  let directory: string;
  let environment: NodeJS.ProcessEnv;

  before(() => {
    directory = temporaryDirectory({ after: (last) => void undo.push(last) }, { 'project/kept/f': 'kept', 'project/hidden/x': 'secret', 'other': 'of the host' });
    environment = engineEnvironment(directory);
    importImage(directory, environment);
  });
  after(() => undo.forEach((last) => last()));

  const start = (policy: object, words: readonly string[]): ChildProcess => {
    const file = join(directory, 'policy.json');
    writeFileSync(file, JSON.stringify(policy));
    return spawn('unshare', ['--mount', 'bash', '-c', OWN_CGROUPS, 'bash', process.execPath, srtCommand, '-s', file, ...words], { cwd: join(directory, 'project'), env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const run = async (policy: object, words: readonly string[]): Promise<Ran> => {
    const child = start(policy, words);
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout!), text(child.stderr!), closed]);
    return { code, stdout, stderr };
  };
  const policyWith = (filesystem: object, rest: object = {}, allowedDomains: readonly string[] = []): object => ({ network: { allowedDomains, deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [], ...filesystem }, ...rest });
  const left = (): string => execFileSync('podman', ['ps', '--all', '--quiet'], { env: environment, encoding: 'utf8' });

  it('holds the path rules on the host\'s files and in the image, and reports what it refused', async () => {
    const policy = policyWith({ allowWrite: ['.'], denyWrite: ['./kept'], denyRead: ['./hidden', '/etc/*.key'] }, { container: { image: 'none', env: { GREETING: 'hello' } } });
    const script = `echo $GREETING; echo made > made; cat /etc/a.key hidden/x ${directory}/other; echo x > kept/f; echo x > /etc/new; cat /etc/b.txt; ls /sys/class/net; exit 5`;
    const { code, stdout, stderr } = await run(policy, ['--docker-image', IMAGE, '-c', script]);
    assert.deepEqual([code, stdout], [5, 'hello\nof the image\nlo\n'], stderr);
    assert.equal(readFileSync(join(directory, 'project', 'made'), 'utf8'), 'made\n');
    assert.equal(readFileSync(join(directory, 'project', 'kept', 'f'), 'utf8'), 'kept');
    assert.match(stderr, /cat: \/etc\/a\.key: Permission denied\n/);
    for (const refused of [/read +\/etc\/a\.key \(cat\)/, /read +\S+\/hidden\/x \(cat\)/, /write +\S+\/kept\/f \(bash\)/, /write +\/etc\/new \(bash\)/]) assert.match(stderr, refused);
    assert.match(stderr, /other: No such file or directory/);
    assert.equal(left(), '');
  });

  it('reaches the network that the policy allows, and no other', async () => {
    const server = createServer((socket) => socket.end('from the host\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const script = `cat < /dev/tcp/127.0.0.1/${port}; cat < /dev/tcp/198.51.100.7/80`;
    const { stdout, stderr } = await run(policyWith({}, { mode: 'container', container: { image: IMAGE } }, [`localhost:${port}`]), ['-c', script]);
    server.close();
    assert.equal(stdout, 'from the host\n', stderr);
    assert.match(stderr, /connect +198\.51\.100\.7:80 \(/);
  });

  it('leaves no container when srt is killed', async () => {
    const child = start(policyWith({}, { mode: 'container', docker: { image: IMAGE } }), ['-c', 'echo running; exec sleep 600']);
    await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
    const [running] = left().trim().split('\n');
    assert.match(running ?? '', /^[0-9a-f]+$/);
    child.kill('SIGKILL');
    // Returns when there is no such container any more, too.
    spawnSync('podman', ['wait', '--condition', 'removing', running ?? ''], { env: environment, timeout: 20_000 });
    while (left() !== '') spawnSync('podman', ['wait', running ?? ''], { env: environment });
    assert.equal(left(), '');
  });

  it('takes the container where the machine has no native sandbox, and says so', async () => {
    const { code, stdout, stderr } = await run(policyWith({}, { mode: 'auto', container: { image: IMAGE }, bwrapPath: '/nowhere/bwrap' }), ['cat', '/etc/b.txt']);
    assert.deepEqual([code, stdout], [0, 'of the image\n'], stderr);
    assert.match(stderr, /no native sandbox \(bubblewrap: not installed\); the command runs in a container of localhost\/srt-test/);
    const native = await run(policyWith({}, { mode: 'auto', container: { image: IMAGE } }), ['ls', '/etc/b.txt']);
    assert.deepEqual([native.code === 0, native.stderr.includes('container')], [false, false], native.stderr);
  });

  it('says what is missing', async () => {
    const absent = await run(policyWith({}), ['--docker-image', 'localhost/absent', 'true']);
    assert.deepEqual([absent.code, absent.stdout], [1, '']);
    assert.match(absent.stderr, /expected the image localhost\/absent on this machine.*podman pull localhost\/absent/s);
    const unnamed = await run(policyWith({}, { mode: 'container' }), ['true']);
    assert.match(unnamed.stderr, /mode "container" needs an image/);
  });
});

/** Storage of the test's own; limits that a container inside of another may have; no part of the host's configuration. */
function engineEnvironment(directory: string): NodeJS.ProcessEnv {
  const [storage, containers] = [join(directory, 'storage.conf'), join(directory, 'containers.conf')];
  writeFileSync(storage, `[storage]\ndriver = "overlay"\ngraphroot = "${directory}/storage"\nrunroot = "${directory}/run"\n`);
  writeFileSync(containers, `[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]\ncgroups = "disabled"\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\ntmp_dir = "${directory}/run/libpod"\n`);
  return { ...process.env, NO_COLOR: '1', CONTAINERS_CONF: containers, CONTAINERS_STORAGE_CONF: storage };
}

/** An image of this machine's programs and their libraries. */
function importImage(directory: string, environment: NodeJS.ProcessEnv): void {
  const root = join(directory, 'root');
  for (const made of ['bin', 'etc', 'proc', 'dev', 'sys', 'tmp', 'run']) mkdirSync(join(root, made), { recursive: true });
  for (const program of PROGRAMS) {
    const source = execFileSync('which', [program], { encoding: 'utf8' }).trim();
    const libraries = execFileSync('ldd', [source], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
    for (const [from, to] of [[source, `/bin/${program}`] as const, ...libraries.map((path) => [path, path] as const)]) {
      if (existsSync(join(root, to))) continue;
      mkdirSync(dirname(join(root, to)), { recursive: true });
      copyFileSync(from, join(root, to));
      chmodSync(join(root, to), 0o755);
    }
  }
  symlinkSync('bash', join(root, 'bin', 'sh'));
  writeFileSync(join(root, 'etc', 'a.key'), 'key of the image\n');
  writeFileSync(join(root, 'etc', 'b.txt'), 'of the image\n');
  const archive = join(directory, 'image.tar');
  execFileSync('tar', ['-c', '-C', root, '-f', archive, '.']);
  execFileSync('podman', ['import', archive, IMAGE], { env: environment, stdio: 'ignore' });
}
