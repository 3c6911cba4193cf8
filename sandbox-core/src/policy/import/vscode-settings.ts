import { createDraft, isObject, objectAt, textsAt, type Conversion, type Dialect, type JsonObject } from './dialect';

const PREFIX = 'chat.agent.sandbox.';

/** The settings of VS Code's own agent sandbox, in settings.json: today's lists and those they replaced. */
export const vscodeSettings: Dialect = {
  name: 'vscode',
  description: "VS Code's chat.agent.sandbox settings",
  recognizes: (value) => Object.keys(value).some((key) => key.startsWith(PREFIX) || key === 'chat.agent.allowedNetworkDomains' || key === 'chat.agent.deniedNetworkDomains'),
  convert,
};

function convert(value: JsonObject): Conversion {
  const draft = createDraft();
  const setting = (name: string): string => PREFIX + name;
  draft.allowDomains([...textsAt(value, setting('network.allowedDomains')), ...textsAt(value, 'chat.agent.allowedNetworkDomains')]);
  draft.denyDomains([...textsAt(value, setting('network.deniedDomains')), ...textsAt(value, 'chat.agent.deniedNetworkDomains')]);
  if (value[setting('network.allowNetwork')] === true) draft.notes.push('network.allowNetwork cannot be said here: hosts are denied unless they are listed');
  const paths = objectAt(value, setting('fileSystem.userConfiguredPaths'));
  const platforms = ['linux', 'mac', 'windows'].map((name) => ({ name, lists: value[setting(`fileSystem.${name}`)] })).filter(({ lists }) => isObject(lists));
  const [first, ...others] = platforms;
  if (first && others.length > 0) draft.notes.push(`a policy holds for every platform: only fileSystem.${first.name} was taken over, not ${others.map(({ name }) => name).join(' and ')}`);
  const lists = isObject(first?.lists) ? first.lists : {};
  const denied = textsAt(paths, 'deniedPaths');
  return draft.finish({
    denyRead: [...textsAt(lists, 'denyRead'), ...denied],
    allowRead: [...textsAt(lists, 'allowRead'), ...textsAt(paths, 'readonlyPaths')],
    allowWrite: ['.', ...textsAt(lists, 'allowWrite'), ...textsAt(paths, 'readwritePaths')],
    denyWrite: [...textsAt(lists, 'denyWrite'), ...denied, ...textsAt(paths, 'readonlyPaths')],
  });
}
