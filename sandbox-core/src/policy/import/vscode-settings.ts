import { createDraft, isObject, objectAt, textsAt, type Conversion, type Dialect, type Draft, type JsonObject } from './dialect';

const PREFIX = 'chat.agent.sandbox.';
/** What VS Code called it first. */
const OLDEST = 'chat.tools.terminal.sandbox.';

/** By what it says, the newest first: VS Code reads an older one where no newer one is set. */
const NAMES = {
  enabled: [`${PREFIX}enabled`, 'chat.agent.sandbox', `${OLDEST}enabled`],
  allowNetwork: [`${PREFIX}network.allowNetwork`],
  paths: [`${PREFIX}fileSystem.userConfiguredPaths`],
  linux: [`${PREFIX}fileSystem.linux`, 'chat.agent.sandboxFileSystem.linux', `${OLDEST}linuxFileSystem`],
  mac: [`${PREFIX}fileSystem.mac`, 'chat.agent.sandboxFileSystem.mac', `${OLDEST}macFileSystem`],
  windows: [`${PREFIX}fileSystem.windows`],
  allowed: [`${PREFIX}network.allowedDomains`, 'chat.agent.allowedNetworkDomains'],
  denied: [`${PREFIX}network.deniedDomains`, 'chat.agent.deniedNetworkDomains'],
  olderAllowed: [`${PREFIX}allowedNetworkDomains`, 'chat.agent.sandboxNetwork.allowedDomains'],
  olderDenied: [`${PREFIX}deniedNetworkDomains`, 'chat.agent.sandboxNetwork.deniedDomains'],
  network: [`${OLDEST}network`],
} as const;
const KNOWN = new Set<string>(Object.values(NAMES).flat());
const PREFIXES = [PREFIX, OLDEST, 'chat.agent.sandboxNetwork.', 'chat.agent.sandboxFileSystem.'];

/** The settings of VS Code's own agent sandbox, in settings.json: today's lists and those they replaced. */
export const vscodeSettings: Dialect = {
  name: 'vscode',
  description: "VS Code's chat.agent.sandbox settings, and those before (chat.tools.terminal.sandbox)",
  recognizes: (value) => Object.keys(value).some((key) => KNOWN.has(key) || isOfSandbox(key)),
  convert,
};

function isOfSandbox(key: string): boolean {
  return PREFIXES.some((prefix) => key.startsWith(prefix));
}

function convert(value: JsonObject): Conversion {
  const draft = createDraft();
  noteWhatIsNoList(value, draft);
  addDomains(value, draft);
  const paths = objectAt(value, NAMES.paths[0]);
  const platforms = (['linux', 'mac', 'windows'] as const).map((name) => ({ name, key: NAMES[name].find((key) => isObject(value[key])) })).filter(({ key }) => key !== undefined);
  const [first, ...others] = platforms;
  if (first && others.length > 0) draft.notes.push(`a policy holds for every platform: only fileSystem.${first.name} was taken over, not ${others.map(({ name }) => name).join(' and ')}`);
  const lists = objectAt(value, first?.key ?? '');
  // The oldest list is all that may be written; of the newer ones the workspace may be in any case.
  const workspace = first?.key?.startsWith(OLDEST) === true && Array.isArray(lists['allowWrite']) ? [] : ['.'];
  const denied = textsAt(paths, 'deniedPaths');
  return draft.finish({
    denyRead: [...textsAt(lists, 'denyRead'), ...denied],
    allowRead: [...textsAt(lists, 'allowRead'), ...textsAt(paths, 'readonlyPaths')],
    allowWrite: [...workspace, ...textsAt(lists, 'allowWrite'), ...textsAt(paths, 'readwritePaths')],
    denyWrite: [...textsAt(lists, 'denyWrite'), ...denied, ...textsAt(paths, 'readonlyPaths')],
  });
}

/** What an older setting allows counts where no newer one says anything; what any denies is denied. */
function addDomains(value: JsonObject, draft: Draft): void {
  const oldest = objectAt(value, NAMES.network[0]);
  const newest = NAMES.allowed.filter((key) => Object.hasOwn(value, key));
  const key = NAMES.olderAllowed.find((name) => Object.hasOwn(value, name));
  draft.allowDomains(newest.length > 0 ? newest.flatMap((name) => textsAt(value, name)) : key !== undefined ? textsAt(value, key) : textsAt(oldest, 'allowedDomains'));
  draft.denyDomains([...[...NAMES.denied, ...NAMES.olderDenied].flatMap((name) => textsAt(value, name)), ...textsAt(oldest, 'deniedDomains')]);
}

function noteWhatIsNoList(value: JsonObject, { notes }: Draft): void {
  const enabled = NAMES.enabled.find((key) => Object.hasOwn(value, key)) ?? '';
  if (value[NAMES.allowNetwork[0]] === true) notes.push('network.allowNetwork cannot be said here: hosts are denied unless they are listed');
  if (value[enabled] === 'allowNetwork') notes.push(`${enabled} "allowNetwork" cannot be said here: hosts are denied unless they are listed`);
  if (value[enabled] === false || value[enabled] === 'off') notes.push(`${enabled} switches the sandbox off there; here the policy holds`);
  if (objectAt(value, NAMES.network[0])['allowTrustedDomains'] === true) notes.push(`${NAMES.network[0]}.allowTrustedDomains was left out: list the domains that you trust`);
  for (const key of [...NAMES.network, ...NAMES.linux, ...NAMES.mac, ...NAMES.windows, ...NAMES.paths]) if (Object.hasOwn(value, key) && !isObject(value[key])) notes.push(`${key} was left out: it is no object with lists`);
  for (const key of Object.keys(value)) if (!KNOWN.has(key) && isOfSandbox(key)) notes.push(`${key} was left out: the format has nothing like it`);
}
