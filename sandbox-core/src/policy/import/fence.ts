import type { Policy } from '../policy.generated';
import { createDraft, objectAt, textsAt, type Conversion, type Dialect, type Draft, type JsonObject } from './dialect';

const OWN_KEYS = ['command', 'ssh', 'devices', 'macos', 'forceNewSession'];
const OWN_FILESYSTEM_KEYS = ['defaultDenyRead', 'strictDenyRead', 'allowExecute', 'wslInterop'];
const OWN_NETWORK_KEYS = ['allowLocalOutbound', 'allowLocalOutboundPorts', 'upstreamProxy', 'defaultAction'];

/** fence's fence.json: the lists of sandbox-runtime, and keys of its own. */
export const fence: Dialect = {
  name: 'fence',
  description: "fence's configuration",
  recognizes: (value) => hasAny(value, OWN_KEYS) || hasAny(objectAt(value, 'filesystem'), OWN_FILESYSTEM_KEYS) || hasAny(objectAt(value, 'network'), OWN_NETWORK_KEYS),
  convert,
};

function convert(value: JsonObject): Conversion {
  const draft = createDraft();
  const network = objectAt(value, 'network');
  const filesystem = objectAt(value, 'filesystem');
  draft.allowDomains(textsAt(network, 'allowedDomains'));
  draft.denyDomains(textsAt(network, 'deniedDomains'));
  noteLeftOut(draft, value, '', [...OWN_KEYS, 'extends']);
  noteLeftOut(draft, network, 'network.', OWN_NETWORK_KEYS);
  noteLeftOut(draft, filesystem, 'filesystem.', ['allowExecute', 'wslInterop']);
  const deniesReads = filesystem['defaultDenyRead'] === true || filesystem['strictDenyRead'] === true;
  if (deniesReads) draft.notes.push('defaultDenyRead became denyRead "/"; allow reading of the system paths that your commands need');
  const machLookup = textsAt(objectAt(objectAt(value, 'macos'), 'mach'), 'lookup');
  const sockets = textsAt(network, 'allowUnixSockets');
  const rest: Partial<Policy> = {
    ...(value['allowPty'] === true && { allowPty: true }),
    network: {
      allowedDomains: [],
      deniedDomains: [],
      ...(network['allowLocalBinding'] === true && { allowLocalBinding: true }),
      ...(network['allowAllUnixSockets'] === true && { allowAllUnixSockets: true }),
      ...(sockets.length > 0 && { allowUnixSockets: sockets }),
      ...(machLookup.length > 0 && { allowMachLookup: machLookup }),
    },
  };
  return draft.finish({ denyRead: [...(deniesReads ? ['/'] : []), ...textsAt(filesystem, 'denyRead')], allowRead: textsAt(filesystem, 'allowRead'), allowWrite: textsAt(filesystem, 'allowWrite'), denyWrite: textsAt(filesystem, 'denyWrite') }, rest);
}

function noteLeftOut({ notes }: Draft, block: JsonObject, prefix: string, keys: readonly string[]): void {
  for (const key of keys) if (Object.hasOwn(block, key)) notes.push(`${prefix}${key} was left out: the format has nothing like it`);
}

function hasAny(block: JsonObject, keys: readonly string[]): boolean {
  return keys.some((key) => Object.hasOwn(block, key));
}
