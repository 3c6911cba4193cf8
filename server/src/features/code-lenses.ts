import { nodeAt, toPointer, type Violation } from 'sandbox-core/policy';
import type { CodeLens } from 'vscode-languageserver-types';

import { CLIENT_COMMANDS, type ViolationsLensArguments } from '../protocol';
import type { PolicyView } from '../policy-view';
import { toRange } from './problems';
import { violationRange } from './violations';

/** What was refused, above the rule that refused it, and a way to ask about any path or host. Only with commands the client has. */
export function codeLenses(view: PolicyView, clientCommands: readonly string[]): CodeLens[] {
  const lenses = [...violationLenses(view), ...questionLenses(view)];
  return lenses.filter(({ command }) => command !== undefined && clientCommands.includes(command.command));
}

function violationLenses(view: PolicyView): CodeLens[] {
  const byPlace = new Map<string, Violation[]>();
  for (const violation of view.violations()) {
    const { offset, length } = violationRange(view.syntax, violation);
    byPlace.set(`${offset} ${length}`, [...(byPlace.get(`${offset} ${length}`) ?? []), violation]);
  }
  return [...byPlace.values()].flatMap((violations) => {
    const [first] = violations;
    if (!first) return [];
    const range = toRange(view.document, violationRange(view.syntax, first));
    const times = violations.reduce((sum, { count }) => sum + count, 0);
    const found: ViolationsLensArguments = { uri: view.document.uri, range, targets: violations.map(({ operation, target }) => ({ operation, target })) };
    return [
      { range, command: { title: `$(shield) refused ${times} ${times === 1 ? 'time' : 'times'}: show`, command: CLIENT_COMMANDS.showViolations, arguments: [found] } },
      { range, command: { title: 'explain', command: CLIENT_COMMANDS.explainViolations, arguments: [found] } },
    ];
  });
}

function questionLenses(view: PolicyView): CodeLens[] {
  const blocks = [
    { block: 'filesystem', title: 'try a path…' },
    { block: 'network', title: 'try a host…' },
  ] as const;
  return blocks.flatMap(({ block, title }) => {
    const key = nodeAt(view.root, toPointer([block]))?.parent?.children?.[0];
    return key ? [{ range: toRange(view.document, key), command: { title, command: CLIENT_COMMANDS.tryTarget, arguments: [{ uri: view.document.uri, block }] } }] : [];
  });
}
