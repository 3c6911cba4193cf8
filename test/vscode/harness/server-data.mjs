/** The private folders of one server run: home, runtime sockets, user data, extensions, connection token. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Keeps the workbench quiet and its DOM readable. A test's own settings win. */
const CALM_SETTINGS = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'telemetry.telemetryLevel': 'off',
  // With a GPU renderer the terminal's text is pixels, not DOM.
  'terminal.integrated.gpuAcceleration': 'off',
  'update.mode': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** With trust on, workspaces open untrusted and say so in the status bar, not in a dialog that blocks the test. */
const TRUST_SETTINGS = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
};

/** Else the server asks the public gallery about every extension it has. */
const NO_GALLERY = '{}';

export function createServerData({ userSettings = {}, extensionsDir, workspaceTrust }) {
  // Short on purpose: paths of Unix sockets end at 107 bytes.
  const root = mkdtempSync(join(tmpdir(), 'vsc-'));
  const data = {
    root,
    home: join(root, 'home'),
    runtimeDir: join(root, 'run'),
    temporaryDir: join(root, 'tmp'),
    userDataDir: join(root, 'data'),
    extensionsDir: extensionsDir ?? join(root, 'extensions'),
    tokenFile: join(root, 'token'),
    token: randomBytes(16).toString('hex'),
  };
  for (const folder of [data.home, join(data.userDataDir, 'User'), data.extensionsDir, data.temporaryDir]) {
    mkdirSync(folder, { recursive: true });
  }
  mkdirSync(data.runtimeDir, { mode: 0o700 });
  writeFileSync(data.tokenFile, data.token, { mode: 0o600 });
  const settings = { ...CALM_SETTINGS, ...(workspaceTrust ? TRUST_SETTINGS : {}), ...userSettings };
  writeFileSync(join(data.userDataDir, 'User/settings.json'), JSON.stringify(settings, null, 2));
  return data;
}

/** The environment for the server: the caller's, without what ties it to the caller's editor, npm or home. */
export function serverEnvironment(data, extra = {}) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|XDG_|npm_|NODE_OPTIONS$|GIT_ASKPASS$)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    HOME: data.home,
    TMPDIR: data.temporaryDir,
    XDG_RUNTIME_DIR: data.runtimeDir,
    EXTENSIONS_GALLERY: NO_GALLERY,
    ...extra,
  };
}

/** Everything the extension hosts of this run have logged so far, less a table of all extensions it likes to print. */
export function readExtensionHostLogs({ userDataDir }) {
  const logs = join(userDataDir, 'logs');
  try {
    const files = readdirSync(logs, { recursive: true }).filter((name) => name.endsWith('remoteexthost.log'));
    const text = files.map((name) => readFileSync(join(logs, name), 'utf8')).join('\n');
    return text.replace(/^\tfile:.* -> .*\n/gm, '');
  } catch {
    return '';
  }
}
