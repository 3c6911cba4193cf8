import type { Policy, Violation } from '../policy';

/**
 * srt: ignoreViolations. Whether the policy keeps a violation out of the reports. Plain text in which case counts: a key is
 * part of the command's text or `*`, a text is part of the path, or of the whole line of a network event.
 *
 * @param line what the texts are compared with; unless given, what sandbox-runtime compares on Linux
 */
export function isIgnored(violation: Violation, ignore: Policy['ignoreViolations'], line: string = comparedText(violation)): boolean {
  if (ignore === undefined) return false;
  const command = violation.command?.join(' ');
  return Object.entries(ignore).some(([key, texts]) => (key === '*' || command?.includes(key) === true) && texts.some((text) => contains(violation, line, text)));
}

/** A look-up has no port: a text that names a host with one is meant for the look-up before the connection too. */
function contains({ operation }: Violation, line: string, text: string): boolean {
  return line.includes(operation === 'resolve' ? text.replace(/:\d{1,5}$/, '') : text);
}

function comparedText({ kind, operation, target, reason }: Violation): string {
  if (kind !== 'network') return target;
  return operation === 'request' ? `deny http-request ${target} (${reason})` : `deny network-outbound ${target} (${reason})`;
}
