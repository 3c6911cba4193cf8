/** Packs an extension folder into a VSIX, the very file a user would install. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { runProgram } from './run-program.mjs';

const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce');

/**
 * Writes <target>/extension.vsix and resolves with its path. Without dependencies: an extension is bundled first
 * (its vscode:prepublish script does that), so node_modules has no place in the package.
 */
export async function packExtension(folder, target) {
  const vsix = join(target, 'extension.vsix');
  const argv = [vsce, 'package', '--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository', '--skip-license', '--out', vsix];
  await runProgram(process.execPath, argv, { cwd: folder });
  return vsix;
}
