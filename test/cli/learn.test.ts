import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import Ajv from 'ajv';
import { writeLearned } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';

import { root, srt, srtProgram, type CliResult } from '../support/cli';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory, writeFiles } from '../support/temporary';
import { openTerminal } from '../support/terminal';

interface Learned {
  readonly exit: { readonly code: number };
  readonly diff: string;
  readonly after: string;
  readonly entries: readonly { readonly list: string; readonly value: string; readonly refused: boolean }[];
  readonly notProposed: readonly { readonly kind: string; readonly target: string }[];
  readonly directories: readonly string[];
}

interface Project {
  readonly home: string;
  /** In `project` of the home directory. */
  srt(...args: string[]): Promise<CliResult>;
  learn(...args: string[]): Promise<Learned>;
  /** In a fresh copy of the project: what was refused, and the exit status. */
  replay(argv: readonly string[]): Promise<{ readonly code: number | null; readonly refused: readonly string[] }>;
}

/** `npm test` itself sets npm's directories; pip asks rustc for its version, which makes one of its own where it finds none. */
const ENVIRONMENT = { npm_config_update_notifier: 'false', npm_config_audit: 'false', npm_config_fund: 'false', PIP_DISABLE_PIP_VERSION_CHECK: '1', GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local', RUSTUP_HOME: process.env['RUSTUP_HOME'] ?? join(homedir(), '.rustup') };

/** Not in /tmp: a sandbox has one of its own, where nothing of the host's shows that no rule names. */
const PARENT = '/var/tmp';

function project(context: TestContext, files: Readonly<Record<string, string>>, atHome: Readonly<Record<string, string>> = {}): Project {
  const home = temporaryDirectory(context, atHome, PARENT);
  for (const copy of ['project', 'again']) {
    mkdirSync(join(home, copy));
    writeFiles(join(home, copy), files);
  }
  const run = (copy: string, args: readonly string[]): Promise<CliResult> => srt(args, { cwd: join(home, copy), env: { ...ENVIRONMENT, HOME: home, npm_config_cache: join(home, '.npm'), npm_config_userconfig: join(home, '.npmrc') } });
  return {
    home,
    srt: (...args) => run('project', args),
    async learn(...args) {
      const { stdout, stderr } = await run('project', ['learn', '--json', ...args]);
      assert.notEqual(stdout, '', stderr);
      return JSON.parse(stdout) as Learned;
    },
    async replay(argv) {
      const { code, stderr } = await run('again', ['-s', join(home, 'project', '.srt-settings.json'), '--report', 'json', '--', ...argv]);
      const report = stderr.trimEnd().split('\n').at(-1) ?? '';
      const { violations } = JSON.parse(report) as { violations: { operation: string; target: string; reason: string }[] };
      return { code, refused: violations.map(({ operation, target, reason }) => `${operation} ${target}: ${reason}`) };
    },
  };
}

/** Learns, writes, and runs the same again under what was learned. */
async function learnedAndReplayed(made: Project, argv: readonly string[], ...options: string[]): Promise<string> {
  const { code, stderr } = await made.srt('learn', '--write', '.srt-settings.json', ...options, '--', ...argv);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await made.replay(argv), { code: 0, refused: [] });
  return readFileSync(join(made.home, 'project', '.srt-settings.json'), 'utf8');
}

function whyWithout(program: string, ...version: string[]): string | false {
  const { status, error } = spawnSync(program, version, { stdio: 'ignore' });
  return status === 0 ? false : `${program} does not run here (${error?.message ?? `status ${status}`})`;
}

describe('srt learn', { skip: whyNotEnforced() ?? false }, () => {
  it('keeps the home directory as it was, and the project as the command left it', async (context) => {
    const made = project(context, { 'kept.txt': '' }, { '.tool/state': 'old' });
    const learned = await made.learn('--', 'sh', '-c', 'echo new > ~/.tool/state; rm ~/.tool/state; mkdir ~/.other; echo x > made.txt');
    assert.equal(readFileSync(join(made.home, '.tool/state'), 'utf8'), 'old');
    assert.equal(existsSync(join(made.home, '.other')), false);
    assert.equal(existsSync(join(made.home, 'project/made.txt')), true);
    assert.equal(existsSync(join(made.home, 'project/.srt-settings.json')), false);
    assert.deepEqual(learned.entries.map(({ list, value }) => `${list} ${value}`).sort(), ['allowWrite ~/.other', 'allowWrite ~/.tool', 'extends workspace']);
    assert.deepEqual(learned.directories, [join(made.home, '.other')]);
  });

  it('proposes nothing to write where nothing was written', async (context) => {
    const { entries, notProposed } = await project(context, { 'a.txt': 'a' }).learn('--', 'cat', 'a.txt');
    assert.deepEqual(entries.map(({ list, value }) => `${list} ${value}`), ['extends strict']);
    assert.deepEqual(notProposed, []);
  });

  it('proposes neither secrets nor what programs outside obey, and says so', async (context) => {
    const made = project(context, {}, { '.ssh/id': 'secret', '.bashrc': '', '.local/bin/': '' });
    const { entries, notProposed, exit } = await made.learn('--', 'sh', '-c', 'cat ~/.ssh/id; echo x > ~/.bashrc; echo x > ~/.local/bin/tool; mkdir ~/.aws; echo x > /usr/new; echo x > ~/.new; exit 7');
    assert.equal(exit.code, 7);
    assert.deepEqual(entries.map(({ value }) => value), ['strict']);
    const place = (path: string): string => (path.startsWith('/') ? path : join(made.home, path));
    const expected = [['new-file', '.new'], ['programs', '.local/bin'], ['protected', '.bashrc'], ['secret', '.aws'], ['secret', '.ssh/id'], ...(process.getuid?.() === 0 ? [['system', '/usr/new'] as const] : [])] as const; // nobody else may write there anyway
    assert.deepEqual(notProposed.map(({ kind, target }) => `${kind} ${target}`).sort(), expected.map(([kind, path]) => `${kind} ${place(path)}`).sort());
    assert.equal(existsSync(join(made.home, '.aws')), false);
  });

  it('leaves out wallets, browsers, what shells and desktops run, and directories that hold other projects', async (context) => {
    const made = project(context, {}, { 'projects/L/w/a': '', 'projects/other/a': '', 'Documents/mine': '', 'Music/list': '' });
    const closed = ['.password-store/a', '.local/share/keyrings/a', '.mozilla/a', '.config/google-chrome/a', '.thunderbird/a', '.config/op/a', '.config/rclone/a', '.terraform.d/a', '.bitcoin/a', '.pki/a', '.local/share/gnupg/a', '.local/share/bash-completion/completions/x', '.oh-my-zsh/a', '.zsh/a', '.local/share/nvim/a', '.ipython/a', '.pyenv/a', '.bun/a', '.nvm/a', '.rbenv/a', '.asdf/a', '.local/share/mise/a', '.config/plasma-workspace/env/x', '.config/hypr/a', '.config/i3/a', '.config/sway/a', '.local/share/applications/a', '.config/nix/a', 'bin/a', '.deno/bin/a', 'go/bin/a'];
    const script = [...closed.map((path) => `mkdir -p ~/${dirname(path)} && echo x > ~/${path}`), 'echo x > ~/projects/build.log', 'echo x >> ~/Music/list', 'mkdir ~/projects/fresh && echo x > ~/projects/fresh/a', 'echo x > ~/Documents/new', 'mkdir ~/.own && echo x > ~/.own/a'].join('\n');
    const { stdout, stderr } = await srt(['learn', '--json', '--', 'sh', '-c', script], { cwd: join(made.home, 'projects/L/w'), env: { HOME: made.home } });
    const { entries, notProposed } = JSON.parse(stdout || stderr) as Learned;
    assert.deepEqual(entries.map(({ value }) => value).sort(), ['strict', '~/.own', '~/Music/list', '~/projects/fresh']);
    const isSaid = (path: string): boolean => notProposed.some(({ target }) => join(made.home, path) === target || join(made.home, path).startsWith(`${target}/`));
    assert.deepEqual([...closed, 'projects/build.log', 'Documents/new'].filter((path) => !isSaid(path)), []);
  });

  it('names an existing file where it was written in place, and leaves out one that was put in its place', async (context) => {
    const made = project(context, {}, { '.edited': 'a', '.replaced': 'a' });
    const inPlace = ['sh', '-c', 'echo x >> ~/.edited'] as const;
    await learnedAndReplayed(made, inPlace);
    const { entries, notProposed } = await made.learn('--', 'sh', '-c', 'sed -i s/a/b/ ~/.replaced');
    assert.deepEqual(entries.filter(({ list }) => list === 'allowWrite'), []);
    assert.deepEqual(notProposed.map(({ kind, target }) => `${kind} ${target}`), [`new-file ${made.home}/.replaced`]);
  });

  it('shows the diff without anything behind the names', async (context) => {
    const { stderr } = await project(context, {}).srt('learn', '--', 'true');
    assert.match(stderr, /\n--- .*\.srt-settings\.json\n\+\+\+ .*\.srt-settings\.json\n/);
  });

  it('extends a policy that is there: only what is missing is added', async (context) => {
    const text = '{\n  "network": { "allowedDomains": [], "deniedDomains": [] },\n  "filesystem": {\n    "denyRead": ["~/private"],\n    "allowWrite": [\n      "."\n    ],\n    "denyWrite": []\n  }\n}\n';
    const made = project(context, { '.srt-settings.json': text }, { 'private/key': 'k', '.tool/': '' });
    const { diff, notProposed } = await made.learn('--', 'sh', '-c', 'echo x > ~/.tool/a; cat ~/private/key; echo x > made');
    assert.deepEqual(diff.split('\n').filter((line) => /^[+-] /.test(line)), ['-      "."', '+      ".",', '+      "~/.tool"']);
    assert.deepEqual(notProposed.map(({ kind, target }) => `${kind} ${target}`), [`denied ${join(made.home, 'private/key')}`]);
    const again = await made.srt('learn', '--write', '.srt-settings.json', '--', 'sh', '-c', 'echo x > ~/.tool/a');
    assert.match(again.stderr, /wrote /);
    assert.match((await made.srt('learn', '--', 'sh', '-c', 'echo x > ~/.tool/a')).stderr, /allows everything that can be proposed/);
  });

  it('runs no program that a policy of the project names, lifts nothing for it, and says what of it does not hold', async (context) => {
    const made = project(context, {}, { 'evil/': '', 'other/': '' });
    const evil = join(made.home, 'evil', 'bw');
    writeFileSync(evil, `#!/bin/sh\ntouch ${made.home}/evil/ran\nexec bwrap "$@"\n`, { mode: 0o755 });
    const hook = 'mkdir -p .git/hooks && echo x > .git/hooks/pre-commit';
    const policy = { bwrapPath: evil, broker: { allow: ['git push'] }, network: { allowedDomains: [], deniedDomains: [], allowAllUnixSockets: true }, filesystem: { denyRead: ['./hidden'], allowWrite: ['.'], denyWrite: [], allowGitConfig: true, liftProtections: ['git-hooks', 'shell-start'] } };
    writeFiles(join(made.home, 'project'), { '.git/HEAD': 'ref: refs/heads/main\n', '.git/objects/': '', '.git/refs/': '', '.git/config': '', hidden: 'h', '.srt-settings.json': JSON.stringify(policy) });
    const { stderr, stdout } = await made.srt('learn', '--json', '--', 'sh', '-c', `${hook}; echo x >> .git/config; cat hidden; echo done > made`);
    assert.match(stderr, /while recording, .*bwrapPath.* of .*project\/\.srt-settings\.json does not hold/);
    assert.deepEqual([existsSync(join(made.home, 'evil/ran')), existsSync(join(made.home, 'project/.git/hooks/pre-commit')), readFileSync(join(made.home, 'project/.git/config'), 'utf8')], [false, false, '']);
    assert.equal(readFileSync(join(made.home, 'project/made'), 'utf8'), 'done\n');
    assert.match(stdout, /"kind": "denied",\n\s*"target": "[^"]*project\/hidden"/);
    // The user's own word: the program, and still no protection less.
    const named = await made.srt('learn', '-s', '.srt-settings.json', '--', 'sh', '-c', `${hook}; true`);
    assert.equal(named.code, 0, named.stderr);
    assert.deepEqual([existsSync(join(made.home, 'evil/ran')), existsSync(join(made.home, 'project/.git/hooks/pre-commit'))], [true, false]);
  });

  it('reaches no private address, and proposes none', async (context) => {
    const { entries, notProposed } = await project(context, {}).learn('--', 'python3', '-c', "import socket\nfor host in ('10.255.255.1', '172.31.255.1', '192.168.255.1', '100.127.255.1', 'fd00::1'): socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET).connect_ex((host, 81))");
    assert.deepEqual(entries.filter(({ list }) => list === 'allowedDomains'), []);
    assert.deepEqual(notProposed.map(({ kind, target }) => `${kind} ${target}`), ['10.255.255.1:81', '172.31.255.1:81', '192.168.255.1:81', '100.127.255.1:81', '[fd00::1]:81'].map((target) => `local ${target}`));
  });

  it('writes nothing where its question is not answered, and ends as the command did', async (context) => {
    for (const key of ['\x03', '\x04']) {
      const { home } = project(context, {});
      const terminal = openTerminal(context, srtProgram, ['learn', '--', 'sh', '-c', 'exit 3'], { cwd: join(home, 'project'), env: { HOME: home } });
      await terminal.expect(/\[y\/N\]/);
      terminal.type(key);
      await terminal.expect(/\nsrt: nothing was written/);
      assert.equal((await terminal.exited).exitCode, 3);
      assert.deepEqual(readdirSync(join(home, 'project')), []);
    }
  });

  it('writes through no link', (context) => {
    const directory = temporaryDirectory(context, { victim: '{}' });
    symlinkSync('victim', join(directory, 'policy.json'));
    assert.throws(() => writeLearned({ file: absolutePath(join(directory, 'policy.json')), before: '{}', after: '{ }', directories: [] }), /it is a symbolic link/);
    assert.equal(readFileSync(join(directory, 'victim'), 'utf8'), '{}');
  });

  it('does not write where a command made the way there lead elsewhere', async (context) => {
    const made = project(context, { 'sub/a': '' });
    const elsewhere = temporaryDirectory(context, {}, PARENT);
    const { code, stderr } = await made.srt('learn', '--write', 'sub/p.json', '--', 'sh', '-c', `mv sub moved && ln -s ${elsewhere} sub`);
    assert.equal(code, 1);
    assert.match(stderr, /became a symbolic link while the command ran/);
    assert.deepEqual(readdirSync(elsewhere), []);
    assert.match((await made.srt('learn', '--write', 'new/p.json', '--', 'true')).stderr, /expected the directory of \S+\/new\/p\.json to be there/);
  });

  it('does not overwrite a policy that was changed meanwhile', (context) => {
    const file = absolutePath(join(temporaryDirectory(context, { 'new.json': '{}' }), 'new.json'));
    assert.throws(() => writeLearned({ file, before: null, after: '{ }', directories: [] }), /was changed while the command ran/);
    writeLearned({ file, before: '{}', after: '{ }', directories: [] });
    assert.equal(readFileSync(file, 'utf8'), '{ }');
  });

  it('prints what its schema says, with the command\'s output apart, and names that cannot be shown left out', async (context) => {
    const made = project(context, {});
    const { code, stdout, stderr } = await made.srt('learn', '--json', '--', 'sh', '-c', 'mkdir -p ~/.tool "$HOME/.a\nb\u202e"; echo said; exit 3');
    assert.equal(code, 3);
    assert.match(stderr, /said/);
    const schema = JSON.parse(readFileSync(join(root, 'schemas', 'learned.schema.json'), 'utf8')) as object;
    const validate = new Ajv({ allErrors: true }).compile(schema);
    const learned = JSON.parse(stdout) as Learned;
    assert.equal(validate(learned), true, JSON.stringify(validate.errors));
    assert.deepEqual(learned.notProposed.map(({ target }) => target), [`${made.home}/.a\ufffdb\ufffd`]);
    assert.deepEqual(learned.directories, [`${made.home}/.tool`]);
  });

  it('writes out presets for sandbox-runtime', async (context) => {
    const { after } = await project(context, {}).learn('--portable', '--', 'touch', 'made');
    const policy = JSON.parse(after) as { extends?: unknown; filesystem: { denyRead: string[]; allowWrite: string[] } };
    assert.equal(policy.extends, undefined);
    assert.deepEqual(policy.filesystem.allowWrite, ['.']);
    assert.ok(policy.filesystem.denyRead.includes('~/.ssh'));
  });

  it('without a layer refuses writes at home, proposes them all the same, and says that they were refused', async (context) => {
    const made = project(context, {}, { '.tool/': '' });
    const { entries } = await made.learn('--no-layer', '--', 'sh', '-c', 'echo x > ~/.tool/a');
    assert.deepEqual(entries.filter(({ list }) => list === 'allowWrite').map(({ value }) => value), ['~/.tool']);
    assert.equal(existsSync(join(made.home, '.tool/a')), false);
  });

  it('refuses to record where the project is the home directory', async (context) => {
    const home = temporaryDirectory(context);
    const { code, stderr } = await srt(['learn', '--', 'true'], { cwd: home, env: { HOME: home } });
    assert.equal(code, 1);
    assert.match(stderr, /expected a project's directory/);
  });
});

describe('what was learned, run again', { skip: whyNotEnforced() ?? false }, () => {
  it('is enough for a C build', { skip: whyWithout('make', '--version') || whyWithout('cc', '--version') }, async (context) => {
    const made = project(context, { Makefile: 'all: build/main\n\t./build/main\nbuild/main: main.c\n\tmkdir -p build ~/.cache/objects\n\tcc -c -o ~/.cache/objects/main.o main.c\n\tcc -o $@ ~/.cache/objects/main.o\n', 'main.c': 'int main(void) { return 0; }\n' });
    assert.deepEqual(JSON.parse(await learnedAndReplayed(made, ['make'])), { extends: ['workspace'], network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: ['~/.cache/objects'], denyWrite: [] } });
  });

  it('is enough for a Go build', { skip: whyWithout('go', 'version') }, async (context) => {
    const made = project(context, { 'go.mod': 'module example.test/hello\n\ngo 1.19\n', 'main.go': 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n' });
    assert.match(await learnedAndReplayed(made, ['go', 'build', './...']), /"~\/\.cache\/go-build"/);
  });

  it('is enough for a Python build', { skip: whyWithout('python3', '-m', 'pip', '--version') }, async (context) => {
    const backend = [
      'import zipfile',
      'def build_wheel(directory, config=None, metadata=None):',
      '    name = "hello-1.0-py3-none-any.whl"',
      '    with zipfile.ZipFile(f"{directory}/{name}", "w") as wheel:',
      '        wheel.writestr("hello.py", "print(1)\\n")',
      '        wheel.writestr("hello-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: hello\\nVersion: 1.0\\n")',
      '        wheel.writestr("hello-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: own\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")',
      '        wheel.writestr("hello-1.0.dist-info/RECORD", "")',
      '    return name',
    ];
    const made = project(context, { 'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n', 'backend.py': backend.join('\n') + '\n' });
    const policy = await learnedAndReplayed(made, ['sh', '-c', 'python3 -m venv --system-site-packages --without-pip .venv && .venv/bin/python -m pip install --no-index . && .venv/bin/python -m hello']);
    assert.match(policy, /"workspace"/);
  });

  it('is enough for npm, with a registry on this machine', { skip: whyWithout('npm', '--version') }, async (context) => {
    const registry = await serveRegistry(context);
    const made = project(context, { 'package.json': '{ "name": "app", "version": "1.0.0", "scripts": { "build": "node -e \\"require(\'hello\')\\"" } }' });
    const policy = await learnedAndReplayed(made, ['sh', '-c', `npm install --registry=${registry} hello && npm run build`], '--local-services');
    const { allowedDomains } = (JSON.parse(policy) as { network: { allowedDomains: string[] } }).network;
    assert.deepEqual(allowedDomains, [new URL(registry).host]);
    assert.match(policy, /"~\/\.npm"/);
  });
});

/** With one package. */
async function serveRegistry(context: TestContext): Promise<string> {
  const directory = temporaryDirectory(context, { 'package/package.json': '{ "name": "hello", "version": "1.0.0", "main": "index.js" }', 'package/index.js': 'module.exports = 1;\n' });
  assert.equal(spawnSync('tar', ['-czf', 'hello.tgz', 'package'], { cwd: directory }).status, 0);
  const server = createServer(({ url }, response) => {
    const base = `http://localhost:${(server.address() as AddressInfo).port}`;
    if (url === '/hello.tgz') response.end(readFileSync(join(directory, 'hello.tgz')));
    else if (url === '/hello') response.end(JSON.stringify({ name: 'hello', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { name: 'hello', version: '1.0.0', dist: { tarball: `${base}/hello.tgz` } } } }));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  context.after(() => void server.close());
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}
