import { createSandbox, type AccessDecision, type ExecuteResult, type Policy, type Sandbox, type Violation } from 'sandbox-core';
import { SandboxManager, type SandboxRuntimeConfig } from 'sandbox-core/compat';
import { validatePolicy, type Problem } from 'sandbox-core/policy';

/** Is only compiled, against the declarations of the package. */
export async function consumer(policy: Policy, config: SandboxRuntimeConfig): Promise<readonly Violation[]> {
  const problems: readonly Problem[] = validatePolicy('{}').problems;
  await using sandbox: Sandbox = await createSandbox(policy, { directory: '/', ask: ({ host }) => Promise.resolve(host === 'example.com' ? 'once' : 'deny') });
  const result: ExecuteResult = await sandbox.execute(['true'], { limits: { openFiles: 10 }, timeoutMs: 1000, signal: AbortSignal.timeout(1000) });
  const decision: AccessDecision = await sandbox.evaluate({ kind: 'command', command: { shell: problems.map(({ code }) => code).join() } });
  // @ts-expect-error -- a connect has a host, not a path
  await sandbox.evaluate({ kind: 'connect', path: '/' });
  await SandboxManager.initialize(config, ({ host, port }) => Promise.resolve(port === 443 && host !== decision.reason));
  return result.violations;
}
