import type { Policy } from '../../policy';
import { planEnvironment } from '../environment';
import type { SeatbeltFacts } from './plan';

const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'GRPC_PROXY'];
const OWN_ADDRESSES = 'localhost,127.0.0.1,::1';

/** As on Linux, and with the proxy in it: a program that does not ask there reaches nothing. */
export function seatbeltEnvironment(policy: Policy, { environment, temporary, proxy }: SeatbeltFacts): Record<string, string> {
  const chosen = environment['CLAUDE_CODE_TMPDIR'] || environment['CLAUDE_TMPDIR'];
  const directory = policy.filesystem.disabled === true ? undefined : chosen || temporary;
  const url = `http://${proxy.user}:${proxy.password}@localhost:${proxy.port}`;
  const proxies = PROXY_VARIABLES.flatMap((name) => [[name, url], [name.toLowerCase(), url]] as const);
  // Servers of its own are reached directly, where it may have some.
  const direct = policy.network.allowLocalBinding === true ? OWN_ADDRESSES : '';
  return {
    ...planEnvironment(environment, policy, directory),
    ...Object.fromEntries(proxies),
    NO_PROXY: direct,
    no_proxy: direct,
    // Node's own fetch and http follow the variables only if told to.
    NODE_USE_ENV_PROXY: '1',
    // git tries without credentials first, and gives up on a proxy that asks for them.
    GIT_CONFIG_PARAMETERS: [environment['GIT_CONFIG_PARAMETERS'], "'http.proxyAuthMethod=basic'"].filter(Boolean).join(' '),
  };
}
