// Speed and memory, as ratios to something measured in the same run: npm run bench [decisions | language-server | launch | launch-rules | tunnel | network | session-host | flood | overhead]…; network/requests is one part of it
import { whyNoPeer } from '../test/peer/peer.mjs';
import { benchDecisions } from './decisions.mjs';
import { benchFlood } from './flood.mjs';
import { benchLanguageServer } from './language-server.mjs';
import { benchLaunch } from './launch.mjs';
import { benchLaunchRules } from './launch-rules.mjs';
import { benchNetwork } from './network.mjs';
import { benchOverhead } from './overhead.mjs';
import { benchSessionHost } from './session-host.mjs';
import { benchTunnel } from './tunnel.mjs';

const benchmarks = { decisions: benchDecisions, 'language-server': benchLanguageServer, launch: benchLaunch, 'launch-rules': benchLaunchRules, tunnel: benchTunnel, network: benchNetwork, 'session-host': benchSessionHost, flood: benchFlood, overhead: () => benchOverhead() };

const wanted = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(benchmarks);
const missing = whyNoPeer();
if (missing) {
  console.error(missing);
  process.exit(1);
}
for (const name of wanted) {
  const [benchmark, part] = name.split('/');
  if (!Object.hasOwn(benchmarks, benchmark)) throw new Error(`no benchmark "${name}"; there are ${Object.keys(benchmarks).join(', ')}`);
  await benchmarks[benchmark](part);
}
process.exit(0); // sandbox-runtime leaves timers behind
