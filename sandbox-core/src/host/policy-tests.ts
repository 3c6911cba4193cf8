import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';

import { SandboxError } from '../errors';
import { absolutePath, decideCommand, decideInSandbox, describePosition, describeRule, expandPath, expectations, isOwnPlace, MAX_SHOWN_PATH, nodeAt, parsePolicyTests, printable, type Decision, type Expectation, type PathContext, type PolicyPlatform, type ResolvedPolicy, type RuleReference } from '../policy';
import { readExtendedPolicy } from './extended-policy';
import type { Host } from './host';
import { DEFAULT_POLICY_NAME, loadPolicy, textsOf, type LoadedPolicy } from './policy-file';
import { resolveForPlatform } from './platform-policy';
import { platformOf, toCommandRequests, toRequest } from './questions';

/**
 * @property position `line:column` of the expectation in the test file
 * @property rule what decided, and where that is written: `file:line:column`
 */
export interface ExpectationResult extends Expectation {
  readonly passed: boolean;
  readonly outcome: 'allow' | 'deny';
  readonly reason: string;
  readonly position: string;
  readonly rule: string;
}

export interface TestFileResult {
  readonly file: string;
  readonly policy: string;
  readonly results: readonly ExpectationResult[];
}

/** Runs a file of policy tests against this machine's disk. Throws a SandboxError if the file or its policy cannot be used. */
export async function runPolicyTests(path: string, host: Host, platform: PolicyPlatform = platformOf(host)): Promise<TestFileResult> {
  const read = readExtendedPolicy(path);
  if ('error' in read) throw new SandboxError('policy-file', `${printable(path, MAX_SHOWN_PATH)} ${read.error}`);
  const { file, root, errors } = parsePolicyTests(read.text);
  if (!file || !root) throw new SandboxError('policy-file', `${printable(path, MAX_SHOWN_PATH)} does not hold policy tests:\n${errors.map(({ offset, message }) => `  ${describePosition(read.text, offset)} ${message}`).join('\n')}`);
  const here = { base: absolutePath(dirname(read.path)), home: host.home };
  const policyPath = expandPath(file.policy ?? DEFAULT_POLICY_NAME, here);
  const directory = directoryAt(expandPath(file.directory ?? '.', here));
  const loaded = loadPolicy(policyPath, { directory });
  const { policy, context } = await resolveForPlatform(loaded, platform, directory, host);
  const results = await Promise.all(
    expectations(file).map(async (expectation) => {
      const position = describePosition(read.text, nodeAt(root, expectation.pointer)?.offset ?? 0);
      return { ...expectation, position, ...(await evaluate(expectation, { policy, loaded, context, host, platform })) };
    }),
  );
  return { file: path, policy: policyPath, results };
}

/** What expectations are held against. */
interface Tested {
  readonly policy: ResolvedPolicy;
  readonly loaded: LoadedPolicy;
  readonly context: PathContext;
  readonly host: Host;
  readonly platform: PolicyPlatform;
}

async function evaluate({ operation, target, expected }: Expectation, tested: Tested): Promise<Pick<ExpectationResult, 'passed' | 'outcome' | 'reason' | 'rule'>> {
  const { policy, loaded, context, platform } = tested;
  const { outcome, reason, rule } = operation === 'command' ? await decideLine(target, tested) : decideInSandbox(policy, await toRequest(operation, target, context, (path) => isOwnPlace(policy, path, platform)), platform);
  return { passed: outcome === expected, outcome, reason, rule: rule ? describeRule(rule, textsOf(loaded)) : '' };
}

/** Denied by the first thing that is; a program that is not there cannot be run either. */
async function decideLine(line: string, { policy, context, host, platform }: Tested): Promise<Pick<Decision, 'outcome' | 'reason'> & { readonly rule?: RuleReference }> {
  const ruled = decideCommand(policy, ['bash', '-c', line]);
  if (ruled.outcome !== 'allow') return { ...ruled, outcome: 'deny' }; // where nobody can be asked, that is what it comes to
  const parts = await toCommandRequests(line, context, host, (path) => isOwnPlace(policy, path, platform));
  for (const { request, word } of parts) {
    if (!request) return { outcome: 'deny', reason: `"${word}" was not found in PATH` };
    const decision = decideInSandbox(policy, request, platform);
    if (decision.outcome === 'deny') return { ...decision, reason: `${request.kind} ${word}: ${decision.reason}` };
  }
  return { outcome: 'allow', reason: 'everything that its words name is allowed' };
}

function directoryAt(path: string): PathContext['base'] {
  try {
    return absolutePath(realpathSync(path));
  } catch {
    throw new SandboxError('policy-file', `expected the directory ${printable(path, MAX_SHOWN_PATH)}, found nothing there`);
  }
}
