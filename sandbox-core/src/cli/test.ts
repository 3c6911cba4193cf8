import { readdirSync, type Dirent } from 'node:fs';
import { join } from 'node:path';

import { SandboxError } from '../errors';
import type { Host } from '../host/host';
import { runPolicyTests, type ExpectationResult, type TestFileResult } from '../host/policy-tests';
import { MAX_SHOWN_PATH, printable, type PolicyPlatform } from '../policy';
import type { Output } from './output';

/** `srt test [FILES…]`: exit 1 if an expectation is not met. */
export async function testCommand(named: readonly string[], { json, platform }: { readonly json?: boolean; readonly platform?: PolicyPlatform }, host: Host, output: Output): Promise<number> {
  const files = named.length > 0 ? named : testFilesIn('.', output);
  if (files.length === 0) throw new SandboxError('usage', 'expected policy tests, found no *.srt-test.json in the working directory or below it');
  const outcomes = await Promise.all(files.map(async (file) => runPolicyTests(file, host, platform).catch((error: unknown) => ({ file, error: asText(error) }))));
  const failed = outcomes.some((outcome) => 'error' in outcome || outcome.results.some(({ passed }) => !passed));
  if (json === true) output.result(JSON.stringify(outcomes, null, 2));
  else print(outcomes, output);
  return failed ? 1 : 0;
}

interface Unusable {
  readonly file: string;
  readonly error: string;
}

function asText(error: unknown): string {
  if (error instanceof SandboxError) return error.message;
  throw error;
}

function print(outcomes: readonly (TestFileResult | Unusable)[], output: Output): void {
  const style = output.resultStyle;
  for (const outcome of outcomes) {
    output.result(style.bold(printable(outcome.file, MAX_SHOWN_PATH)));
    if ('error' in outcome) output.result(`  ${style.red('✗')} ${outcome.error}`);
    else for (const [test, results] of byTest(outcome.results)) printTest(outcome.file, test, results, output);
  }
  const results = outcomes.flatMap((outcome) => ('error' in outcome ? [] : outcome.results));
  const failed = results.filter(({ passed }) => !passed).length;
  const unusable = outcomes.filter((outcome) => 'error' in outcome).length;
  output.result(`\n${results.length - failed} met, ${failed} not met${unusable > 0 ? `, ${unusable} ${unusable === 1 ? 'file' : 'files'} could not be run` : ''}`);
}

function byTest(results: readonly ExpectationResult[]): Map<string, ExpectationResult[]> {
  const tests = new Map<string, ExpectationResult[]>();
  for (const result of results) tests.set(result.test, [...(tests.get(result.test) ?? []), result]);
  return tests;
}

function printTest(file: string, test: string, results: readonly ExpectationResult[], { result: say, resultStyle: style }: Output): void {
  const failures = results.filter(({ passed }) => !passed);
  say(`  ${failures.length === 0 ? style.green('✓') : style.red('✗')} ${printable(test, 160)}`);
  for (const { operation, target, expected, outcome, reason, rule, position } of failures) {
    say(`      ${printable(file, MAX_SHOWN_PATH)}:${position}  expected to ${expected} ${operation} ${printable(target, 160)}, but it is ${outcome === 'allow' ? 'allowed' : 'denied'}: ${printable(reason, 300)}`);
    if (rule !== '') say(style.dim(`        rule  ${rule}`));
  }
}

/** Dependencies bring tests of their own policies. */
function testFilesIn(directory: string, output: Output): string[] {
  return entriesIn(directory, output).flatMap((entry) => {
    const path = directory === '.' ? entry.name : join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === '.git' ? [] : testFilesIn(path, output);
    return entry.isFile() && entry.name.endsWith(".srt-test.json") ? [path] : [];
  });
}

/** What a service keeps in the project may be closed to this user. */
function entriesIn(directory: string, output: Output): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    output.error(`srt: tests in ${printable(directory, MAX_SHOWN_PATH)} are not run, as it cannot be listed (${(error as NodeJS.ErrnoException).code ?? String(error)})`); // of the system
    return [];
  }
}
