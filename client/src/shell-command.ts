import { existsSync } from 'node:fs';
import { posix } from 'node:path';

/** An interactive shell, with VS Code's marks of commands, directories and exit statuses where the shell can have them. */
export interface ShellCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const SCRIPTS = 'out/vs/workbench/contrib/terminal/common/scripts';

/** Directories that integrated shells read: VS Code's scripts for them, and this extension's `client/shells`. */
export type ShellFiles = Readonly<Record<'scripts' | 'own', string>>;

/** @param appRoot of VS Code */
export function shellFilesOnHost(appRoot: string, own: string): ShellFiles {
  return { scripts: posix.join(appRoot, SCRIPTS), own };
}

/** What a session is asked to show, by name: the policy may hide the place that it is in. */
export function shownShellFiles(files: ShellFiles): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).filter(([, path]) => existsSync(path)));
}

/**
 * @property shown where a session shows the files, if it does
 * @property zshDirectory where the user's zsh finds its files: `$ZDOTDIR`, or the home directory
 */
export interface ShellPlace {
  readonly files: ShellFiles;
  readonly shown: string | undefined;
  readonly zshDirectory: string;
  readonly isIntegrated: boolean;
}

/**
 * VS Code only injects its script into shells that it starts itself. Its nonce stays outside: what a sandboxed shell says of
 * its commands is shown, but not trusted.
 */
export function shellCommand(shell: string, { files, shown, zshDirectory, isIntegrated }: ShellPlace): ShellCommand {
  const plain: ShellCommand = { argv: [shell, '-i'], env: {} };
  if (!isIntegrated) return plain;
  const inside: ShellFiles = shown === undefined ? files : { scripts: posix.join(shown, 'scripts'), own: posix.join(shown, 'own') };
  switch (posix.basename(shell)) {
    case 'bash':
      return existing('shellIntegration-bash.sh', (path) => ['--init-file', path, '-i']);
    case 'zsh':
      // It takes no file by name, only a directory of them.
      return existing('shellIntegration-rc.zsh', () => ['-i'], { ZDOTDIR: posix.join(inside.own, 'zsh'), USER_ZDOTDIR: zshDirectory, SRT_SHELL_SCRIPTS: inside.scripts });
    case 'fish':
      return existing('shellIntegration.fish', (path) => ['--init-command', `source '${path.replaceAll(/['\\]/g, '\\$&')}'`, '-i']);
    default:
      return plain;
  }

  function existing(script: string, options: (path: string) => readonly string[], env: Readonly<Record<string, string>> = {}): ShellCommand {
    return existsSync(posix.join(files.scripts, script)) ? { argv: [shell, ...options(posix.join(inside.scripts, script))], env: { VSCODE_INJECTION: '1', ...env } } : plain;
  }
}
