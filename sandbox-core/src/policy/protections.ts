import { joinPath, type AbsolutePath } from './absolute-path';

/**
 * How a path that does not exist is kept from being made.
 *
 * `directory`, `file`: by the kernel, with an empty one on the host as mount point, which is there as long as a sandbox
 * runs. A directory where possible: git does not list empty ones.
 *
 * `guard`: by the supervisor, which refuses the call. A program made for it could slip past (it changes the path while it
 * is being judged), so this is for what does no harm by merely appearing.
 */
export type MissingPathProtection = 'directory' | 'file' | 'guard';

/**
 * Files that programs outside of the sandbox would later run or obey: writing them would be a way out. Every policy
 * protects them against writing (srt: "mandatory deny"), except where it says otherwise.
 *
 * @property name stable; violations refer to it
 * @property path relative to a project's directory
 * @property danger what would happen, for people
 */
export interface Protection {
  readonly name: string;
  readonly path: string;
  readonly danger: string;
  readonly whenMissing: MissingPathProtection;
}

export const GIT_CONFIG_PROTECTION = 'git-config';

export const protections: readonly Protection[] = [
  { name: 'git-hooks', path: '.git/hooks', danger: 'git runs hooks on your next commit', whenMissing: 'directory' },
  { name: GIT_CONFIG_PROTECTION, path: '.git/config', danger: 'git runs commands that its configuration names', whenMissing: 'directory' },
  { name: 'git-user-config', path: '.gitconfig', danger: 'git runs commands that its configuration names', whenMissing: 'guard' },
  { name: 'git-modules', path: '.gitmodules', danger: 'git fetches submodules from where this file says', whenMissing: 'guard' },
  { name: 'shell-start', path: '.bashrc', danger: 'your next shell runs it', whenMissing: 'guard' },
  { name: 'shell-start', path: '.bash_profile', danger: 'your next login shell runs it', whenMissing: 'guard' },
  { name: 'shell-start', path: '.zshrc', danger: 'your next shell runs it', whenMissing: 'guard' },
  { name: 'shell-start', path: '.zprofile', danger: 'your next login shell runs it', whenMissing: 'guard' },
  { name: 'shell-start', path: '.profile', danger: 'your next login shell runs it', whenMissing: 'guard' },
  { name: 'ripgrep-config', path: '.ripgreprc', danger: 'ripgrep runs the preprocessor that it names', whenMissing: 'guard' },
  { name: 'editor-settings', path: '.vscode', danger: 'the editor runs tasks and tools that its settings name', whenMissing: 'directory' },
  { name: 'editor-settings', path: '.idea', danger: 'the editor runs tasks and tools that its settings name', whenMissing: 'guard' },
  { name: 'agent-settings', path: '.claude/commands', danger: 'the agent obeys it outside of the sandbox', whenMissing: 'directory' },
  { name: 'agent-settings', path: '.claude/agents', danger: 'the agent obeys it outside of the sandbox', whenMissing: 'directory' },
  { name: 'agent-tools', path: '.mcp.json', danger: 'the agent starts the servers that it names', whenMissing: 'guard' },
  { name: 'sandbox-policy', path: '.srt-settings.json', danger: 'the next sandbox would run under what it says', whenMissing: 'guard' },
];

/** A protection at a place: what a scan of the disk found, or what must not come to be. */
export interface ProtectedPath {
  readonly protection: Protection;
  readonly path: AbsolutePath;
}

/** The protections of one directory, whether the files exist or not. */
export function protectedPathsIn(directory: AbsolutePath, allowGitConfig: boolean): ProtectedPath[] {
  return protections
    .filter((protection) => !(allowGitConfig && protection.name === GIT_CONFIG_PROTECTION))
    .map((protection) => ({ protection, path: joinPath(directory, protection.path) }));
}

/** In the home directory a start file is run by merely being there. */
export function protectedPathsInHome(home: AbsolutePath, allowGitConfig: boolean): ProtectedPath[] {
  return protectedPathsIn(home, allowGitConfig).map(({ protection, path }) => ({ path, protection: { ...protection, whenMissing: protection.whenMissing === 'guard' ? 'file' : protection.whenMissing } }));
}

/**
 * Paths that every policy may write, where they exist (srt: "default write paths"). The devices are not listed: the
 * sandbox has a /dev of its own.
 */
export const defaultWritePaths: readonly string[] = ['/tmp/claude', '~/.npm/_logs', '~/.claude/debug'];
