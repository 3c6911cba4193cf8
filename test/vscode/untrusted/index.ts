import { createRequire } from 'node:module';
import { join } from 'node:path';

interface IntegrationIndex {
  run(): Promise<void>;
}

interface Harness {
  createIntegrationIndex(options: { readonly testsFolder: string; readonly extensionId: string }): IntegrationIndex;
}

// The harness is plain JavaScript: it also serves suites that are not compiled.
const harness = createRequire(__filename)(join(__dirname, '..', '..', '..', 'vscode', 'harness', 'integration-index.cjs')) as Harness; // its exports

/** What VS Code calls inside the extension host of an untrusted workspace. */
export const { run } = harness.createIntegrationIndex({ testsFolder: __dirname, extensionId: 'srt-sandbox.srt-sandbox' });
