#!/usr/bin/env node
/**
 * Serves a VS Code with the extension installed, to be used by hand in any browser of this machine:
 *
 *   node serve.mjs --extension <folder> | --vsix <file>   --folder <workspace folder>   [--untrusted]
 *
 * The extension is packed and installed as a user would do it. The workspace folder is used as it is: what is
 * edited there stays. All else is thrown away at Ctrl-C. The address holds a token; only who has it gets in.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { atExit } from './cleanup.mjs';
import { ensureServer } from './fetch-vscode.mjs';
import { isMain } from './is-main.mjs';
import { packExtension } from './pack-extension.mjs';
import { startServer } from './vscode-server.mjs';
import { workbenchUrl } from './workbench-url.mjs';

/** Resolves with the running server and the address to open. */
export async function serveExtension({ extension, vsix, folder, workspaceTrust = false }) {
  const serverDir = await ensureServer();
  const packed = mkdtempSync(join(tmpdir(), 'vsc-vsix-'));
  const removePacked = () => rmSync(packed, { recursive: true, force: true });
  const forget = atExit(removePacked);
  try {
    const installVsix = vsix ?? (await packExtension(extension, packed));
    const server = await startServer({ serverDir, installVsix, workspaceTrust, testDriver: false });
    return { server, url: workbenchUrl(server, { folder }) };
  } finally {
    removePacked();
    forget();
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      extension: { type: 'string' },
      vsix: { type: 'string' },
      folder: { type: 'string' },
      untrusted: { type: 'boolean', default: false },
    },
  });
  if (!values.folder || !(values.extension ?? values.vsix))
    throw new Error('expected --folder <folder> and one of --extension <folder>, --vsix <file>');
  const path = (name) => values[name] && resolve(values[name]);
  const { server, url } = await serveExtension({
    extension: path('extension'),
    vsix: path('vsix'),
    folder: path('folder'),
    workspaceTrust: values.untrusted,
  });
  console.log(`Open ${url}\nCtrl-C ends it.`);
  // The handlers of cleanup.mjs end the server at Ctrl-C; this only notices when it ends by itself.
  const ending = await server.exited;
  throw new Error(`the server ended with ${ending}`);
}

if (isMain(import.meta)) {
  await main().catch((error) => {
    console.error(`serve: ${error.message}`);
    process.exitCode = 1;
  });
}
