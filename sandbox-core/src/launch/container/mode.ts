import { containerUnconfigured } from '../../errors';
import { checkHost } from '../../host/doctor/checks';
import { gatherDoctorFacts } from '../../host/doctor/facts';
import type { Host } from '../../host/host';
import { locateEngine } from '../../host/locate';
import { engineRefusals } from '../../plan/container/refusals';
import { containerSettings } from '../../plan/container/settings';
import type { Policy } from '../../policy';

export type ChosenMode = 'native' | 'container';

/**
 * Where the policy's commands run on this machine. `auto` is the native sandbox unless the machine cannot have one and can have
 * the container: then that is said. If it can have neither, it is native all the same, which refuses and says what to do.
 */
export function chooseMode(policy: Policy, host: Host, notice: (text: string) => void): ChosenMode {
  const settings = containerSettings(policy);
  if (policy.mode === 'container') {
    if (!settings) throw containerUnconfigured();
    return 'container';
  }
  if (policy.mode !== 'auto' || !settings || host.platform !== 'linux') return 'native';
  const obstacle = checkHost(gatherDoctorFacts(host, policy.bwrapPath), host).find(({ status }) => status === 'fail');
  const engine = locateEngine(settings.values.engine);
  if (!obstacle || !engine || engineRefusals(settings, engine.kind, host).length > 0) return 'native';
  notice(`this machine has no native sandbox (${obstacle.check}: ${obstacle.found}); the command runs in a container of ${settings.values.image}`);
  return 'container';
}
