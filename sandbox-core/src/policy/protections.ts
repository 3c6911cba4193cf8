import { ancestorsAndSelf, joinPath, parentPath, ROOT_DIRECTORY, type AbsolutePath } from './absolute-path';
import { folded, nameBelow, patternNames, type GlobPattern } from './path-pattern';
import type { PathRule } from './resolve';

/**
 * How a path that does not exist is kept from being made.
 *
 * `directory`, `file`: by the kernel, with an empty one on the host as mount point, which is there as long as a sandbox
 * runs. A directory where possible: git does not list empty ones.
 *
 * `guard`: by the supervisor, which makes the call itself on what it has judged, or refuses it. For what does no harm by
 * merely appearing, or where an empty file would do harm itself.
 */
export type MissingPathProtection = 'directory' | 'file' | 'guard';

/**
 * Where a protected name counts.
 *
 * `project`: in every directory at or below a writable one; `home`: in the home directory only; `git directory`: in a
 * repository's `.git`, a submodule's below `.git/modules`, a worktree's below `.git/worktrees`, or a bare repository.
 */
export type ProtectedPlace = 'project' | 'home' | 'git directory';

/**
 * Files that programs outside of the sandbox would later run or obey: writing them would be a way out. Every policy
 * protects them against writing (srt: "mandatory deny"), except where `filesystem.liftProtections` names the group.
 *
 * @property name stable; violations and `filesystem.liftProtections` refer to it
 * @property danger what would happen, for people
 */
export interface Protection {
  readonly name: string;
  readonly danger: string;
  readonly paths: readonly ProtectedName[];
}

/** `inHome`: the same in the home directory itself, where it differs. */
export interface ProtectedName {
  readonly path: string;
  readonly place: ProtectedPlace;
  readonly whenMissing: MissingPathProtection;
  readonly inHome?: MissingPathProtection;
}

export const GIT_CONFIG_PROTECTION = 'git-config';

/** What is in here is replaced as a whole by package managers, and brings such files along; srt leaves it out too. */
const UNPROTECTED_DIRECTORY = 'node_modules';

export const protections: readonly Protection[] = [
  { name: 'git-hooks', danger: 'git runs hooks on your next commit, checkout or push', paths: [...inGit('directory', 'hooks'), ...guarded('.git/hooks', '.git/modules/**/hooks')] },
  { name: GIT_CONFIG_PROTECTION, danger: 'git runs commands that its configuration names (editors, filters, fsmonitor, ssh)', paths: [...inGit('directory', 'config'), ...inGit('file', 'config.worktree')] },
  { name: 'git-pointers', danger: 'git would take its configuration and hooks from where they point', paths: [...inGit('guard', 'commondir', 'gitdir')] },
  { name: 'git-attributes', danger: 'git runs the filters and diff drivers that attributes choose', paths: inGit('file', 'info/attributes') },
  { name: 'git-user-config', danger: 'git runs commands that its configuration names', paths: [...startFiles('.gitconfig'), ...atHome('directory', '.config/git')] },
  { name: 'git-modules', danger: 'git fetches submodules from where this file says', paths: guarded('.gitmodules') },
  {
    name: 'shell-start',
    danger: 'your next shell runs it',
    paths: [
      ...startFiles('.bashrc', '.profile', '.zshrc', '.zprofile', '.zshenv', '.zlogin', '.zlogout', '.bash_logout', '.bash_aliases', '.kshrc', '.cshrc', '.tcshrc', '.inputrc'),
      // An empty one would make bash pass over .profile.
      ...guarded('.bash_profile', '.bash_login', '.envrc'),
      ...atHome('directory', '.config/fish', '.config/direnv', '.bashrc.d', '.config/environment.d'),
    ],
  },
  { name: 'login-start', danger: 'it is started when you log in, or at a set time', paths: [...atHome('directory', '.config/autostart', '.config/systemd/user', '.local/share/systemd/user', 'Library/LaunchAgents'), ...atHome('file', '.xprofile', '.xsessionrc', '.pam_environment')] },
  { name: 'remote-access', danger: 'ssh lets in, or runs, what it names', paths: [...atHome('file', '.ssh/authorized_keys', '.ssh/config', '.ssh/rc', '.ssh/environment')] },
  { name: 'ripgrep-config', danger: 'ripgrep runs the preprocessor that it names', paths: startFiles('.ripgreprc') },
  {
    name: 'editor-settings',
    danger: 'the editor runs tasks and tools that its settings name',
    paths: [
      ...inProject('directory', '.vscode'),
      ...guarded('.idea', '*.code-workspace', '.devcontainer', '.devcontainer.json', '.zed', '.fleet', '.exrc', '.nvim.lua', '.nvimrc', '.vimrc', '.dir-locals.el'),
      ...atHome('directory', '.config/nvim', '.vim', '.emacs.d', '.config/zed', '.config/Code/User', '.vscode-server/data/Machine', '.vscode-server/extensions', '.vscode/extensions'),
      ...atHome('file', '.emacs'),
    ],
  },
  {
    name: 'agent-settings',
    danger: 'the agent obeys it outside of the sandbox',
    paths: [
      ...inProject('directory', '.claude/commands', '.claude/agents'),
      ...guarded('.claude/settings.json', '.claude/settings.local.json', '.claude/hooks', '.claude/skills', '.claude/plugins', '.cursor', '.codex', '.gemini', '.windsurf', '.opencode', 'opencode.json', '.aider.conf.yml', '.continue'),
    ],
  },
  { name: 'agent-tools', danger: 'the agent starts the servers that it names', paths: guarded('.mcp.json') },
  {
    name: 'toolchain-config',
    danger: 'your next build, install or debugger runs what it names',
    paths: [...guarded('.npmrc', '.yarnrc', '.yarnrc.yml', '.pnpmfile.cjs', '.cargo/config', '.cargo/config.toml', '.gdbinit', '.lldbinit', '.bazelrc'), ...atHome('directory', '.gradle/init.d'), ...atHome('guard', '.m2/settings.xml', '.docker/config.json', '.kube/config')],
  },
  { name: 'hook-managers', danger: 'git runs them on your next commit', paths: guarded('.husky', '.pre-commit-config.yaml', 'lefthook.yml', '.lefthook.yml') },
  { name: 'sandbox-program', danger: 'the next sandbox would be what it was replaced with', paths: [] },
  { name: 'sandbox-policy', danger: 'the next sandbox would run under what it says', paths: guarded('.srt-settings.json', '*.srt.json') },
];

function inProject(whenMissing: MissingPathProtection, ...paths: readonly string[]): ProtectedName[] {
  return paths.map((path) => ({ path, place: 'project', whenMissing }));
}

function guarded(...paths: readonly string[]): ProtectedName[] {
  return inProject('guard', ...paths);
}

/** Run by merely being in the home directory, and harmless there when empty. */
function startFiles(...paths: readonly string[]): ProtectedName[] {
  return paths.map((path) => ({ path, place: 'project', whenMissing: 'guard', inHome: 'file' }));
}

function atHome(whenMissing: MissingPathProtection, ...paths: readonly string[]): ProtectedName[] {
  return paths.map((path) => ({ path, place: 'home', whenMissing }));
}

function inGit(whenMissing: MissingPathProtection, ...paths: readonly string[]): ProtectedName[] {
  return paths.map((path) => ({ path, place: 'git directory', whenMissing }));
}

/** Which protections hold: all but those that the policy lifts by name. */
export function protectionsInForce(lifted: readonly string[], allowGitConfig: boolean): Protection[] {
  return protections.filter(({ name }) => !lifted.includes(name) && !(allowGitConfig && name === GIT_CONFIG_PROTECTION));
}

/**
 * A name as it is, wherever it leads: a symbolic link, on which nothing can be mounted, or a name that only the host may give
 * to something. It is held by the supervisor.
 */
export function nameRule(protection: string, path: AbsolutePath): PathRule {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return { ...protectionRule(protection, path, 'guard'), pattern: { kind: 'glob', prefix: parentPath(path), rest: name, names: (candidate) => candidate === path } };
}

/** In one directory, whether the files exist or not: held by the kernel from the start. */
export function rulesIn(directory: AbsolutePath, place: ProtectedPlace, inForce: readonly Protection[]): PathRule[] {
  return selected(inForce, place)
    .filter(({ path }) => !path.includes('*'))
    .map(({ name, path, whenMissing }) => protectionRule(name, joinPath(directory, path), whenMissing));
}

/** In the home directory a start file is run by merely being there. */
export function rulesInHome(home: AbsolutePath, inForce: readonly Protection[]): PathRule[] {
  const projectToo = selected(inForce, 'project').map((entry) => ({ ...entry, whenMissing: entry.inHome ?? entry.whenMissing }));
  return [...projectToo, ...selected(inForce, 'home')].filter(({ path }) => !path.includes('*')).map(({ name, path, whenMissing }) => protectionRule(name, joinPath(home, path), whenMissing));
}

/** At any depth below a directory, also where the file does not exist yet. */
export function rulesBelow(directory: AbsolutePath, inForce: readonly Protection[]): PathRule[] {
  const below = directory === ROOT_DIRECTORY ? '' : directory;
  const rules = selected(inForce, 'project').map(({ name, path }): PathRule => ({ ...protectionRule(name, `${below}/${path}` as AbsolutePath, 'guard'), pattern: nameBelow(directory, path, UNPROTECTED_DIRECTORY), spelled: `${path} at any depth` }));
  const pointers = inForce.some(({ name }) => name === 'git-pointers');
  return pointers ? [...rules, repositoryInPackages(directory)] : rules;
}

/**
 * No package brings a repository, and in one that a command makes there, where nobody looks, git would run what its settings
 * name: the project's index may take it for a submodule.
 */
function repositoryInPackages(directory: AbsolutePath): PathRule {
  const [below, between] = [directory === ROOT_DIRECTORY ? '/' : `${folded(directory)}/`, `/${UNPROTECTED_DIRECTORY}/`];
  const rest = `**/${UNPROTECTED_DIRECTORY}/**/.git`;
  const names = (path: AbsolutePath): boolean => {
    const text = folded(path);
    return text.endsWith('/.git') && text.startsWith(below) && text.includes(between, below.length - 1);
  };
  return { ...protectionRule('git-pointers', joinPath(directory, UNPROTECTED_DIRECTORY, '.git'), 'guard'), pattern: { kind: 'glob', prefix: directory, rest, lastName: '.git', anyCase: true, appearing: true, names }, spelled: `.git in ${UNPROTECTED_DIRECTORY}` };
}

/** Whether a group would protect the path if its directory could be written: whatever reads it later looks for its name. */
export function isNamedLikeProtected(path: AbsolutePath): boolean {
  const namesOf = namedProtections(protections, ['project', 'home', 'git directory']);
  return ancestorsAndSelf(path).some((around) => namesOf(around).length > 0);
}

/** Which of the groups have the very path among their names for such places, wherever it is. */
export function namedProtections(groups: readonly Protection[], places: readonly ProtectedPlace[]): (path: AbsolutePath) => readonly string[] {
  const plain = new Map<string, NamedPattern[]>();
  const wild: NamedPattern[] = [];
  for (const place of places) {
    for (const { name, path } of selected(groups, place)) {
      const pattern = nameBelow(ROOT_DIRECTORY, place === 'git directory' ? `.git/${path}` : path, UNPROTECTED_DIRECTORY);
      if (pattern.lastName === undefined) wild.push({ name, pattern });
      else plain.set(pattern.lastName, [...(plain.get(pattern.lastName) ?? []), { name, pattern }]);
    }
  }
  return (path) => [...(plain.get(folded(path.slice(path.lastIndexOf('/') + 1))) ?? []), ...wild].filter(({ pattern }) => patternNames(pattern, path)).map(({ name }) => name);
}

interface NamedPattern {
  readonly name: string;
  readonly pattern: GlobPattern;
}

export function protectionRule(name: string, path: AbsolutePath, whenMissing: MissingPathProtection): PathRule {
  return { list: 'denyWrite', pattern: { kind: 'literal', path }, named: path, rule: { kind: 'built-in', name }, spelled: path, final: false, whenMissing };
}

function selected(inForce: readonly Protection[], place: ProtectedPlace): (ProtectedName & { readonly name: string })[] {
  return inForce.flatMap(({ name, paths }) => paths.filter((entry) => entry.place === place).map((entry) => ({ ...entry, name })));
}

/**
 * Paths that every policy may write, where they exist (srt: "default write paths"). The devices are not listed: the
 * sandbox has a /dev of its own.
 */
export const defaultWritePaths: readonly string[] = ['/tmp/claude', '~/.npm/_logs', '~/.claude/debug'];
