import { SECRET_PLACES } from '../secret-places';
import { preset } from './preset';

export const strict = preset('Reads everything but well-known secrets; writes nothing; no network.', {
  network: { strictAllowlist: true },
  filesystem: { denyRead: [...SECRET_PLACES] },
});

export const workspace = preset('Reads everything but well-known secrets; writes the working directory; no network.', {
  extends: ['strict'],
  filesystem: { allowWrite: ['.'] },
});

export const offline = preset('No network, whatever else is allowed.', {
  network: { deniedDomains: ['*'], strictAllowlist: true },
});
