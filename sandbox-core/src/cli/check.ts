import { SandboxError } from '../errors';
import { hostPlatform, policyFactsOnHost } from '../host/policy-facts';
import { defaultPolicyPath, extendsProblemsOnHost, PolicyFileError, readPolicyText } from '../host/policy-file';
import { problemPage } from '../host/problem-page';
import { replaceFile } from '../host/replace-file';
import { dialectOf, fixAll, isProblemCode, MAX_SHOWN_PATH, printable, readSeverities, validateDocument, type PolicyPlatform, type SeverityMap, type ValidationOptions } from '../policy';
import { report, type CheckedFile, type ReportFormat } from './check-report';
import type { Output } from './output';

interface CheckOptions {
  readonly json?: boolean;
  readonly format?: ReportFormat;
  readonly platform?: PolicyPlatform;
  readonly portable?: boolean;
  readonly severity?: readonly string[];
  readonly fix?: boolean;
  readonly explain?: string;
}

/** `srt check [FILE…]`: exit 1 if something is an error, or a file could not be checked; the others are. */
export function checkCommand(files: readonly string[], options: CheckOptions, output: Output): number {
  if (options.explain !== undefined) return explainProblem(options.explain, output);
  const severities = severitiesOf(options.severity ?? []);
  const checked = (files.length > 0 ? files : [defaultPolicyPath()]).map((file) => checkFile(file, options, severities, output));
  report(checked, options.json === true ? 'json' : (options.format ?? 'text'), output);
  for (const { path, failure } of checked) if (failure !== undefined) output.error(`Error: ${printable(path, 400)} ${failure}`);
  return checked.some(({ problems, failure }) => failure !== undefined || problems.some(({ severity }) => severity === 'error')) ? 1 : 0;
}

function checkFile(path: string, options: CheckOptions, severities: SeverityMap, output: Output): CheckedFile {
  const original = readOr(path);
  if (typeof original !== 'string') return { path, text: '', problems: [], failure: original.found };
  const validation = validationOptions(path, options, severities);
  const check = (text: string): ReturnType<typeof validateDocument> => {
    const checked = validateDocument(text, { ...validation, dialect: dialectOf(path) });
    return { ...checked, problems: [...checked.problems, ...extendsProblemsOnHost(path, checked.syntax, severities)] };
  };
  if (options.fix !== true) return { path, text: original, problems: check(original).problems };
  const { text, fixed } = fixAll(original, check);
  if (fixed > 0) {
    const failure = replaceFile(path, text);
    if (failure !== undefined) return { path, text: original, problems: check(original).problems, failure: `could not be written (${failure}).` };
    output.error(`${printable(path, MAX_SHOWN_PATH)}: ${fixed} ${fixed === 1 ? 'problem' : 'problems'} fixed`);
  }
  return { path, text, problems: check(text).problems };
}

function readOr(path: string): string | PolicyFileError {
  try {
    return readPolicyText(path, true) ?? '';
  } catch (error) {
    if (error instanceof PolicyFileError) return error;
    throw error;
  }
}

/** Facts of this machine say nothing about another platform. */
function validationOptions(path: string, { platform, portable = false }: CheckOptions, severities: SeverityMap): ValidationOptions {
  const here = hostPlatform();
  const chosen = platform ?? here;
  const facts = chosen === here && here !== 'windows' ? policyFactsOnHost(path, process.cwd()) : undefined;
  return { ...(chosen && { platform: chosen }), ...(facts && { facts }), portable, severities };
}

/** `code=level`, as often as wanted; `*=level` for every code that is not named. */
function severitiesOf(settings: readonly string[]): SeverityMap {
  const entries = settings.map((setting): [string, string] => {
    const at = setting.lastIndexOf('=');
    return at === -1 ? [setting, ''] : [setting.slice(0, at), setting.slice(at + 1)];
  });
  const { severities, faults } = readSeverities(Object.fromEntries(entries));
  if (faults.length > 0) throw new SandboxError('usage', faults.join('\n'));
  return severities;
}

function explainProblem(code: string, output: Output): number {
  const page = isProblemCode(code) ? problemPage(code) : undefined;
  if (page === undefined) throw new SandboxError('usage', isProblemCode(code) ? `the page about "${code}" was not installed along with srt` : `there is no problem with the code "${code}"`);
  output.result(page.trimEnd());
  return 0;
}
