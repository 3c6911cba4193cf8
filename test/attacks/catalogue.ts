import type { AttackSection } from './attack';
import { kernelAttacks } from './cases/kernel';
import { processAttacks } from './cases/processes';

/** Every case, in the order of docs/attacks.md. */
export const catalogue: readonly AttackSection[] = [
  {
    title: 'Processes, namespaces, kernel',
    attacks: [...kernelAttacks, ...processAttacks].sort(byId),
    outOfReach: [{ id: 'K12', name: 'shell parse differentials', reason: 'commands are not judged by their text, so there is no parser to mislead: what a command may do is decided when it does it' }],
  },
];

/** K2 before K10, K10 before K10a. */
function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id.localeCompare(b.id, 'en', { numeric: true });
}
