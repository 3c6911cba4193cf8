import { joinPath, type AbsolutePath } from './absolute-path';

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
  readonly kind: 'file' | 'directory';
  readonly danger: string;
}

export const GIT_CONFIG_PROTECTION = 'git-config';

export const protections: readonly Protection[] = [
  { name: 'git-hooks', path: '.git/hooks', kind: 'directory', danger: 'git runs hooks on your next commit' },
  { name: GIT_CONFIG_PROTECTION, path: '.git/config', kind: 'file', danger: 'git runs commands that its configuration names' },
  { name: 'git-user-config', path: '.gitconfig', kind: 'file', danger: 'git runs commands that its configuration names' },
  { name: 'git-modules', path: '.gitmodules', kind: 'file', danger: 'git fetches submodules from where this file says' },
  { name: 'shell-start', path: '.bashrc', kind: 'file', danger: 'your next shell runs it' },
  { name: 'shell-start', path: '.bash_profile', kind: 'file', danger: 'your next login shell runs it' },
  { name: 'shell-start', path: '.zshrc', kind: 'file', danger: 'your next shell runs it' },
  { name: 'shell-start', path: '.zprofile', kind: 'file', danger: 'your next login shell runs it' },
  { name: 'shell-start', path: '.profile', kind: 'file', danger: 'your next login shell runs it' },
  { name: 'ripgrep-config', path: '.ripgreprc', kind: 'file', danger: 'ripgrep runs the preprocessor that it names' },
  { name: 'editor-settings', path: '.vscode', kind: 'directory', danger: 'the editor runs tasks and tools that its settings name' },
  { name: 'editor-settings', path: '.idea', kind: 'directory', danger: 'the editor runs tasks and tools that its settings name' },
  { name: 'agent-settings', path: '.claude/commands', kind: 'directory', danger: 'the agent obeys it outside of the sandbox' },
  { name: 'agent-settings', path: '.claude/agents', kind: 'directory', danger: 'the agent obeys it outside of the sandbox' },
  { name: 'agent-tools', path: '.mcp.json', kind: 'file', danger: 'the agent starts the servers that it names' },
  { name: 'sandbox-policy', path: '.srt-settings.json', kind: 'file', danger: 'the next sandbox would run under what it says' },
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

/**
 * Paths that every policy may write, where they exist (srt: "default write paths"). The devices are not listed: the
 * sandbox has a /dev of its own.
 */
export const defaultWritePaths: readonly string[] = ['/tmp/claude', '~/.npm/_logs', '~/.claude/debug'];
