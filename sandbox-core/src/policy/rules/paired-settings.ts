import { toPointer } from '../pointer';
import type { PolicyRule } from '../validate';

/** The widest range that srt's Windows firewall rule takes. */
const MAX_PORT_RANGE_WIDTH = 64;

/** Settings that only make sense together. */
export const pairedSettings: PolicyRule = {
  codes: ['ca-pair', 'port-range'],
  about: 'settings',
  check({ policy, problem }) {
    const { caCertPath, caKeyPath } = policy.network?.tlsTerminate ?? {};
    const problems = [];
    if ((caCertPath === undefined) !== (caKeyPath === undefined)) {
      const [given, missing] = caCertPath === undefined ? ['caKeyPath', 'caCertPath'] : ['caCertPath', 'caKeyPath'];
      problems.push(problem('ca-pair', `${given} needs ${missing} beside it`, toPointer(['network', 'tlsTerminate', given])));
    }
    const [low, high] = policy.windows?.proxyPortRange ?? [];
    const pointer = toPointer(['windows', 'proxyPortRange']);
    if (low !== undefined && high !== undefined && low > high) problems.push(problem('port-range', `the first port (${low}) is above the last (${high})`, pointer));
    else if (low !== undefined && high !== undefined && high - low > MAX_PORT_RANGE_WIDTH) problems.push(problem('port-range', `at most ${MAX_PORT_RANGE_WIDTH} ports apart, found ${high - low}`, pointer));
    return problems;
  },
};
