import type { HostPattern } from '../host-pattern';

/** Whether everything that `inner` matches is matched by `outer` too. */
export function coversHost(outer: HostPattern, inner: HostPattern): boolean {
  if (outer.port !== undefined && outer.port !== inner.port) return false;
  return hostKeys(inner).includes(ownKey(outer));
}

/**
 * Finds the first of many patterns that covers another one, without trying them all.
 *
 * @param except the entry that asks, so that it does not find itself
 */
export type FindCoveringHost<Entry> = (inner: HostPattern, except?: Entry) => Entry | undefined;

export function createFindCoveringHost<Entry extends { readonly pattern: HostPattern }>(entries: readonly Entry[]): FindCoveringHost<Entry> {
  const byKey = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = portKey(ownKey(entry.pattern), entry.pattern.port);
    // The first is all that is asked for, and the second where the first asks about itself.
    const known = byKey.get(key);
    if (!known) byKey.set(key, [entry]);
    else if (known.length < 2) known.push(entry);
  }
  return (inner, except) => {
    const ports = inner.port === undefined ? [undefined] : [undefined, inner.port];
    for (const key of hostKeys(inner))
      for (const port of ports) {
        const found = byKey.get(portKey(key, port))?.find((entry) => entry !== except);
        if (found) return found;
      }
    return undefined;
  };
}

function portKey(key: string, port: number | undefined): string {
  return port === undefined ? key : `${key} ${port}`;
}

function ownKey({ host }: HostPattern): string {
  if (host.kind === 'any') return '*';
  return host.kind === 'exact' ? host.host : '*.' + host.of;
}

/** The keys of patterns that cover this one, the closest first. Addresses have no parents, but `*.1` is no pattern either. */
function hostKeys({ host }: HostPattern): string[] {
  if (host.kind === 'any') return ['*'];
  const name = host.kind === 'exact' ? host.host : host.of;
  const keys = host.kind === 'exact' ? [name as string] : [`*.${name}`];
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) keys.push('*' + name.slice(dot));
  return [...keys, '*'];
}
