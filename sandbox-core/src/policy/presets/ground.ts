import { preset } from './preset';

/** Where tools keep what opens other doors. */
const SECRETS = ['~/.ssh', '~/.gnupg', '~/.aws', '~/.azure', '~/.config/gcloud', '~/.kube', '~/.docker', '~/.netrc', '~/.git-credentials', '~/.config/gh', '~/.config/hub', '~/.pypirc', '~/.cargo/credentials.toml', '~/.vault-token'];

export const strict = preset('Reads everything but well-known secrets; writes nothing; no network.', {
  network: { strictAllowlist: true },
  filesystem: { denyRead: SECRETS },
});

export const workspace = preset('Reads everything but well-known secrets; writes the working directory; no network.', {
  extends: ['strict'],
  filesystem: { allowWrite: ['.'] },
});

export const offline = preset('No network, whatever else is allowed.', {
  network: { deniedDomains: ['*'], strictAllowlist: true },
});
