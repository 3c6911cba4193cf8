import type { ResolvedPolicy } from '../../policy';
import type { ImageFacts } from '../../host/facts';

/** Of the caller's environment: what is about the user, not about the programs and places of the host. */
const CARRIED = /^(TERM|COLORTERM|LANG|LC_\w+|TZ|CLAUDE_CODE_TMPDIR|CLAUDE_TMPDIR)$/;
const DEFAULTS = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp' };

/** The image's variables, and what the policy names of the caller's. */
export function callerEnvironment(caller: Readonly<Record<string, string>>, { environment }: ImageFacts, { source }: ResolvedPolicy): Record<string, string> {
  const named = new Set([...(source.environment?.allow ?? []), ...(source.credentials?.envVars ?? []).map(({ name }) => name)]);
  const carried = Object.entries(caller).filter(([name]) => CARRIED.test(name) || named.has(name));
  return { ...DEFAULTS, ...environment, ...Object.fromEntries(carried) };
}
