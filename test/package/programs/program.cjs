// The same from CommonJS, as far as it differs.
const { createSandbox, SandboxError } = require('sandbox-core');
const { createSandboxManager } = require('sandbox-core/compat');

async function main() {
  const refused = await createSandbox({}).catch((error) => error);
  const configured = await createSandboxManager().initialize({ network: {} }).catch((error) => error);
  console.log(JSON.stringify([refused, configured].map((error) => [error instanceof SandboxError, error.code])));
}
main();
