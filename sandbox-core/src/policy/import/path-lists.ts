import { createDraft, distinct, objectAt, textsAt, type Dialect, type JsonObject } from './dialect';

/**
 * `allowed_paths` and `blocked_paths`, with or without a `filesystem` block around, and `allowed_domains` and
 * `blocked_domains` likewise: how several ports of sandbox-runtime and agents of their own write it.
 */
export const pathLists: Dialect = {
  name: 'allowed_paths',
  description: 'lists named allowed_paths and blocked_paths',
  recognizes: (value) => blocks(value).some((block) => ['allowed_paths', 'blocked_paths', 'denied_paths'].some((key) => Object.hasOwn(block, key))),
  convert(value) {
    const draft = createDraft();
    const from = (...keys: readonly string[]): string[] => distinct(blocks(value).flatMap((block) => keys.flatMap((key) => textsAt(block, key))));
    const blocked = from('blocked_paths', 'denied_paths');
    draft.allowDomains(from('allowed_domains', 'allowed_hosts'));
    draft.denyDomains(from('blocked_domains', 'denied_domains', 'blocked_hosts'));
    if (from('allowed_paths').length > 0) draft.notes.push('allowed_paths may be written here, but everything else can still be read; deny reading where that is too much');
    return draft.finish({ denyRead: distinct([...blocked, ...from('denied_read_paths', 'blocked_read_paths')]), allowRead: from('readonly_paths', 'read_only_paths'), allowWrite: from('allowed_paths', 'allowed_write_paths'), denyWrite: distinct([...blocked, ...from('readonly_paths', 'read_only_paths', 'denied_write_paths')]) });
  },
};

function blocks(value: JsonObject): JsonObject[] {
  return [value, objectAt(value, 'filesystem'), objectAt(value, 'network')];
}
