import type { Attack, AttackSection } from './attack';
import { detourAttacks } from './cases/detours';
import { fileAttacks } from './cases/files';
import { kernelAttacks } from './cases/kernel';
import { networkAttacks } from './cases/network';
import { persistenceAttacks } from './cases/persistence';
import { processAttacks } from './cases/processes';
import { raceAttacks } from './cases/races';
import { requestAttacks } from './cases/requests';
import { resourceAttacks } from './cases/resources';
import { socketAttacks } from './cases/sockets';
import { tunnelAttacks } from './cases/tunnels';

/** Every case, in the order of docs/attacks.md. */
export const catalogue: readonly AttackSection[] = [
  {
    title: 'Files: paths, links, races',
    surrounded: true,
    attacks: [...fileAttacks, ...detoursOf('F')].sort(byId),
    outOfReach: [
      { id: 'F16', name: 'Unicode normal forms', reason: 'no file system of Linux folds them by default; where one does, existing files are held by their mounts' },
      { id: 'F21', name: 'the new mount calls', reason: 'they are among the calls of K09' },
      { id: 'F22', name: 'chroot, pivot_root, setns', reason: 'they are among the calls of K09' },
      { id: 'F28', name: 'a flood of files', reason: 'it is an attack on limits: K15' },
    ],
  },
  {
    title: 'Files that run something later',
    surrounded: true,
    attacks: [...persistenceAttacks].sort(byId),
    outOfReach: [],
  },
  {
    title: 'Processes, namespaces, kernel',
    attacks: [...kernelAttacks, ...processAttacks, ...raceAttacks, ...resourceAttacks, ...detoursOf('K')].sort(byId),
    outOfReach: [{ id: 'K12', name: 'shell parse differentials', reason: 'commands are not judged by their text, so there is no parser to mislead: what a command may do is decided when it does it' }],
  },
  {
    title: 'Sockets and services of the host',
    attacks: [...socketAttacks, ...detoursOf('I')].sort(byId),
    outOfReach: [
      { id: 'I09', name: 'run Windows programs from WSL', reason: 'needs WSL2; its socket is a Unix or vsock one, see I01 and I07' },
      { id: 'I12', name: 'mach services (AppleEvents, launchctl, the pasteboard)', reason: 'macOS only' },
    ],
  },
  {
    title: 'Network',
    attacks: [...networkAttacks, ...requestAttacks, ...tunnelAttacks].sort(byId),
    outOfReach: [],
  },
];

function detoursOf(section: string): Attack[] {
  return detourAttacks.filter(({ id }) => id.startsWith(section));
}

/** K2 before K10, K10 before K10a. */
function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id.localeCompare(b.id, 'en', { numeric: true });
}
