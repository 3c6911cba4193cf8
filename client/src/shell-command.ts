import { existsSync } from 'node:fs';
import { posix } from 'node:path';

/** An interactive shell, with VS Code's marks of commands, directories and exit statuses where the shell can have them. */
export interface ShellCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const SCRIPTS = 'out/vs/workbench/contrib/terminal/common/scripts';

/**
 * VS Code only injects its script into shells that it starts itself. Its nonce stays outside: what a sandboxed shell says of
 * its commands is shown, but not trusted.
 *
 * @param appRoot of VS Code
 */
export function shellCommand(shell: string, appRoot: string, isIntegrated: boolean): ShellCommand {
  const plain: ShellCommand = { argv: [shell, '-i'], env: {} };
  if (!isIntegrated) return plain;
  const script = (name: string): string => posix.join(appRoot, SCRIPTS, name);
  switch (posix.basename(shell)) {
    case 'bash':
      return existing(script('shellIntegration-bash.sh'), (path) => ['--init-file', path, '-i']);
    case 'fish':
      return existing(script('shellIntegration.fish'), (path) => ['--init-command', `source '${path.replaceAll(/['\\]/g, '\\$&')}'`, '-i']);
    default:
      return plain;
  }

  function existing(path: string, options: (path: string) => readonly string[]): ShellCommand {
    return existsSync(path) ? { argv: [shell, ...options(path)], env: { VSCODE_INJECTION: '1' } } : plain;
  }
}
