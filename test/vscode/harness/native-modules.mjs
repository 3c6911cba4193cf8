/** The two modules of the VS Code server that come without a prebuilt binary: compiled, or JavaScript in their place. */
import { constants, existsSync } from 'node:fs';
import { access, copyFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rebuildPackages } from './npm-package.mjs';

const NAMES = ['spdlog', 'native-watchdog'];
const BUILD_TOOLS = ['python3', 'make', 'c++'];
const STAND_INS = fileURLToPath(new URL('./native-stand-ins/', import.meta.url));

/** Resolves with what was done, in words. Without a compiler that is no error: see the stand-ins for what differs. */
export async function provideNativeModules({ vscode, nodeHome, compile }) {
  const obstacle = compile ? await compileModules(vscode, nodeHome) : 'no compilation wanted';
  if (obstacle === undefined) return 'compiled';
  for (const name of NAMES) await copyFile(join(STAND_INS, `${name}.cjs`), join(vscode, 'node_modules', packageName(vscode, name), 'index.js'));
  return `JavaScript stand-ins, ${obstacle}`;
}

/** The watchdog had no scope once. */
function packageName(vscode, name) {
  return existsSync(join(vscode, 'node_modules/@vscode', name)) ? `@vscode/${name}` : name;
}

/** Resolves with what prevented it, if anything did. */
async function compileModules(vscode, nodeHome) {
  const missing = [];
  for (const tool of BUILD_TOOLS) if (!(await isOnPath(tool))) missing.push(tool);
  if (missing.length > 0) return `found no ${missing.join(', ')}`;
  const names = NAMES.map((name) => packageName(vscode, name));
  return rebuildPackages(vscode, names, nodeHome).then(
    () => undefined,
    () => 'the compilation failed',
  );
}

async function isOnPath(tool) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return Promise.any(folders.map((folder) => access(join(folder, tool), constants.X_OK))).then(
    () => true,
    () => false,
  );
}
