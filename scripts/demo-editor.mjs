// A real VS Code with the extension and a sample workspace, at a printed loopback address: npm run demo:editor
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { atExit } from '../test/vscode/harness/cleanup.mjs';
import { serveExtension } from '../test/vscode/harness/serve.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
// Not below /tmp, of which a sandbox has its own.
const folder = mkdtempSync(join(homedir(), 'srt-demo-'));
atExit(() => rmSync(folder, { recursive: true, force: true }));
cpSync(join(root, 'test', 'fixtures', 'workspaces', 'sample'), folder, { recursive: true });

console.log('packing the extension and starting VS Code …');
const { server, url } = await serveExtension({ extension: root, folder });
console.log(`
Open ${url}

  - open .srt-settings.json, and try completion (Ctrl+Space), hover, and the bulb
  - "+" menu of the terminal panel → Sandboxed (srt), then: cat secrets/token; echo x > locked/data
  - see what was refused in the Problems panel, on the rule that refused it

Ctrl-C ends the editor and removes the sample workspace.`);
await server.exited;
