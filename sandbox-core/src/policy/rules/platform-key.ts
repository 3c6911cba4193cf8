import { toPointer, type PointerSegment } from '../pointer';
import type { Problem } from '../problem';
import { keysAt, schemaAt, type PolicyPlatform } from '../schema';
import type { PolicyRule, RuleContext } from '../validate';

const PLATFORM_NAMES: Readonly<Record<PolicyPlatform, string>> = { linux: 'Linux', macos: 'macOS', windows: 'Windows' };

/** Blocks whose keys differ by platform; lists of rules are the same everywhere. */
const BLOCKS: readonly (readonly PointerSegment[])[] = [[], ['network'], ['filesystem'], ['credentials'], ['network', 'tlsTerminate']];

/** Keys that the chosen platform ignores, from what the schema says of each. */
export const platformKey: PolicyRule = {
  codes: ['platform-key'],
  check(context) {
    const { platform } = context;
    return platform === undefined ? [] : BLOCKS.flatMap((block) => ignoredKeys(context, block, platform));
  },
};

function ignoredKeys({ policy, problem }: RuleContext, block: readonly PointerSegment[], platform: PolicyPlatform): Problem[] {
  const value = block.reduce<unknown>((at, key) => (at as Readonly<Record<PointerSegment, unknown>> | undefined)?.[key], policy) as Readonly<Record<string, unknown>> | undefined;
  return keysAt(toPointer(block)).flatMap((key) => {
    if (value === undefined || !Object.hasOwn(value, key) || isOff(value[key])) return [];
    const pointer = toPointer([...block, key]);
    const notes = schemaAt(pointer)?.['x-srt'];
    if (notes === undefined || notes.platforms.includes(platform)) return [];
    const note = notes.platformNotes?.[platform];
    return [problem('platform-key', `has no effect on ${PLATFORM_NAMES[platform]}${note === undefined ? '' : `: ${note}`}`, pointer)];
  });
}

/** What is switched off everywhere is not missed anywhere. */
function isOff(value: unknown): boolean {
  return value === undefined || value === false || (Array.isArray(value) && value.length === 0);
}
