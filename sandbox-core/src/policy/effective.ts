import { dangerOf } from './built-in';
import { BLOCKS, RECORDS, RULE_LISTS } from './layers/merge-keys';
import { childPointer, ROOT_POINTER, type PolicyPointer } from './pointer';
import type { PathRule, ResolvedPolicy, RuleReference } from './resolve';
import { keysAt, schemaAt, type PolicyPlatform } from './schema';

/** Where a value comes from: a file, the format's default, or what every policy has. */
export type ValueOrigin = Extract<RuleReference, { kind: 'policy' }> | { readonly kind: 'default' } | { readonly kind: 'built-in'; readonly name: string };

export interface EffectiveValue {
  readonly value: unknown;
  readonly origin: ValueOrigin;
  readonly note?: string;
}

/**
 * A key of the policy in force.
 *
 * @property list the entries of a list of rules, those of all files and the built-in ones
 * @property hasEffect whether the platform acts on the key
 */
export type EffectiveKey = { readonly pointer: PolicyPointer; readonly hasEffect: boolean } & ({ readonly list: readonly EffectiveValue[] } | { readonly single: EffectiveValue });

/** Everything that holds on a platform, in the order of the schema: what files say, defaults, and built-in rules. */
export function effectivePolicy(policy: ResolvedPolicy, platform: PolicyPlatform): EffectiveKey[] {
  return keysBelow(ROOT_POINTER, policy.source, { policy, platform });
}

interface Scene {
  readonly policy: ResolvedPolicy;
  readonly platform: PolicyPlatform;
}

/** Keys that say how a file is read, not what holds. */
const NOT_IN_FORCE = new Set(['/$schema', '/extends']);

function keysBelow(at: PolicyPointer, block: unknown, scene: Scene): EffectiveKey[] {
  return keysAt(at).flatMap((key): EffectiveKey[] => {
    const pointer = childPointer(at, key);
    const schema = schemaAt(pointer);
    const value = valueOf(block, key);
    if (NOT_IN_FORCE.has(pointer) || (schema?.deprecated === true && value === undefined)) return [];
    if (BLOCKS.has(pointer)) return keysBelow(pointer, value, scene);
    const hasEffect = schema?.['x-srt']?.platforms.includes(scene.platform) ?? true;
    if (RULE_LISTS.has(pointer)) return [{ pointer, hasEffect, list: [...entriesOf(pointer, value, scene), ...builtInEntries(pointer, scene)] }];
    if (value === undefined && schema?.default === undefined) return [];
    const origin: ValueOrigin = value === undefined ? { kind: 'default' } : originOf(RECORDS.has(pointer) ? firstEntry(pointer, value) : pointer, scene);
    return [{ pointer, hasEffect, single: { value: value ?? schema?.default, origin } }];
  });
}

/** Entries of a record may come from several files; the first stands for them. */
function firstEntry(pointer: PolicyPointer, record: unknown): PolicyPointer {
  const [key] = typeof record === 'object' && record !== null ? Object.keys(record) : [];
  return key === undefined ? pointer : childPointer(pointer, key);
}

function valueOf(block: unknown, key: string): unknown {
  return typeof block === 'object' && block !== null && Object.hasOwn(block, key) ? (block as Readonly<Record<string, unknown>>)[key] : undefined; // just looked
}

function entriesOf(pointer: PolicyPointer, value: unknown, scene: Scene): EffectiveValue[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  return entries.map((entry, index) => ({ value: entry, origin: originOf(childPointer(pointer, index), scene) }));
}

function originOf(pointer: PolicyPointer, { policy }: Scene): ValueOrigin {
  return { kind: 'policy', ...(policy.origins?.of(pointer) ?? { pointer }) };
}

function builtInEntries(pointer: PolicyPointer, { policy, platform }: Scene): EffectiveValue[] {
  const list = pointer.replace('/filesystem/', '');
  // sandbox-runtime has no built-in write protection on Windows.
  if (policy.filesystem.disabled || pointer === list || (list === 'denyWrite' && platform === 'windows')) return [];
  return policy.filesystem.rules.flatMap((rule) => builtInEntry(rule, list));
}

function builtInEntry({ rule, list, named, pattern }: PathRule, wanted: string): EffectiveValue[] {
  if (rule.kind !== 'built-in' || list !== wanted) return [];
  const note = dangerOf(rule.name);
  return [{ value: pattern.kind === 'glob' ? `${pattern.prefix}/${pattern.rest}` : named, origin: { kind: 'built-in', name: rule.name }, ...(note !== undefined && { note }) }];
}
