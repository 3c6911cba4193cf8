import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import type { Policy } from 'sandbox-core/policy';

import { unixServer, type UnixServer } from '../../support/unix-server';
import type { Attack, Lab, Laboratory } from '../attack';

const SUPERVISOR = 'the supervisor, which makes every connect itself';
const FILTER = 'the system call filter';
const STREAM = '1';
const DGRAM = '2';
const RAW = '3';
const SEQPACKET = '5';
const AF_INET = '2';
const AF_NETLINK = '16';

interface HostSocket {
  readonly sandbox: Laboratory;
  readonly server: UnixServer;
  readonly path: string;
}

/** A sandbox in whose directory a program of the host listens on a socket. */
async function hostSocket(lab: Lab, name: string, network: Partial<Policy['network']> = {}): Promise<HostSocket> {
  const sandbox = await lab.open({ policy: { network, filesystem: { allowWrite: ['.'] } } });
  const path = join(sandbox.directory, name);
  mkdirSync(join(path, '..'), { recursive: true });
  return { sandbox, server: await unixServer(lab.context, path), path };
}

/** A socket that the policy does not list: refused before its server hears of it, and reported. */
function unlistedSocket(id: string, name: string, socket: string): Attack {
  return {
    id,
    name,
    outcome: 'EACCES; its server hears nothing',
    stoppedBy: SUPERVISOR,
    async attempt(lab) {
      const { sandbox, server, path } = await hostSocket(lab, socket);
      assert.equal(await sandbox.probe('unix-connect', path), 'EACCES');
      assert.deepEqual([server.clients(), sandbox.violations()], [0, [`connect ${path} /network/allowUnixSockets`]]);
    },
    async allowed(lab) {
      const { sandbox, path } = await hostSocket(lab, socket, { allowUnixSockets: [`./${socket}`] });
      assert.equal(await sandbox.probe('unix-connect', path), 'ok');
    },
  };
}

/** The same with another way to ask. */
function unlistedVariant(id: string, name: string, ...probe: string[]): Attack {
  return {
    id,
    name,
    outcome: 'EACCES; its server hears nothing',
    stoppedBy: SUPERVISOR,
    async attempt(lab) {
      const { sandbox, server, path } = await hostSocket(lab, 'unlisted.sock');
      assert.equal(await sandbox.probe(...probe.map((word) => word.replace('SOCKET', path))), 'EACCES');
      assert.equal(server.clients(), 0);
    },
    async allowed(lab) {
      const { sandbox, path } = await hostSocket(lab, 'listed.sock', { allowUnixSockets: ['./listed.sock'] });
      assert.equal(await sandbox.probe(...probe.map((word) => word.replace('SOCKET', path))), 'ok');
    },
  };
}

function family(id: string, name: string, number: number, kind: string): Attack {
  return {
    id,
    name: `make a socket of the family ${name}`,
    outcome: 'EPERM',
    stoppedBy: `${FILTER}, which allows families by a list`,
    attempt: async (lab) => assert.equal(await (await lab.open()).probe('socket', String(number), kind, '0'), 'EPERM'),
    allowed: async (lab) => assert.equal(await (await lab.open()).probe('socket', AF_INET, STREAM, '0'), 'ok'),
  };
}

export const socketAttacks: readonly Attack[] = [
  unlistedSocket('I01', 'use a container engine\'s socket (docker.sock)', 'docker.sock'),
  {
    id: 'I01a',
    name: 'use the container engine\'s socket where it really is (/var/run/docker.sock, /run/podman/podman.sock …)',
    outcome: 'EACCES, or ENOENT where there is none',
    stoppedBy: SUPERVISOR,
    async attempt(lab) {
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'] } } });
      for (const path of ['/var/run/docker.sock', '/run/containerd/containerd.sock', '/run/podman/podman.sock', '/run/libvirt/libvirt-sock']) assert.match(await sandbox.probe('unix-connect', path), /^(EACCES|ENOENT)$/, path);
    },
    allowed: unlistedSocket('', '', 'docker.sock').allowed,
  },
  linkedSocket(),
  unlistedVariant('I01c', 'the same with a path that fills the address, without a NUL', 'unix-connect-long', 'SOCKET'),
  unlistedVariant('I01d', 'the same without waiting (O_NONBLOCK)', 'unix-non-blocking', 'SOCKET'),
  unlistedVariant('I01e', 'the same from an orphan, whose parent has gone', 'unix-late-connect', 'SOCKET'),
  unlistedVariant('I01f', 'the same by /proc/self/root and /proc/self/cwd', 'unix-connect', '/proc/self/root/SOCKET'),
  {
    id: 'I01g',
    name: 'swap the address while it is judged, from an allowed to a refused socket',
    outcome: 'the refused server hears nothing',
    stoppedBy: 'the supervisor copies the address once and connects to what it judged',
    attempt: (lab) => raceSockets(lab, ['a.sock'], 'EACCES', 0),
    allowed: (lab) => raceSockets(lab, ['a.sock', 'b.sock'], 'ok', 1),
  },
  {
    id: 'I01h',
    name: 'put a refused socket in the place of a listed one (rename, hard link)',
    outcome: 'EBUSY, EXDEV or EROFS',
    stoppedBy: 'a listed socket is a mount point',
    async attempt(lab) {
      const directory = lab.directory();
      const [refused] = await Promise.all([unixServer(lab.context, join(directory, 'refused.sock')), unixServer(lab.context, join(directory, 'listed.sock'))]);
      const sandbox = await lab.open({ directory, policy: { network: { allowUnixSockets: ['./listed.sock'] }, filesystem: { allowWrite: ['.'] } } });
      await sandbox.script('mv refused.sock listed.sock; ln -f refused.sock listed.sock; rm -f listed.sock; ./probe unix-connect ./listed.sock; exit 0');
      assert.equal(await sandbox.probe('unix-connect', './refused.sock'), 'EACCES');
      assert.equal(refused.clients(), 0);
    },
    async allowed(lab) {
      const { sandbox } = await hostSocket(lab, 'listed.sock', { allowUnixSockets: ['./listed.sock'] });
      assert.equal(await sandbox.probe('unix-connect', './listed.sock'), 'ok');
    },
  },
  {
    id: 'I01i',
    name: 'use a hard link to the socket in a directory of one\'s own',
    outcome: 'EACCES; its server hears nothing',
    stoppedBy: 'who listens is asked by inode, not by name',
    async attempt(lab) {
      const { sandbox, server, path } = await hostSocket(lab, 'unlisted.sock');
      linkSync(path, join(sandbox.directory, 'innocent'));
      assert.equal(await sandbox.probe('unix-connect', './innocent'), 'EACCES');
      assert.equal(server.clients(), 0);
    },
    allowed: insideSocket,
  },
  unlistedSocket('I02', 'use the session\'s D-Bus (systemd-run --user, portals)', 'run/user/bus'),
  {
    id: 'I03',
    name: 'connect to an abstract socket of the host',
    outcome: 'ECONNREFUSED',
    stoppedBy: 'the network namespace',
    async attempt(lab) {
      const name = `srt-attack-${process.pid}`;
      const server = createServer((socket) => socket.end('hello\n'));
      await new Promise<void>((resolve) => server.listen(`\0${name}`, resolve));
      lab.context.after(() => void server.close());
      assert.equal(await (await lab.open()).probe('unix-connect', `@${name}`), 'ECONNREFUSED');
    },
    async allowed(lab) {
      const sandbox = await lab.open();
      const { stdout } = await sandbox.script('./probe unix-serve @inside > log & until grep -q listening log; do :; done 2>/dev/null; ./probe unix-connect @inside'.replaceAll('log', '/tmp/log'));
      assert.equal(stdout, 'ok\n');
    },
  },
  datagramAttack('I04', 'send to a socket without a connection (SOCK_DGRAM)', ['unix-sendto', 'SOCKET', DGRAM]),
  datagramAttack('I04a', 'the same with SOCK_RAW, which the kernel takes for SOCK_DGRAM', ['unix-sendto', 'SOCKET', RAW]),
  datagramAttack('I04b', 'the same with one end of a datagram pair', ['unix-pair-sendto', 'SOCKET', DGRAM]),
  datagramAttack('I04c', 'the same with one end of a pair of SOCK_RAW', ['unix-pair-sendto', 'SOCKET', RAW]),
  {
    id: 'I04d',
    name: 'send to a socket without a connection (SOCK_SEQPACKET, SOCK_STREAM)',
    outcome: 'ENOTCONN, EOPNOTSUPP',
    stoppedBy: 'the kernel: such sockets send nowhere before they are connected',
    async attempt(lab) {
      const { sandbox, server, path } = await hostSocket(lab, 'unlisted.sock');
      assert.deepEqual([await sandbox.probe('unix-sendto', path, SEQPACKET), await sandbox.probe('unix-sendto', path, STREAM)], ['ENOTCONN', 'EOPNOTSUPP']);
      assert.equal(server.clients(), 0);
    },
    allowed: insideSocket,
  },
  unlistedSocket('I06', 'use an agent\'s socket (ssh-agent, gpg-agent, 1Password)', '.gnupg/S.gpg-agent'),
  family('I07', 'AF_VSOCK', 40, STREAM),
  ...([['AF_PACKET', 17, RAW], ['AF_ALG', 38, SEQPACKET], ['AF_BLUETOOTH', 31, RAW], ['AF_RDS', 21, SEQPACKET], ['AF_TIPC', 30, STREAM], ['AF_XDP', 44, RAW], ['AF_KEY', 15, RAW], ['AF_CAN', 29, RAW], ['AF_QIPCRTR', 42, DGRAM], ['AF_SMC', 43, STREAM]] as const).map(([name, number, kind], index) => family(`I08${['', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'][index]}`, name, number, kind)),
  {
    id: 'I08j',
    name: 'reach kernel services over netlink (audit, sock_diag, generic) and raw packets',
    outcome: 'EPERM',
    stoppedBy: FILTER,
    async attempt(lab) {
      const sandbox = await lab.open();
      for (const protocol of ['4', '9', '15', '16']) assert.equal(await sandbox.probe('socket', AF_NETLINK, RAW, protocol), 'EPERM');
      assert.equal(await sandbox.probe('socket', AF_INET, RAW, '1'), 'EPERM');
    },
    allowed: async (lab) => assert.equal(await (await lab.open()).probe('socket', AF_NETLINK, RAW, '0'), 'ok'),
  },
  unlistedSocket('I10', 'use the display, the sound or the clipboard (Wayland, X11, PulseAudio)', 'run/wayland-0'),
  {
    id: 'I11',
    name: 'drive the editor that started the command (VSCODE_IPC_HOOK_CLI and its socket)',
    outcome: 'no variable, EACCES',
    stoppedBy: `the environment filter; ${SUPERVISOR}`,
    async attempt(lab) {
      const directory = lab.directory();
      const path = join(directory, 'vscode-ipc.sock');
      const server = await unixServer(lab.context, path);
      const sandbox = await lab.open({ directory, environment: { PATH: process.env['PATH'] ?? '', VSCODE_IPC_HOOK_CLI: path, VSCODE_GIT_IPC_HANDLE: path, GIT_ASKPASS: '/x' } });
      assert.doesNotMatch((await sandbox.run(['env'])).stdout, /VSCODE|ASKPASS/);
      assert.equal(await sandbox.probe('unix-connect', path), 'EACCES');
      assert.equal(server.clients(), 0);
    },
    allowed: insideSocket,
  },
  {
    id: 'I13',
    name: 'leave a message for the host in System V memory or a message queue',
    outcome: 'the host does not see it',
    stoppedBy: 'the ipc namespace',
    async attempt(lab) {
      const before = spawnSync('ipcs', ['-a'], { encoding: 'utf8' }).stdout;
      const sandbox = await lab.open();
      assert.match((await sandbox.script('ipcmk -M 64 && ipcmk -Q && ipcmk -S 1')).stdout, /id: \d/);
      assert.equal(spawnSync('ipcs', ['-a'], { encoding: 'utf8' }).stdout, before);
    },
    allowed: async (lab) => assert.match((await (await lab.open()).script('ipcmk -M 64; ipcs -m')).stdout, /\s64\s/),
  },
];

function linkedSocket(): Attack {
  return {
    id: 'I01b',
    name: 'the same through symbolic links, and relative to the working directory',
    outcome: 'EACCES; its server hears nothing',
    stoppedBy: SUPERVISOR,
    async attempt(lab) {
      const { sandbox, server } = await hostSocket(lab, 'run/unlisted.sock');
      const { stdout } = await sandbox.script('ln -s run/unlisted.sock link; ln -s run folder; ./probe unix-connect link; ./probe unix-connect folder/unlisted.sock; cd run; ../probe unix-connect unlisted.sock; ../probe unix-connect ../run/./unlisted.sock; exit 0');
      assert.deepEqual([stdout, server.clients()], ['EACCES\n'.repeat(4), 0]);
    },
    async allowed(lab) {
      const { sandbox } = await hostSocket(lab, 'run/listed.sock', { allowUnixSockets: ['./run'] });
      assert.equal((await sandbox.script('ln -s run/listed.sock link; ./probe unix-connect link')).stdout, 'ok\n');
    },
  };
}

async function raceSockets(lab: Lab, listed: readonly string[], expected: string, least: number): Promise<void> {
  const directory = lab.directory();
  const [, denied] = await Promise.all([unixServer(lab.context, join(directory, 'a.sock'), 'allowed\n'), unixServer(lab.context, join(directory, 'b.sock'), 'denied\n')]);
  const sandbox = await lab.open({ directory, policy: { network: { allowUnixSockets: listed.map((name) => `./${name}`) } } });
  assert.equal(await sandbox.probe('unix-race', 'a.sock', 'b.sock', '3000'), expected);
  assert.ok(least === 0 ? denied.clients() === 0 : denied.clients() >= least, `${denied.clients()} clients`);
}

/** A socket that a command made itself. */
async function insideSocket(lab: Lab): Promise<void> {
  const sandbox = await lab.open();
  const { stdout } = await sandbox.script('./probe unix-serve /tmp/inside.sock > /tmp/log & until grep -qs listening /tmp/log; do :; done; ./probe unix-connect /tmp/inside.sock');
  assert.equal(stdout, 'ok\n');
}

function datagramAttack(id: string, name: string, probe: readonly string[]): Attack {
  const attempt = async (lab: Lab, network: Partial<Policy['network']>): Promise<string> => {
    const directory = lab.directory();
    const path = join(directory, 'log.sock');
    await once(lab.startOnHost('unix-receive', path).stdout, 'data');
    const sandbox = await lab.open({ directory, policy: { network } });
    return sandbox.probe(...probe.map((word) => word.replace('SOCKET', path)));
  };
  return {
    id,
    name,
    outcome: 'EPERM',
    stoppedBy: `${FILTER}, which allows types of Unix sockets by a list`,
    attempt: async (lab) => assert.equal(await attempt(lab, {}), 'EPERM'),
    allowed: async (lab) => assert.equal(await attempt(lab, { allowAllUnixSockets: true }), 'ok'),
  };
}
