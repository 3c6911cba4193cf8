import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join, normalize } from 'node:path';

import { listen } from '../support/raw-socket';
import { writeFiles, type Cleanup } from '../support/temporary';
import { tlsServer, type TlsServer } from '../support/tls-server';
import { onHost } from './program';

const SSHD = '/usr/sbin/sshd';
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const IMAGE = JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [] } });
const IMAGE_DIGEST = createHash('sha256').update(IMAGE).digest('hex');

/** Serves a directory over HTTPS, for any name. */
export function serveDirectory(www: string, context: Cleanup): Promise<TlsServer> {
  return tlsServer(context, (request, response) => {
    const path = join(www, normalize(new URL(request.url ?? '/', 'https://good.test').pathname));
    const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? join(path, 'index.html') : path;
    const isThere = existsSync(file);
    if (path.includes('/v2/')) response.setHeader('content-type', path.includes('/manifests/') ? MANIFEST : 'application/json');
    else if (file.endsWith('.html')) response.setHeader('content-type', 'text/html');
    response.statusCode = isThere ? 200 : 404;
    (response as NodeJS.WritableStream).end(isThere ? readFileSync(file) : 'not here\n');
  });
}

/** A package index for each package manager, and a repository: one package "demo" 1.0.0 each. @param base where they are served */
export function fillDirectory(www: string, base: string): void {
  const packages = join(www, 'packages');
  writeFiles(www, {
    'hello': 'hello\n',
    'simple/demo/index.html': '<a href="/packages/demo-1.0.0-py3-none-any.whl">demo-1.0.0-py3-none-any.whl</a>',
    'wheel/demo.py': 'x = 1\n',
    'wheel/demo-1.0.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: demo\nVersion: 1.0.0\n',
    'wheel/demo-1.0.0.dist-info/WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    'wheel/demo-1.0.0.dist-info/RECORD': 'demo.py,,\n',
    'npm-source/package/package.json': JSON.stringify({ name: 'demo', version: '1.0.0' }),
    'crate-source/demo-1.0.0/Cargo.toml': '[package]\nname = "demo"\nversion = "1.0.0"\nedition = "2021"\n',
    'crate-source/demo-1.0.0/src/lib.rs': '',
    'index/config.json': JSON.stringify({ dl: `${base}/packages/{crate}-{version}.crate` }),
    'deb/Packages': '',
    'v2/index.html': '{}',
    'v2/demo/manifests/1': JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: IMAGE.length, digest: `sha256:${IMAGE_DIGEST}` }, layers: [] }),
    [`v2/demo/blobs/sha256:${IMAGE_DIGEST}`]: IMAGE,
    'packages/': '',
  });
  onHost(join(www, 'npm-source'), 'tar', 'czf', join(packages, 'demo-1.0.0.tgz'), 'package');
  onHost(join(www, 'crate-source'), 'tar', 'czf', join(packages, 'demo-1.0.0.crate'), 'demo-1.0.0');
  const digest = (file: string, algorithm: string, encoding: 'hex' | 'base64'): string => createHash(algorithm).update(readFileSync(join(packages, file))).digest(encoding);
  writeFiles(www, {
    'npm/demo': JSON.stringify({ 'name': 'demo', 'dist-tags': { latest: '1.0.0' }, 'versions': { '1.0.0': { name: 'demo', version: '1.0.0', dist: { tarball: `${base}/packages/demo-1.0.0.tgz`, integrity: `sha512-${digest('demo-1.0.0.tgz', 'sha512', 'base64')}` } } } }),
    'index/de/mo/demo': `${JSON.stringify({ name: 'demo', vers: '1.0.0', deps: [], cksum: digest('demo-1.0.0.crate', 'sha256', 'hex'), features: {}, yanked: false })}\n`,
  });
  makeRepository(join(www, 'demo.git'));
}

function makeRepository(path: string): void {
  mkdirSync(path);
  const git = (...args: string[]): string => onHost(path, 'git', '-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args);
  git('init', '-q', '--bare', '-b', 'main');
  const tree = git('hash-object', '-t', 'tree', '-w', '--stdin').trim();
  git('update-ref', 'refs/heads/main', git('commit-tree', '-m', 'first', tree).trim());
  git('update-server-info');
}

/** Why no SSH server can be run here. */
export function whyNoSshServer(): string | undefined {
  if (spawnSync('ssh', ['-V'], { stdio: 'ignore' }).error) return 'ssh is not installed (apt install openssh-client)';
  if (!existsSync(SSHD)) return 'sshd is not installed (apt install openssh-server)';
  const { shell } = userInfo();
  return shell !== null && /nologin|false/.test(shell) ? 'this user may not log in, so no SSH server lets it in' : undefined;
}

/** An SSH server on loopback that lets the calling user in with `directory/key`. */
export async function serveSsh(directory: string, context: Cleanup): Promise<number> {
  const probe = createServer();
  const port = await listen(probe, { after: () => undefined });
  await new Promise((resolve) => probe.close(resolve));
  onHost(directory, 'ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'host-key');
  onHost(directory, 'ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'key');
  copyFileSync(join(directory, 'key.pub'), join(directory, 'authorized'));
  chmodSync(join(directory, 'key'), 0o600);
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const options = [`Port=${port}`, 'ListenAddress=127.0.0.1', `HostKey=${directory}/host-key`, `AuthorizedKeysFile=${directory}/authorized`, 'StrictModes=no', 'UsePAM=no', 'PasswordAuthentication=no', 'PidFile=none', 'PermitRootLogin=yes'];
  const server = spawn(SSHD, ['-D', '-e', '-f', '/dev/null', ...options.flatMap((option) => ['-o', option])], { stdio: ['ignore', 'ignore', 'pipe'] });
  context.after(() => void server.kill());
  await new Promise<void>((resolve, reject) => {
    server.stderr.on('data', (chunk: Buffer) => chunk.toString().includes('listening') && resolve());
    server.once('exit', (code) => reject(new Error(`sshd ended with status ${code}`)));
  });
  return port;
}
