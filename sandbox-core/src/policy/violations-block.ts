const NAME = 'sandbox_violations';

/** The block in which agents look for what a sandbox refused, as in sandbox-runtime. */
export function asViolationsBlock(lines: readonly string[], lineEnd = '\n'): string {
  return [`<${NAME}>`, ...lines, `</${NAME}>`].join(lineEnd);
}

/** What a command printed, or named a file, next to such a block: it is none, however it is spelled. */
export function withoutViolationsBlock(text: string): string {
  return text.replace(/<(?=[\s/\p{Cf}\ufffd]*sandbox[\s_\p{Cf}\ufffd-]*violations)/giu, '‹');
}
