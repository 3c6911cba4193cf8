import { existsSync } from 'node:fs';
import { posix } from 'node:path';

/** An interactive shell, with VS Code's marks of commands, directories and exit statuses where the shell can have them. */
export interface ShellCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const SCRIPTS = 'out/vs/workbench/contrib/terminal/common/scripts';

export interface ShellPlace {
  readonly appRoot: string;
  readonly ownFiles: string;
  readonly zshDirectory: string;
  readonly isIntegrated: boolean;
}

/**
 * VS Code only injects its script into shells that it starts itself. Its nonce stays outside: what a sandboxed shell says of
 * its commands is shown, but not trusted.
 *
 * @param appRoot of VS Code
 * @param ownFiles this extension's `client/shells`
 * @param zshDirectory where the user's zsh finds its files: `$ZDOTDIR`, or the home directory
 */
export function shellCommand(shell: string, { appRoot, ownFiles, zshDirectory, isIntegrated }: ShellPlace): ShellCommand {
  const plain: ShellCommand = { argv: [shell, '-i'], env: {} };
  if (!isIntegrated) return plain;
  const script = (name: string): string => posix.join(appRoot, SCRIPTS, name);
  switch (posix.basename(shell)) {
    case 'bash':
      return existing(script('shellIntegration-bash.sh'), (path) => ['--init-file', path, '-i']);
    case 'zsh':
      // It takes no file by name, only a directory of them.
      return existing(script('shellIntegration-rc.zsh'), () => ['-i'], { ZDOTDIR: posix.join(ownFiles, 'zsh'), USER_ZDOTDIR: zshDirectory, SRT_SHELL_SCRIPTS: posix.join(appRoot, SCRIPTS) });
    case 'fish':
      return existing(script('shellIntegration.fish'), (path) => ['--init-command', `source '${path.replaceAll(/['\\]/g, '\\$&')}'`, '-i']);
    default:
      return plain;
  }

  function existing(path: string, options: (path: string) => readonly string[], env: Readonly<Record<string, string>> = {}): ShellCommand {
    return existsSync(path) ? { argv: [shell, ...options(path)], env: { VSCODE_INJECTION: '1', ...env } } : plain;
  }
}
