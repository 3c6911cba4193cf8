import { parseBrokerPattern } from '../broker/broker-pattern';
import { toPointer } from '../pointer';
import type { PolicyRule } from '../validate';

/** Run what their arguments or the files around them say, so no pattern of words holds them. */
const RUN_ANYTHING = new Set(['sh', 'bash', 'dash', 'zsh', 'fish', 'env', 'sudo', 'xargs', 'find', 'node', 'python', 'python3', 'perl', 'ruby', 'make', 'npm', 'npx', 'yarn', 'pnpm', 'cargo', 'docker', 'podman', 'ssh']);

/** Commands that run outside of the sandbox are worth a second look. */
export const brokerEntries: PolicyRule = {
  codes: ['broker-runs-code', 'broker-without-hosts'],
  check({ policy, problem }) {
    const { broker } = policy;
    if (!broker) return [];
    const granted = (['allow', 'ask'] as const).flatMap((list) => (broker[list] ?? []).flatMap((entry, index) => (entry ? [{ entry, pointer: toPointer(['broker', list, index]) }] : [])));
    const unsafe = granted.flatMap(({ entry, pointer }) => {
      const { program } = parseBrokerPattern(typeof entry === 'string' ? entry : (entry.command ?? ''));
      const inCaller = typeof entry !== 'string' && entry.directory === 'caller';
      if (program === 'git' && inCaller) return [problem('broker-runs-code', 'git obeys hooks and settings of the directory that it starts in, so the sandbox could have it run anything outside; leave "directory" out, and it gets the refs and objects alone', pointer)];
      return RUN_ANYTHING.has(program) ? [problem('broker-runs-code', `${program} runs what its arguments or the project's files say, so the sandbox could run anything outside; name a program of your own that does only what is wanted`, pointer)] : [];
    });
    const hosts = granted.length > 0 && (broker.hosts ?? []).length === 0 ? [problem('broker-without-hosts', 'brokered commands reach no host: name those that they need in broker.hosts', toPointer(['broker']))] : [];
    return [...unsafe, ...hosts];
  },
};
