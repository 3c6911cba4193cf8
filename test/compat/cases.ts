import type { Policy } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';

/** One sandboxed shell; every check is a command in it, and its verdict whether the command succeeds. */
export interface CompatCase {
  readonly name: string;
  /** Text of the settings file, or a policy. */
  readonly settings: Policy | string;
  readonly checks: Readonly<Record<string, string>>;
}

/** What is on disk before each case: `project` is the working directory, `home` the home directory. */
export const FILES: Readonly<Record<string, string>> = {
  'project/a.txt': 'a',
  'project/src/b.txt': 'b',
  'project/src/deep/c.txt': 'c',
  'project/secret/token': 't',
  'project/secret/public/readme': 'r',
  'project/.env': 'e',
  'project/keys/x.key': 'k',
  'project/keys/y.txt': 'y',
  'project/out/old': 'o',
  'project/[WIP] p/w': 'w',
  'project/.git/HEAD': 'ref: refs/heads/main',
  'project/.git/config': '[core]',
  'project/.git/hooks/pre-commit': '#!/bin/sh',
  'project/.git/objects/': '',
  'project/.git/refs/': '',
  'project/.vscode/settings.json': '{}',
  'project/nested/.mcp.json': '{}',
  'project/a1/a2/a3/a4/.mcp.json': '{}',
  'project/node_modules/p/.vscode/settings.json': '{}',
  'home/.ssh/id': 's',
  'home/.bashrc': '#',
  'home/.profile': '#',
  'home/notes/n': 'n',
  'outside/f': 'f',
  'outside/d/g': 'g',
};

/** Symbolic links on disk before each case: where, to what. */
export const LINKS: Readonly<Record<string, string>> = {
  'project/to-secret': 'secret/token',
  'project/to-outside': '../outside',
  'project/to-src': 'src',
};

const reads = {
  'read a file': 'cat a.txt',
  'read deep': 'cat src/deep/c.txt',
  'list the project': 'ls',
  'read the secret': 'cat secret/token',
  'list the secret folder': 'ls -U secret | grep .',
  'read below the secret folder': 'cat secret/public/readme',
  'read the secret through a link': 'cat to-secret',
  'read the secret through dots': 'cat src/../secret/token',
  'read the secret through proc': 'cat /proc/self/root$PWD/secret/token',
  'copy the secret': 'cp secret/token "$TMPDIR_OK/copy"',
  'read .env': 'cat .env',
  'read a key': 'cat keys/x.key',
  'read beside a key': 'cat keys/y.txt',
  'read in home': 'cat ~/notes/n',
  'read ssh key': 'cat ~/.ssh/id',
  'read outside': 'cat ../outside/f',
  'read through a link to outside': 'cat to-outside/f',
  'read a system file': 'cat /etc/hostname',
};

const writes = {
  'overwrite': 'echo x > a.txt',
  'append deep': 'echo x >> src/deep/c.txt',
  'create': 'echo x > new1',
  'create deep': 'echo x > src/new2',
  'make a directory': 'mkdir new3',
  'make a link': 'ln -s a.txt new4',
  'rename': 'mv src/b.txt src/b2.txt',
  'delete': 'rm keys/y.txt',
  'change the mode': 'chmod 600 out/old',
  'truncate': 'truncate -s 0 out/old',
  'set times': 'touch -d 2001-01-01 out/old',
  'write in the output folder': 'echo x > out/new5',
  'overwrite the secret': 'echo x > secret/token',
  'create beside the secret': 'echo x > secret/new6',
  'overwrite .env': 'echo x > .env',
  'overwrite a key': 'echo x > keys/x.key',
  'write in home': 'echo x > ~/notes/new7',
  'overwrite outside': 'echo x > ../outside/f',
  'create outside': 'echo x > ../outside/new8',
  'create through a link': 'echo x > to-outside/new9',
  'create through a link inside': 'echo x > to-src/new10',
  'write a system file': 'echo x >> /etc/hostname',
};

const protectedFiles = {
  'overwrite a git hook': 'echo x > .git/hooks/pre-commit',
  'create a git hook': 'echo x > .git/hooks/post-commit',
  'overwrite git config': 'echo x > .git/config',
  'rename .git': 'mv .git .git2',
  'write another git file': 'echo x > .git/description',
  'overwrite editor settings': 'echo x > .vscode/settings.json',
  'create editor tasks': 'echo x > .vscode/tasks.json',
  'create .idea': 'mkdir .idea',
  'create .bashrc': 'echo x > .bashrc',
  'create .gitmodules': 'echo x > .gitmodules',
  'create .mcp.json': 'echo x > .mcp.json',
  'create an agent command': 'mkdir -p .claude/commands && echo x > .claude/commands/c.md',
  'overwrite a nested .mcp.json': 'echo x > nested/.mcp.json',
  'overwrite a deep .mcp.json': 'echo x > a1/a2/a3/a4/.mcp.json',
  'create a nested .mcp.json': 'echo x > src/.mcp.json',
  'create .npmrc': 'echo x > .npmrc',
  'create .zshenv': 'echo x > .zshenv',
  'write agent settings': 'mkdir -p .claude && echo x > .claude/settings.json',
  'write in node_modules': 'echo x > node_modules/p/.vscode/settings.json',
  'create the policy file': 'echo x > .srt-settings.json',
};

const rest = {
  'discard output': 'echo x > /dev/null',
  'read random bytes': 'head -c 4 /dev/urandom',
  'shared memory': 'echo x > /dev/shm/srt-compat',
  'temporary directory': 'mktemp',
  'write in /tmp': 'echo x > /tmp/srt-compat-new',
  'run a program': '/bin/true',
  'run a script': 'sh -c "exit 0"',
  'fail': 'false',
  'see the environment': 'test "$SANDBOX_RUNTIME" = 1',
  'load a page': 'curl -sf --max-time 2 http://denied.test/',
};

const all = { ...reads, ...writes, ...protectedFiles, ...rest };

type Filesystem = Partial<Policy['filesystem']>;

function filesystem(name: string, rules: Filesystem, checks: CompatCase['checks']): CompatCase {
  return { name, settings: policyOf({ filesystem: rules }), checks };
}

const pick = (...names: readonly string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, (all as Record<string, string>)[name] ?? '']));

const settingsFiles: Readonly<Record<string, string>> = {
  'empty': '',
  'not JSON': '{',
  'a comment': '{ // x\n"network":{"allowedDomains":[],"deniedDomains":[]},"filesystem":{"denyRead":[],"allowWrite":[],"denyWrite":[]}}',
  'an array': '[]',
  'no network': '{"filesystem":{"denyRead":[],"allowWrite":[],"denyWrite":[]}}',
  'no filesystem': '{"network":{"allowedDomains":[],"deniedDomains":[]}}',
  'no denyWrite': '{"network":{"allowedDomains":[],"deniedDomains":[]},"filesystem":{"denyRead":[],"allowWrite":[]}}',
  'minimal': JSON.stringify(policyOf()),
  'unknown key': JSON.stringify({ ...policyOf(), filesytem: {} }),
  'wrong type': '{"network":{"allowedDomains":"x","deniedDomains":[]},"filesystem":{"denyRead":[],"allowWrite":[],"denyWrite":[]}}',
  'domain *': JSON.stringify(policyOf({ network: { allowedDomains: ['*'] } })),
  'domain *.com': JSON.stringify(policyOf({ network: { allowedDomains: ['*.com'] } })),
  'domain with scheme': JSON.stringify(policyOf({ network: { allowedDomains: ['https://a.test'] } })),
  'domain with port': JSON.stringify(policyOf({ network: { allowedDomains: ['a.test:8443'] } })),
  'domain with port 0': JSON.stringify(policyOf({ network: { allowedDomains: ['a.test:0'] } })),
  'deny all domains': JSON.stringify(policyOf({ network: { deniedDomains: ['*'] } })),
  'LOCALHOST': JSON.stringify(policyOf({ network: { allowedDomains: ['LOCALHOST'] } })),
  'empty path': JSON.stringify(policyOf({ filesystem: { denyRead: [''] } })),
  'deny pattern with a slash': JSON.stringify(policyOf({ filesystem: { denyRead: ['/x/*/'] } })),
  'depth 0': JSON.stringify({ ...policyOf(), mandatoryDenySearchDepth: 0 }),
  'depth 10': JSON.stringify({ ...policyOf(), mandatoryDenySearchDepth: 10 }),
  'relative bwrapPath': JSON.stringify({ ...policyOf(), bwrapPath: 'bwrap' }),
  'mask without termination': JSON.stringify({ ...policyOf(), credentials: { envVars: [{ name: 'T', mode: 'mask' }] } }),
};

export const cases: readonly CompatCase[] = [
  filesystem('defaults', {}, all),
  filesystem('write the project', { allowWrite: ['.'] }, all),
  filesystem('write one folder', { allowWrite: ['./out', './src'] }, writes),
  filesystem('deny writing a file', { allowWrite: ['.'], denyWrite: ['./.env', './secret'] }, { ...writes, 'rename the folder': 'mv secret s2', 'remove the folder': 'rm -rf secret', 'link over': 'ln -f a.txt .env' }),
  filesystem('deny writing below an allowed folder above', { allowWrite: ['./src/deep'], denyWrite: ['./src'] }, pick('append deep', 'create deep', 'rename', 'overwrite')),
  filesystem('deny reading a folder', { denyRead: ['./secret'] }, reads),
  filesystem('deny reading a folder, write the project', { denyRead: ['./secret'], allowWrite: ['.'] }, { ...reads, ...pick('overwrite the secret', 'create beside the secret', 'overwrite'), 'rename the folder': 'mv secret s2', 'delete the folder': 'rm -rf secret' }),
  filesystem('deny reading a file', { denyRead: ['./.env', './secret/token'] }, { ...reads, 'link it elsewhere': 'ln .env /tmp/env' }),
  filesystem('open part of a denied folder', { denyRead: ['./secret'], allowRead: ['./secret/public'] }, reads),
  filesystem('write part of a denied folder', { denyRead: ['./secret'], allowWrite: ['./secret/public'] }, { ...reads, 'write there': 'echo x > secret/public/new' }),
  filesystem('deny and allow the same folder', { denyRead: ['./secret'], allowRead: ['./secret'] }, pick('read the secret', 'list the secret folder')),
  filesystem('deny inside an open part', { denyRead: ['./secret', './secret/public/readme'], allowRead: ['./secret/public'] }, pick('read the secret', 'read below the secret folder')),
  filesystem('deny the home folder', { denyRead: ['~'], allowRead: ['.'] }, reads),
  filesystem('deny reading by pattern', { denyRead: ['keys/*.key', '**/tok*'] }, { ...reads, 'read a new match': 'cp a.txt /tmp/n.key && cat /tmp/n.key' }),
  filesystem('deny writing by pattern', { allowWrite: ['.'], denyWrite: ['keys/*.key', '**/.env'] }, { ...pick('overwrite a key', 'overwrite .env', 'overwrite', 'create', 'delete'), 'create a match': 'echo x > keys/new.key', 'rename onto a match': 'mv a.txt keys/n2.key' }),
  filesystem('allow writing by pattern', { allowWrite: ['ou*'] }, pick('write in the output folder', 'overwrite', 'create')),
  filesystem('subtree suffix', { allowWrite: ['./src/**'], denyRead: ['./secret/**'] }, pick('read the secret', 'create deep', 'append deep', 'overwrite')),
  filesystem('a folder with brackets', { allowWrite: ['./[WIP] p'] }, { 'write there': 'echo x > "[WIP] p/new"', 'overwrite there': 'echo x > "[WIP] p/w"' }),
  filesystem('what does not exist', { allowWrite: ['.', './later'], denyWrite: ['./never'], denyRead: ['./hidden'] }, { 'make the allowed': 'mkdir later', 'make the denied file': 'echo x > never', 'make the denied folder': 'mkdir never', 'make the hidden': 'echo x > hidden', ...pick('create') }),
  filesystem('outside', { allowWrite: ['../outside'], denyWrite: ['../outside/d'] }, { ...pick('overwrite outside', 'create outside', 'create through a link', 'overwrite', 'write in home'), 'write the denied part': 'echo x > ../outside/d/g', 'rename the denied part': 'mv ../outside/d ../outside/d2' }),
  filesystem('allowed through a link', { allowWrite: ['./to-src'] }, pick('create deep', 'create through a link inside', 'overwrite')),
  filesystem('git config lifted', { allowWrite: ['.'], allowGitConfig: true }, pick('overwrite git config', 'overwrite a git hook', 'create a git hook')),
  filesystem('disabled', { disabled: true, denyRead: ['./secret'] }, { ...pick('read the secret', 'overwrite', 'overwrite a git hook', 'create outside', 'discard output') }),
  { name: 'a credential file', settings: policyOf({ credentials: { files: [{ path: './secret/token', mode: 'deny' }], envVars: [{ name: 'COMPAT_TOKEN', mode: 'deny' }] } }), checks: { ...pick('read the secret', 'read below the secret folder', 'read a file'), 'read the variable': 'test -n "$COMPAT_TOKEN"' } },
  ...Object.entries(settingsFiles).map(([name, settings]): CompatCase => ({ name: `settings: ${name}`, settings, checks: { run: 'true' } })),
];
