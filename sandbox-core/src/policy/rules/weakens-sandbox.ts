import { toPointer, type PointerSegment } from '../pointer';
import type { PolicyPlatform } from '../schema';
import type { PartialPolicy, PolicyRule } from '../validate';

interface Weakening {
  readonly at: readonly PointerSegment[];
  readonly isSet: (policy: PartialPolicy) => boolean;
  /** Where it has an effect. */
  readonly platforms: readonly PolicyPlatform[];
  readonly consequence: string;
}

const WEAKENINGS: readonly Weakening[] = [
  { at: ['filesystem', 'disabled'], isSet: (policy) => policy.filesystem?.disabled === true, platforms: ['linux', 'macos', 'windows'], consequence: 'every file can be read and written' },
  { at: ['network', 'allowAllUnixSockets'], isSet: (policy) => policy.network?.allowAllUnixSockets === true, platforms: ['linux', 'macos'], consequence: 'every local service comes within reach: SSH agents, container engines, the desktop. Name the sockets that are needed in allowUnixSockets' },
  { at: ['network', 'allowMachLookup'], isSet: (policy) => policy.network?.allowMachLookup?.includes('*') === true, platforms: ['macos'], consequence: 'every Mach service can be asked to act for the command' },
  { at: ['allowAppleEvents'], isSet: (policy) => policy.allowAppleEvents === true, platforms: ['macos'], consequence: 'a command can have other applications run code outside of the sandbox' },
  { at: ['enableWeakerNestedSandbox'], isSet: (policy) => policy.enableWeakerNestedSandbox === true, platforms: ['linux'], consequence: 'where no new /proc can be mounted, a command sees the processes around the sandbox' },
  { at: ['enableWeakerNetworkIsolation'], isSet: (policy) => policy.enableWeakerNetworkIsolation === true, platforms: ['macos'], consequence: 'the trust service can be used to send data out' },
  { at: ['allowNestedUserNamespaces'], isSet: (policy) => policy.allowNestedUserNamespaces === true, platforms: ['linux'], consequence: 'a command can mount over what is write-protected' },
];

/** Switches that take something away from the sandbox as a whole. */
export const weakensSandbox: PolicyRule = {
  codes: ['weakens-sandbox'],
  about: 'settings',
  check({ policy, platform, problem }) {
    return WEAKENINGS.filter(({ isSet, platforms }) => isSet(policy) && (platform === undefined || platforms.includes(platform))).map(({ at, consequence }) => {
      const pointer = toPointer(at);
      const fix = { title: `Remove "${String(at.at(-1))}"`, edit: { kind: 'remove', pointer }, preferred: false } as const;
      return problem('weakens-sandbox', `weakens the sandbox: ${consequence}`, pointer, [fix]);
    });
  },
};
