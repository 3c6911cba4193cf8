import { childPointer, ROOT_POINTER, type PolicyPointer } from '../pointer';
import type { Policy } from '../policy.generated';
import { BLOCKS, RECORDS, RULE_LISTS } from './merge-keys';
import { createOrigins, originsOfFile, type FileOfRules, type PolicyOrigins, type RuleOrigin } from './origins';

/** A policy, and where each of its values was written. */
export interface MergedPolicy {
  readonly policy: Policy;
  readonly origins: PolicyOrigins;
}

/** The policy of one file; `origin` says what is common to its values. */
export function ofOneFile(policy: Policy, origin: FileOfRules): MergedPolicy {
  return { policy, origins: originsOfFile(origin) };
}

/** @param sources the strongest first; of a single value the first one counts, of lists every entry holds */
export function mergePolicies(sources: readonly MergedPolicy[]): MergedPolicy {
  const known = new Map<string, RuleOrigin>();
  const merged = mergeAt(ROOT_POINTER, sources.map(({ policy, origins }) => ({ value: policy, origins, pointer: ROOT_POINTER })), known);
  return { policy: merged as Policy, origins: createOrigins(known) }; // every source is one, and blocks are merged key by key
}

interface Part {
  readonly value: unknown;
  readonly origins: PolicyOrigins;
  /** In its own source. */
  readonly pointer: PolicyPointer;
}

function mergeAt(at: PolicyPointer, parts: readonly Part[], known: Map<string, RuleOrigin>): unknown {
  const [first] = parts;
  if (!first) return undefined;
  if (BLOCKS.has(at) || RECORDS.has(at)) return mergeKeys(at, parts, known);
  if (RULE_LISTS.has(at)) return mergeLists(at, parts, known);
  known.set(at, first.origins.of(first.pointer));
  return first.value;
}

function mergeKeys(at: PolicyPointer, parts: readonly Part[], known: Map<string, RuleOrigin>): object {
  const objects = parts.map((part) => ({ part, entries: new Map<string, unknown>(Object.entries(part.value as object)) })); // validated
  const keys = new Set(objects.flatMap(({ entries }) => [...entries.keys()]));
  return Object.fromEntries(
    [...keys].map((key) => {
      const having = objects.filter(({ entries }) => entries.get(key) !== undefined);
      return [key, mergeAt(childPointer(at, key), having.map(({ part, entries }) => ({ value: entries.get(key), origins: part.origins, pointer: childPointer(part.pointer, key) })), known)];
    }),
  );
}

/** An entry that stands in several files is kept once, as the strongest file's. */
function mergeLists(at: PolicyPointer, parts: readonly Part[], known: Map<string, RuleOrigin>): unknown[] {
  const seen = new Set<string>();
  const merged: unknown[] = [];
  for (const { value, origins, pointer } of parts)
    for (const [index, entry] of (value as readonly unknown[]).entries()) {
      const origin = origins.of(childPointer(pointer, index));
      // The same words in two layers are two rules: each binds its own layer.
      const key = `${origin.layer ?? ''} ${JSON.stringify(entry)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      known.set(childPointer(at, merged.length), origin);
      merged.push(entry);
    }
  return merged;
}
