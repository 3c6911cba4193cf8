import { strict as assert } from 'node:assert';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { srt } from '../../support/cli';
import { policyOf } from '../../support/policies';
import type { Attack } from '../attack';
import { shellAttack, type ShellAttack } from '../shell-attack';

const WORKSPACE = { filesystem: { allowWrite: ['.'] } };
const HELD = 'read-only mounts where the file exists, mount points or the supervisor where it does not';
const repository = { 'ws/.git/HEAD': 'ref: refs/heads/main', 'ws/.git/config': 'mine', 'ws/.git/hooks/pre-commit': 'mine', 'ws/.git/objects/': '', 'ws/.git/refs/': '' };

type Protected = Pick<ShellAttack, 'id' | 'name' | 'files' | 'intact'> & { readonly paths: readonly string[]; readonly lift: readonly string[]; readonly rule: string };

/** Every way to put something at each path; the twin is the same where the policy lifts the group. */
function protectedPaths({ paths, lift, rule, ...attack }: Protected): Attack {
  const list = paths.map((path) => `'${path}'`).join(' ');
  return shellAttack({
    ...attack,
    outcome: 'refused, and reported with the group that protects it',
    stoppedBy: HELD,
    policy: WORKSPACE,
    script: `for f in ${list}; do
        d=$(dirname "$f"); mkdir -p "$d"; echo evil > "$f" && echo BAD; echo evil > e; mv e "$f" && echo BAD; echo evil > e; ln e "$f" && echo BAD; ln -s e "$f" && echo BAD; cp e "$f" && echo BAD
        rm -rf "$f"; [ -d "$f" ] && touch "$f/evil" && echo BAD; mv "$d" moved && [ "$d" != . ] && [ -e "moved/$(basename "$f")" ] && echo BAD; [ -e moved ] && mv moved "$d"
      done; exit 0`,
    reported: new RegExp(` (${rule})(\n|$)`),
    twin: { policy: { filesystem: { allowWrite: ['.'], liftProtections: lift as NonNullable<ReturnType<typeof policyOf>['filesystem']['liftProtections']> } }, script: `set -e; for f in ${list}; do rm -rf "$f"; mkdir -p "$(dirname "$f")"; echo fine > "$f"; done; echo ok` },
  });
}

export const persistenceAttacks: readonly Attack[] = [
  protectedPaths({ id: 'P01', name: 'plant git hooks', files: repository, intact: { 'ws/.git/hooks/pre-commit': 'mine' }, paths: ['.git/hooks/pre-commit', '.git/hooks/post-checkout'], lift: ['git-hooks'], rule: 'git-hooks' }),
  protectedPaths({ id: 'P02', name: 'name commands in git\'s configuration', files: repository, intact: { 'ws/.git/config': 'mine' }, paths: ['.git/config', '.gitconfig'], lift: ['git-config', 'git-user-config'], rule: 'git-config' }),
  shellAttack({ id: 'P02a', name: 'have git itself change its configuration', outcome: 'git config fails', stoppedBy: HELD, policy: WORKSPACE, files: { ...repository, 'ws/.git/config': '[core]\n\trepositoryformatversion = 0\n' }, script: 'export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=*; git config core.fsmonitor "touch evil" && echo BAD; git config --local alias.x "!touch evil" && echo BAD; git config core.hooksPath hooks && echo BAD; exit 0', intact: { 'ws/.git/config': '[core]\n\trepositoryformatversion = 0\n' }, twin: { policy: { filesystem: { allowWrite: ['.'], allowGitConfig: true } }, script: 'export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=*; git config user.name x && echo ok' } }),
  protectedPaths({ id: 'P03', name: 'point git to another repository', files: { ...repository, 'ws/sub/.git': 'gitdir: ../.git/modules/sub' }, intact: { 'ws/sub/.git': 'gitdir: ../.git/modules/sub' }, paths: ['sub/.git', '.git/commondir', '.git/gitdir'], lift: ['git-pointers'], rule: 'git-pointers' }),
  shellAttack({ id: 'P03a', name: 'replace .git as a whole', outcome: 'device or resource busy', stoppedBy: 'pinned mount points', policy: WORKSPACE, files: repository, script: 'mv .git g && echo BAD; rm -rf .git; mkdir evil; mv -T evil .git && echo BAD; echo "gitdir: /tmp/x" > evil2; mv -T evil2 .git && echo BAD; exit 0', intact: { 'ws/.git/config': 'mine', 'ws/.git/hooks/pre-commit': 'mine' }, twin: { script: 'echo y > .git/description && echo ok' } }),
  protectedPaths({ id: 'P04', name: 'the other files of git that name commands', files: { ...repository, 'ws/.git/worktrees/w/HEAD': 'ref', 'ws/.git/worktrees/w/commondir': '../..', 'ws/.git/worktrees/w/gitdir': 'mine', 'ws/.git/modules/m/HEAD': 'ref', 'ws/.git/modules/m/objects/': '', 'ws/.git/modules/m/refs/': '', 'ws/.git/modules/m/config': 'mine' }, intact: { 'ws/.git/worktrees/w/gitdir': 'mine', 'ws/.git/modules/m/config': 'mine' }, paths: ['.git/config.worktree', '.git/info/attributes', '.git/worktrees/w/gitdir', '.git/worktrees/w/commondir', '.git/worktrees/w/config.worktree', '.git/modules/m/config', '.git/modules/m/hooks/post-checkout'], lift: ['git-config', 'git-attributes', 'git-pointers', 'git-hooks'], rule: 'git-attributes' }),
  protectedPaths({ id: 'P05', name: 'nested repositories, deeper than any search depth', files: { 'ws/a/b/c/d/e/.git/HEAD': 'ref', 'ws/a/b/c/d/e/.git/config': 'mine' }, intact: { 'ws/a/b/c/d/e/.git/config': 'mine' }, paths: ['a/b/c/d/e/.git/config', 'a/b/c/d/e/.git/hooks/pre-commit'], lift: ['git-config', 'git-hooks'], rule: 'git-config' }),
  {
    id: 'P06',
    name: 'a fresh repository with hooks, and a second command that changes its configuration',
    outcome: 'no hooks from the start; no configuration from the next command on',
    stoppedBy: HELD,
    async attempt(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE });
      const first = await sandbox.script('git init -q new && mkdir -p new/.git/hooks; echo evil > new/.git/hooks/pre-commit && echo BAD; mkdir bag && mkdir bag/hooks && echo evil > bag/hooks/post-checkout; mv bag/hooks new/.git/hooks && echo BAD; exit 0');
      assert.equal(first.stdout, '');
      const config = readFileSync(join(sandbox.directory, 'new/.git/config'), 'utf8');
      const second = await sandbox.script('echo evil >> new/.git/config && echo BAD; rm -f new/.git/config && echo BAD; mv new new2 && echo BAD; exit 0');
      assert.equal(second.stdout, '');
      assert.equal(readFileSync(join(sandbox.directory, 'new/.git/config'), 'utf8'), config);
    },
    async allowed(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE });
      const { code, stderr } = await sandbox.script('git init -q new && cd new && echo x > f && git add f && git -c user.name=a -c user.email=a@b.test commit -qm x');
      assert.equal(code, 0, stderr);
    },
  },
  {
    id: 'P07',
    name: 'a bare repository in an ordinary folder',
    outcome: 'held from the next command on',
    stoppedBy: HELD,
    async attempt(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE, files: { 'plain/HEAD': 'ref: refs/heads/main', 'plain/objects/': '', 'plain/refs/': '', 'plain/config': 'mine' } });
      const { stdout } = await sandbox.script('echo evil > plain/config && echo BAD; mkdir -p plain/hooks; echo evil > plain/hooks/update && echo BAD; mv plain p2 && echo BAD; exit 0');
      assert.equal(stdout, '');
    },
    async allowed(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE, files: { 'plain/config': 'mine', 'plain/hooks/': '' } });
      assert.equal((await sandbox.script('echo x > plain/config && echo x > plain/hooks/useFetch.ts')).code, 0);
    },
  },
  protectedPaths({ id: 'P08', name: 'tasks and settings of editors', files: { 'ws/.vscode/settings.json': 'mine' }, intact: { 'ws/.vscode/settings.json': 'mine' }, paths: ['.vscode/settings.json', '.vscode/tasks.json', '.idea/workspace.xml', 'my.code-workspace', '.devcontainer/devcontainer.json', 'sub/.vscode/launch.json', 'sub/.exrc', '.dir-locals.el'], lift: ['editor-settings'], rule: 'editor-settings' }),
  protectedPaths({ id: 'P09', name: 'settings, hooks and tools of agents', files: { 'ws/.claude/settings.json': 'mine' }, intact: { 'ws/.claude/settings.json': 'mine' }, paths: ['.claude/settings.json', '.claude/settings.local.json', '.claude/hooks/x', '.claude/commands/c.md', '.claude/agents/a.md', '.mcp.json', 'sub/.mcp.json', '.cursor/mcp.json', '.codex/config.toml', '.gemini/settings.json'], lift: ['agent-settings', 'agent-tools'], rule: 'agent-settings' }),
  {
    id: 'P10',
    name: 'the sandbox\'s own policy, wherever it is and whatever it is called',
    outcome: 'read-only file system; an invalid or missing policy runs nothing',
    stoppedBy: HELD,
    async attempt(lab) {
      const directory = lab.directory({ 'conf/rules.json': JSON.stringify(policyOf(WORKSPACE)), '.srt-settings.json': JSON.stringify(policyOf()) });
      const before = readFileSync(join(directory, 'conf/rules.json'), 'utf8');
      const run = await srt(['-s', 'conf/rules.json', '-c', 'echo "{}" > conf/rules.json && echo BAD; rm -f conf/rules.json; mv conf c2 && echo BAD; echo "{}" > .srt-settings.json && echo BAD; echo "{}" > sub.srt.json && echo BAD; exit 0'], { cwd: directory, env: { HOME: directory } });
      assert.equal(run.stdout, '');
      assert.equal(readFileSync(join(directory, 'conf/rules.json'), 'utf8'), before);
      writeFileSync(join(directory, 'conf/rules.json'), '{}');
      assert.deepEqual((({ code, stdout }) => [code, stdout])(await srt(['-s', 'conf/rules.json', 'echo', 'ran'], { cwd: directory })), [1, '']);
      assert.deepEqual((({ code, stdout }) => [code, stdout])(await srt(['-s', 'conf/none.json', 'echo', 'ran'], { cwd: directory })), [1, '']);
    },
    async allowed(lab) {
      const directory = lab.directory({ 'conf/rules.json': JSON.stringify(policyOf(WORKSPACE)) });
      assert.equal((await srt(['-s', 'conf/rules.json', '-c', 'echo y > conf/other.json'], { cwd: directory, env: { HOME: directory } })).code, 0);
    },
  },
  protectedPaths({ id: 'P11', name: 'start files of shells', files: { 'ws/.bashrc': 'mine' }, intact: { 'ws/.bashrc': 'mine' }, paths: ['.bashrc', '.zshenv', '.zlogin', '.bash_login', '.bash_logout', '.profile', '.envrc', 'sub/.envrc'], lift: ['shell-start'], rule: 'shell-start' }),
  shellAttack({ id: 'P11a', name: 'start files and autostart in a home directory that may be written', outcome: 'refused', stoppedBy: HELD, policy: { filesystem: { allowWrite: ['~'] } }, home: 'home', files: { 'home/.bashrc': 'mine', 'home/.config/x': 'x' }, script: 'cd ~; for f in .bashrc .zshenv .bash_login .config/fish/config.fish .config/autostart/x.desktop .config/systemd/user/x.service .ssh/authorized_keys .ssh/config .config/git/config .npmrc; do mkdir -p "$(dirname $f)"; echo evil > $f && echo BAD; rm -f $f; done; exit 0', intact: { 'home/.bashrc': 'mine' }, twin: { script: 'echo y > ~/notes && mkdir ~/.config/other && echo ok' } }),
  shellAttack({ id: 'P11b', name: 'launches that are kept for the next command, in a home directory that may be written', outcome: 'refused', stoppedBy: HELD, policy: { filesystem: { allowWrite: ['~'] } }, home: 'home', files: { 'home/.local/state/srt/launches/0': 'mine', 'home/.local/share/x': 'x' }, script: 'cd ~; K=.local/state/srt; echo evil > $K/launches/0 && echo BAD; echo evil > $K/launches/1 && echo BAD; rm -rf $K && echo BAD; mv $K ./mine && echo BAD; mv .local/state ./mine && echo BAD; mv .local ./mine && echo BAD; ln -s /tmp $K/x && echo BAD; exit 0', intact: { 'home/.local/state/srt/launches/0': 'mine' }, twin: { script: 'echo y > ~/.local/share/y && mkdir ~/.local/state/other && echo ok' } }),
  shellAttack({ id: 'P11c', name: 'the same where none was kept yet', outcome: 'refused', stoppedBy: HELD, policy: { filesystem: { allowWrite: ['~/.local'] } }, home: 'home', files: { 'home/.local/share/x': 'x' }, script: 'cd ~/.local; mkdir -p state/srt/launches && echo BAD; rmdir state; mkdir -p new/srt/launches; mv -T new state && echo BAD; ln -sT new state && echo BAD; mkdir state; ln -sT ../new/srt state/srt && echo BAD; mv new/srt state && echo BAD; exit 0', absent: ['home/.local/state/srt'], twin: { script: 'mkdir -p ~/.local/state/other && echo ok' } }),
  shellAttack({ id: 'P11d', name: 'the same where the home directory links to a place that may be written', outcome: 'refused', stoppedBy: HELD, policy: { filesystem: { allowWrite: ['.'] } }, home: 'home', files: { 'ws/dot/state/srt/launches/0': 'mine', 'home/x': '' }, links: { 'home/.local': '../ws/via', 'ws/via': 'dot' }, script: 'K=dot/state/srt; echo evil > $K/launches/0 && echo BAD; echo evil > $K/launches/1 && echo BAD; rm -rf $K && echo BAD; mv $K ./mine && echo BAD; mv dot ./mine && echo BAD; mv via ./mine && echo BAD; rm via && echo BAD; ln -sfT / via && echo BAD; exit 0', intact: { 'ws/dot/state/srt/launches/0': 'mine' }, twin: { script: 'mkdir dot/state/other && echo ok' } }),
  shellAttack({ id: 'P11e', name: 'the same files where no more than a part of the home directory may be written', outcome: 'refused', stoppedBy: HELD, policy: { filesystem: { allowWrite: ['~/.config', '~/.z*', '~/.cargo', '~/.vim'] } }, home: 'home', files: { 'home/.config/x': 'x', 'home/.zshrc': 'mine', 'home/.cargo/x': 'x', 'home/.vim/vimrc': 'mine' }, script: 'cd ~; for f in .config/fish/config.fish .config/autostart/x.desktop .config/systemd/user/x.service .config/git/config .zshrc .zshenv .cargo/config.toml .vim/vimrc; do mkdir -p "$(dirname $f)"; echo evil > $f && echo BAD; done; mkdir .config/new; mv -T .config/new .config/autostart && echo BAD; exit 0', intact: { 'home/.zshrc': 'mine', 'home/.vim/vimrc': 'mine' }, absent: ['home/.config/autostart/x.desktop', 'home/.config/fish/config.fish', 'home/.cargo/config.toml'], twin: { script: 'echo y > ~/.cargo/other && mkdir ~/.config/other && echo ok' } }),
  shellAttack({ id: 'P11f', name: 'protected files in what only a pattern, or an entry for just that, lets be written', outcome: 'refused', stoppedBy: HELD, policy: { filesystem: { allowWrite: ['./packages/*', './.vscode', './.claude', './.git/con*'] } }, files: { 'ws/packages/a/.mcp.json': 'mine', 'ws/packages/a/.git/HEAD': 'ref: refs/heads/main', 'ws/packages/a/.git/config': 'mine', 'ws/packages/a/.git/objects/': '', 'ws/packages/a/.git/refs/': '', 'ws/.vscode/tasks.json': 'mine', 'ws/.claude/x': 'x', 'ws/.git/HEAD': 'ref: refs/heads/main', 'ws/.git/config': 'mine', 'ws/.git/objects/': '', 'ws/.git/refs/': '' }, script: 'for f in packages/a/.mcp.json packages/a/.git/config packages/a/.git/hooks/pre-commit packages/a/.bashrc packages/a/deep/.vscode/tasks.json .vscode/tasks.json .claude/settings.json .claude/commands/x .git/config; do mkdir -p "$(dirname $f)"; echo evil > $f && echo BAD; done; echo x > packages/a/x; mv packages/a/x packages/a/.envrc && echo BAD; exit 0', intact: { 'ws/packages/a/.mcp.json': 'mine', 'ws/packages/a/.git/config': 'mine', 'ws/.vscode/tasks.json': 'mine', 'ws/.git/config': 'mine' }, absent: ['ws/packages/a/.git/hooks/pre-commit', 'ws/packages/a/.bashrc', 'ws/packages/a/.envrc', 'ws/.claude/settings.json', 'ws/.claude/commands/x'], twin: { script: 'echo y > packages/a/y && echo y > .claude/y && echo ok' } }),
  protectedPaths({ id: 'P13', name: 'what the next commit, build or install runs', paths: ['.husky/pre-commit', '.pre-commit-config.yaml', '.npmrc', 'sub/.npmrc', '.yarnrc.yml', '.cargo/config.toml', '.gdbinit', '.ripgreprc'], lift: ['hook-managers', 'toolchain-config', 'ripgrep-config'], rule: 'toolchain-config' }),
  {
    id: 'P14',
    name: 'a bwrap of one\'s own in PATH',
    outcome: 'never run',
    stoppedBy: 'programs looked for in the system\'s directories only',
    async attempt(lab) {
      const directory = lab.directory({ 'settings.json': JSON.stringify(policyOf()), 'bin/bwrap': '#!/bin/sh\ntouch "$(dirname "$0")/ran"\n', 'bin/git': '#!/bin/sh\n' });
      chmodSync(join(directory, 'bin/bwrap'), 0o755);
      const { stdout } = await srt(['-s', 'settings.json', 'echo', 'safe'], { cwd: directory, env: { PATH: `${join(directory, 'bin')}:${process.env['PATH']}` } });
      assert.equal(stdout, 'safe\n');
      assert.equal(existsSync(join(directory, 'bin/ran')), false);
    },
    async allowed(lab) {
      const directory = lab.directory({ 'settings.json': JSON.stringify(policyOf()), 'bin/': '' });
      mkdirSync(join(directory, 'bin/sub'));
      assert.equal((await srt(['-s', 'settings.json', 'echo', 'safe'], { cwd: directory })).stdout, 'safe\n');
    },
  },
  shellAttack({
    id: 'P16', name: 'a repository among the packages, which the index lists as a submodule', outcome: 'permission denied', stoppedBy: HELD, policy: { filesystem: { allowWrite: ['.'] } }, files: { 'ws/node_modules/x/f': '' },
    script: 'git init -q . || echo BAD; git init -q node_modules/.e 2> /dev/null && echo BAD; mkdir -p node_modules/e/.GIT && echo BAD; echo gitdir: ../x > node_modules/e/.git && echo BAD; git init -q t/r; mv t/r node_modules/r && echo BAD; mv t node_modules/t && echo BAD; ln -s ../t/r/.git node_modules/x/.git && echo BAD; exit 0',
    absent: ['ws/node_modules/r', 'ws/node_modules/t', 'ws/node_modules/x/.git', 'ws/node_modules/.e/.git'], reported: /create .*\/node_modules\/\.e\/\.git git-pointers/,
    twin: { script: 'git init -q own && ln -s ../own node_modules/own && mkdir node_modules/y && mv node_modules/y node_modules/z && echo ok' },
  }),
  shellAttack({ id: 'P15', name: 'cron and at', outcome: 'read-only file system', stoppedBy: 'read-only mounts', script: 'for d in /var/spool/cron /var/spool/cron/crontabs /etc/cron.d /etc/cron.daily /etc/systemd/system /var/spool/at /etc/profile.d /etc/init.d; do touch $d/srt-attack && echo BAD; done; echo "* * * * * true" | crontab - && echo BAD; exit 0', twin: { script: 'ls /etc > /dev/null && echo ok' } }),
];
