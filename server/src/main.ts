import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';

import type { Runtime } from './runtime';
import { startServer } from './server';

const runtime: Runtime = {
  readFile(uri) {
    try {
      return readFileSync(fileURLToPath(uri), 'utf8');
    } catch {
      return undefined;
    }
  },
  schedule(task, milliseconds) {
    const timer = setTimeout(task, milliseconds);
    return { cancel: () => clearTimeout(timer) };
  },
};

startServer(createConnection(ProposedFeatures.all), runtime);
