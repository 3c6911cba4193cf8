import { isAbsolute, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { ArtifactLocation, Log, Notification, ReportingDescriptor, Result } from 'sarif';

import { problemPage } from '../host/problem-page';
import { describePosition, problemSeverities, type Problem, type ProblemCode, type Severity } from '../policy';
import type { CheckedFile } from './check-report';
import { version } from './version';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = { error: 'error', warning: 'warning', information: 'note', hint: 'note' };

/** SARIF 2.1.0 (OASIS), with the documentation of every rule that was broken in it. */
export function sarifLog(files: readonly CheckedFile[]): Log {
  const notifications = files.flatMap(toNotification);
  const codes = [...new Set(files.flatMap(({ problems }) => problems.map(({ code }) => code)))];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'srt check', version, rules: codes.map(descriptor) } },
        columnKind: 'unicodeCodePoints',
        invocations: [{ executionSuccessful: notifications.length === 0, toolExecutionNotifications: notifications }],
        results: files.flatMap((file) => file.problems.map((problem) => toResult(file, problem, codes.indexOf(problem.code)))),
      },
    ],
  };
}

function descriptor(code: ProblemCode): ReportingDescriptor {
  const page = problemPage(code);
  const summary = page?.split('\n\n')[1]?.replace(/ Severity unless configured: .*$/, '') ?? code;
  return {
    id: code,
    shortDescription: { text: summary },
    defaultConfiguration: { level: LEVELS[problemSeverities[code]] },
    ...(page !== undefined && { help: { text: page, markdown: page } }),
  };
}

/** What kept the tool from its work is no result of it. */
function toNotification({ path, failure }: CheckedFile): Notification[] {
  return failure === undefined ? [] : [{ level: 'error', message: { text: `${path} ${failure}` }, locations: [{ physicalLocation: { artifactLocation: locationOf(path) } }] }];
}

/** A relative path stays one, so that a log made elsewhere fits this checkout: a reference of RFC 3986, whatever characters the name has. */
function locationOf(path: string): ArtifactLocation {
  if (isAbsolute(path)) return { uri: pathToFileURL(path).href };
  return { uri: path.split(sep).map((name) => encodeURIComponent(name.replace(/\p{Cs}/gu, '\ufffd'))).join('/') };
}

function toResult({ path, text }: CheckedFile, { code, severity, message, range, pointer }: Problem, ruleIndex: number): Result {
  const [startLine = 1, startColumn = 1] = describePosition(text, range.offset).split(':').map(Number);
  const [endLine = 1, endColumn = 1] = describePosition(text, range.offset + range.length).split(':').map(Number);
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: message },
    locations: [
      {
        physicalLocation: { artifactLocation: locationOf(path), region: { startLine, startColumn, endLine, endColumn } },
        ...(pointer !== undefined && { logicalLocations: [{ fullyQualifiedName: pointer }] }),
      },
    ],
  };
}
