import { toPointer, type PointerSegment } from '../pointer';
import type { PartialPolicy, PolicyRule } from '../validate';

interface InertKey {
  readonly at: readonly PointerSegment[];
  readonly isInert: (policy: PartialPolicy) => boolean;
  readonly reason: string;
}

const REQUEST_FILTER = 'is only read by programs that set a request filter, which a policy file cannot have';

const INERT_KEYS: readonly InertKey[] = [
  { at: ['network', 'ambiguousRequestTarget'], isInert: ({ network }) => network?.ambiguousRequestTarget !== undefined, reason: REQUEST_FILTER },
  { at: ['network', 'allowPlaintextHeaderSet'], isInert: ({ network }) => network?.allowPlaintextHeaderSet !== undefined, reason: REQUEST_FILTER },
  { at: ['network', 'allowUnixSockets'], isInert: ({ network }) => network?.allowAllUnixSockets === true && (network.allowUnixSockets?.length ?? 0) > 0, reason: 'says nothing beside allowAllUnixSockets, which opens every socket' },
  { at: ['filesystem', 'allowGitConfig'], isInert: ({ filesystem }) => filesystem?.allowGitConfig === true && filesystem.disabled === true, reason: 'lifts a protection that filesystem.disabled lifts already' },
  { at: ['mandatoryDenySearchDepth'], isInert: ({ mandatoryDenySearchDepth, filesystem }) => mandatoryDenySearchDepth !== undefined && filesystem?.disabled === true, reason: 'sets the depth of a search that filesystem.disabled leaves out' },
  { at: ['seccomp'], isInert: ({ seccomp, network }) => seccomp !== undefined && network?.allowAllUnixSockets === true, reason: 'configures the filter that sandbox-runtime leaves out because of allowAllUnixSockets' },
  { at: ['credentials', 'allowPlaintextInject'], isInert: (policy) => policy.credentials?.allowPlaintextInject === true && !hasMask(policy), reason: 'is about masked credentials, and none has mode "mask"' },
  { at: ['credentials', 'sigv4'], isInert: (policy) => policy.credentials?.sigv4 !== undefined && !hasMask(policy), reason: 'is about masked credentials, and none has mode "mask"' },
];

/** Keys of a credential that only mean something when it is masked, or masked in part. */
const MASK_KEYS = ['extract', 'onExtractNoMatch', 'decode', 'maskDuplicates', 'injectHosts'] as const;

/** Keys that another setting, or the absence of one, makes pointless. */
export const inertKey: PolicyRule = {
  codes: ['inert-key'],
  check({ policy, problem }) {
    const settings = INERT_KEYS.filter(({ isInert }) => isInert(policy)).map(({ at, reason }) => problem('inert-key', `has no effect: it ${reason}`, toPointer(at)));
    const ofCredentials = (['files', 'envVars'] as const).flatMap((list) =>
      (policy.credentials?.[list] ?? []).flatMap((credential, index) => inertKeys(credential).map(({ key, reason }) => problem('inert-key', `has no effect: ${reason}`, toPointer(['credentials', list, index, key])))),
    );
    return [...settings, ...ofCredentials];
  },
};

function inertKeys(credential: Readonly<Partial<Record<string, unknown>>> | undefined): { readonly key: string; readonly reason: string }[] {
  if (credential?.['mode'] === 'deny') return MASK_KEYS.filter((key) => credential[key] !== undefined).map((key) => ({ key, reason: 'a credential with mode "deny" is hidden whole' }));
  if (credential?.['mode'] !== 'mask' || credential['extract'] !== undefined || credential['decode'] !== undefined) return [];
  return (['onExtractNoMatch', 'maskDuplicates'] as const).filter((key) => credential[key] !== undefined).map((key) => ({ key, reason: 'without "extract" or "decode" the credential is masked whole' }));
}

function hasMask({ credentials }: PartialPolicy): boolean {
  return [...(credentials?.files ?? []), ...(credentials?.envVars ?? [])].some((credential) => credential?.mode === 'mask');
}
