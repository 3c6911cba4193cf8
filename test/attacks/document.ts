import type { AttackSection } from './attack';

const HEADER = `<!-- Generated from test/attacks by: npm run test:attacks. Do not edit. -->

# Attacks

What hostile code tries in a sandbox, and what becomes of it. \`npm run test:attacks\` makes every attempt for real, as the user who calls it and,
where that is root, as an ordinary user too. It checks that nothing came of it, and that the same act (or its harmless sibling) works where it is
allowed, so that a sandbox that is simply broken does not pass. Attempts on files are made again where the policy hides all that lies around the sandbox's
directory, by default or by a rule. Letters mark variants of a case.
`;

/** docs/attacks.md. */
export function attacksDocument(catalogue: readonly AttackSection[]): string {
  return [HEADER, ...catalogue.map(section)].join('\n');
}

function section({ title, attacks, outOfReach }: AttackSection): string {
  const rows = attacks.map(({ id, name, outcome, stoppedBy }) => `| ${id} | ${cell(name)} | ${cell(outcome)} | ${cell(stoppedBy)} |`);
  const rest = outOfReach.length === 0 ? [] : ['', 'Not tried:', '', ...outOfReach.map(({ id, name, reason }) => `- ${id}, ${name}: ${reason}.`)];
  return [`## ${title}`, '', '| Case | Attempt | Outcome | Stopped by |', '|---|---|---|---|', ...rows, ...rest, ''].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
