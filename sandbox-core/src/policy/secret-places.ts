const KEYS = ['.ssh', '.gnupg', '.local/share/gnupg', '.pki', '.password-store', '.local/share/keyrings', '.local/share/kwalletd', '.config/keepassxc', '.config/op', '.config/1Password', '.config/Bitwarden', '.config/sops', 'Library/Keychains'];
const CLOUDS = ['.aws', '.azure', '.config/gcloud', '.kube', '.docker', '.config/rclone', '.config/doctl', '.config/hcloud', '.oci', '.fly', '.terraform.d/credentials.tfrc.json', '.vault-token'];
const ACCOUNTS = ['.netrc', '.git-credentials', '.config/gh', '.config/hub', '.config/glab-cli', '.pypirc', '.cargo/credentials.toml', '.gem/credentials', '.composer/auth.json', '.pgpass', '.my.cnf'];
/** Profiles of browsers and mail programs: cookies and passwords. */
const BROWSERS = ['.mozilla', '.thunderbird', '.config/google-chrome', '.config/chromium', '.config/BraveSoftware', '.config/microsoft-edge', '.config/vivaldi', '.config/opera', 'snap/firefox', 'snap/chromium', 'snap/thunderbird', '.var/app/org.mozilla.firefox', '.var/app/org.mozilla.Thunderbird', '.var/app/com.google.Chrome', '.var/app/org.chromium.Chromium', ...['Google/Chrome', 'Chromium', 'BraveSoftware', 'Microsoft Edge', 'Vivaldi', 'Firefox'].map((name) => `Library/Application Support/${name}`), 'Library/Cookies', 'Library/Safari', 'Library/Mail'];
const WALLETS = ['.bitcoin', '.electrum', '.ethereum', '.monero'];

/** What was typed, passwords among it. Shells read their own whenever they start, so that no preset denies it. */
const HISTORIES = ['.bash_history', '.zsh_history', '.histfile', '.sh_history', '.ash_history', '.local/share/fish/fish_history', '.python_history', '.node_repl_history', '.psql_history', '.mysql_history', '.mariadb_history', '.sqlite_history', '.rediscli_history', '.dbshell', '.irb_history'];

/** Where tools keep what opens other doors: the presets deny reading it, and no proposal ever opens it. */
export const SECRET_PLACES: readonly string[] = [...KEYS, ...CLOUDS, ...ACCOUNTS, ...BROWSERS, ...WALLETS].map((place) => `~/${place}`);

/** No proposal opens any of these. */
export const UNPROPOSED_PLACES: readonly string[] = [...SECRET_PLACES, ...HISTORIES.map((place) => `~/${place}`)];

const ENDINGS = UNPROPOSED_PLACES.map((place) => place.slice('~'.length));

/** Whether it has the name of such a place, in whosever home directory. */
export function isNamedLikeSecret(path: string): boolean {
  return ENDINGS.some((ending) => `${path}/`.includes(`${ending}/`));
}
