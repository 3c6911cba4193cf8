import { problemSeverities, type Problem, type ProblemCode, type Severity } from './problem';

/** How serious each kind of problem is to somebody; what is not named keeps its default. */
export type SeverityMap = Readonly<Partial<Record<ProblemCode, Severity | 'off'>>>;

export const SEVERITY_NAMES: readonly (Severity | 'off')[] = ['error', 'warning', 'information', 'hint', 'off'];

/** @property faults what was not understood, one sentence each */
export interface SeverityMapResult {
  readonly severities: SeverityMap;
  readonly faults: readonly string[];
}

/** Reads `{ "code": "level" }` from settings or options that somebody wrote; `*` stands for every code not named. Never throws. */
export function readSeverities(value: unknown): SeverityMapResult {
  if (value === undefined || value === null) return { severities: {}, faults: [] };
  if (typeof value !== 'object' || Array.isArray(value)) return { severities: {}, faults: ['severities: expected an object of { "code": "level" }'] };
  const severities: Partial<Record<ProblemCode, Severity | 'off'>> = {};
  const faults: string[] = [];
  const entries = Object.entries(value).sort(([a], [b]) => Number(b === '*') - Number(a === '*'));
  for (const [code, level] of entries) {
    const severity = SEVERITY_NAMES.find((name) => name === level);
    if (severity === undefined) faults.push(`severity of "${code}": expected ${SEVERITY_NAMES.join(', ')}, found ${JSON.stringify(level)}`);
    else if (code === '*') for (const known of PROBLEM_CODES) severities[known] = severity;
    else if (isProblemCode(code)) severities[code] = severity;
    else faults.push(`severity of "${code}": there is no such problem code`);
  }
  return { severities, faults };
}

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemSeverities, code);
}

export const PROBLEM_CODES: readonly ProblemCode[] = Object.keys(problemSeverities).filter(isProblemCode);

export function applySeverities(problems: readonly Problem[], severities: SeverityMap): Problem[] {
  return problems.flatMap((problem): Problem[] => {
    const severity = severities[problem.code] ?? problem.severity;
    if (severity === problem.severity) return [problem];
    return severity === 'off' ? [] : [{ ...problem, severity }];
  });
}
