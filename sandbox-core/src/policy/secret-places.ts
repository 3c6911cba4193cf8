/** Where tools keep what opens other doors: the presets deny reading it, and no proposal ever opens it. */
export const SECRET_PLACES: readonly string[] = ['~/.ssh', '~/.gnupg', '~/.aws', '~/.azure', '~/.config/gcloud', '~/.kube', '~/.docker', '~/.netrc', '~/.git-credentials', '~/.config/gh', '~/.config/hub', '~/.pypirc', '~/.cargo/credentials.toml', '~/.vault-token'];

const ENDINGS = SECRET_PLACES.map((place) => place.slice('~'.length));

/** Whether it has the name of such a place, in whosever home directory. */
export function isNamedLikeSecret(path: string): boolean {
  return ENDINGS.some((ending) => `${path}/`.includes(`${ending}/`));
}
