import type { TriedProgram } from './program';

const HEADER = `<!-- Generated from test/programs by: npm run test:programs. Do not edit. -->

# Programs and the network

These programs were run in the sandbox against servers on loopback, over HTTPS or SSH, without telling them of a proxy. \`npm run test:programs\` does
it again, with those that are installed. Each works where its host is allowed, with and without \`network.tlsTerminate\`, and shows this where it is not:

| Program | a name that no rule covers | an address or port that no rule covers | a request refused by \`network.requests\` |
|---|---|---|---|
`;

const FOOTER = `
A name that is not allowed does not exist for programs, so they can say no more than that. What was refused, by which rule and for which program, is
in the violations in any case: \`srt\` prints them when the command has ended.
`;

/** docs/network-programs.md. */
export function programsDocument(programs: readonly TriedProgram[]): string {
  const rows = programs.map(({ name, shows }) => `| ${[name, code(shows.name), code(shows.address), shows.request === undefined ? 'not HTTP' : code(shows.request)].join(' | ')} |`);
  const notes = programs.flatMap(({ name, note }) => (note === undefined ? [] : [`- ${name}: ${note}`]));
  return `${HEADER}${rows.join('\n')}\n\n${notes.join('\n')}\n${FOOTER}`;
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}
