// An ES module that uses the package as a program of somebody else would. Prints what happened.
import { execSync } from 'node:child_process';

import { AccessDeniedError, createSandbox, loadPolicy } from 'sandbox-core';
import { SandboxManager } from 'sandbox-core/compat';
import { validatePolicy } from 'sandbox-core/policy';

const policy = { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: ['./secret'], allowWrite: ['.'], denyWrite: [] } };
const results = { problems: validatePolicy(JSON.stringify(policy)).problems.filter(({ severity }) => severity === 'error').length };

const sandbox = await createSandbox(policy, { directory: process.cwd() });
const { code, stdout, violations } = await sandbox.execute({ shell: 'echo written > file; cat file secret' });
results.executed = { code, stdout, rules: violations.map(({ rule }) => rule.pointer) };
results.read = String(await sandbox.files.read('file'));
results.refused = await sandbox.files.read('secret').then(() => 'read', (error) => error instanceof AccessDeniedError && error.decision.rule.pointer);
results.decision = (await sandbox.evaluate({ kind: 'connect', host: 'example.com' })).outcome;
results.terminal = await sandbox.openTerminal(['true']).then(() => 'opened', (error) => error.code);
await sandbox.stop();

const fromFile = await createSandbox(loadPolicy('policy.json'), { directory: process.cwd() });
results.fromFile = (await fromFile.execute({ shell: 'cat secret; echo > policy.json' })).violations.map(({ rule }) => rule.pointer ?? rule.name);
await fromFile.stop();

await SandboxManager.initialize(policy);
results.wrapped = execSync(await SandboxManager.wrapWithSandbox('echo waited for'), { encoding: 'utf8', timeout: 20_000 });
await SandboxManager.reset();
console.log(JSON.stringify(results));
