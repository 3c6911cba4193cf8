import { toPointer, type PointerSegment } from '../pointer';
import type { PartialPolicy, PolicyRule } from '../validate';

interface Conflict {
  readonly at: readonly PointerSegment[];
  readonly isPresent: (policy: PartialPolicy) => boolean;
  readonly message: string;
}

/** What sandbox-runtime accepts in a file and then refuses to start with. */
const CONFLICTS: readonly Conflict[] = [
  {
    at: ['network', 'mitmProxy'],
    isPresent: ({ network }) => network?.mitmProxy !== undefined && network.tlsTerminate !== undefined,
    message: 'cannot be combined with network.tlsTerminate: only one of them can decrypt a connection',
  },
  {
    at: ['seccomp', 'argv0'],
    isPresent: ({ seccomp }) => seccomp?.argv0 !== undefined && seccomp.applyPath === undefined,
    message: 'needs seccomp.applyPath beside it: it names the program that is started as this',
  },
  {
    at: ['windows', 'backend'],
    isPresent: ({ windows, network, filesystem }) => windows?.backend === 'mxc' && (network?.tlsTerminate !== undefined || network?.allowLocalBinding === true || filesystem?.disabled === true),
    message: '"mxc" supports neither network.tlsTerminate nor network.allowLocalBinding nor filesystem.disabled',
  },
];

export const conflictingKeys: PolicyRule = {
  codes: ['conflicting-keys'],
  about: 'settings',
  check: ({ policy, problem }) => CONFLICTS.filter(({ isPresent }) => isPresent(policy)).map(({ at, message }) => problem('conflicting-keys', message, toPointer(at))),
};
