import type { ContainerFacts } from '../../host/facts';
import { HELPER_PATH, mountArguments, type EngineMount } from './mounts';
import type { ContainerSettings } from './settings';

/** Options that only Podman has. Docker does the first with `--read-only`; images that want the second are refused with it. */
const OF_PODMAN = ['--read-only-tmpfs=false', '--image-volume', 'ignore'];

/** It warns of the older spelling of an option, which older ones need. */
const QUIET_DOCKER = ['--log-level', 'error'];

/** docker-run(1) or podman-run(1), up to the image, whose pid 1 is `srt-helper`: it installs the filter, supervises and reports as it does under bubblewrap. */
export function engineArguments(mounts: readonly EngineMount[], { values }: ContainerSettings, { engine, network }: ContainerFacts, terminal: boolean): string[] {
  const { runtime, networkMode, autoRemove = true } = values;
  return [
    ...(engine === 'docker' ? QUIET_DOCKER : runtime === undefined ? [] : ['--runtime', runtime]),
    'run', '--interactive', '--pull', 'never',
    ...(runtime === undefined || engine === 'podman' ? [] : ['--runtime', runtime]),
    ...(terminal ? ['--tty'] : []),
    ...(autoRemove ? ['--rm'] : []),
    // For pid 1 alone, to read its callers: native/src/privileges.h. Its filter takes the place of the engine's.
    '--user', '0:0', '--cap-drop', 'ALL', '--cap-add', 'SYS_PTRACE', '--cap-add', 'SETPCAP',
    '--security-opt', 'no-new-privileges', '--security-opt', 'seccomp=unconfined', '--security-opt', 'label=disable',
    // Nothing of the image runs, is written, or is kept, but what the command does.
    '--read-only', '--no-healthcheck', '--log-driver', 'none', ...(engine === 'podman' ? OF_PODMAN : []),
    // Signals come through the channel.
    '--sig-proxy=false',
    '--network', networkMode === 'none' ? 'none' : network,
    ...limitArguments(values, engine),
    ...mounts.flatMap(mountArguments),
    '--workdir', '/',
    '--entrypoint', HELPER_PATH,
  ];
}

/** Of the whole container. Podman's configuration may say that containers get no cgroups, and would not hold them then. */
function limitArguments({ cpuLimit, memoryLimit, pidsLimit }: ContainerSettings['values'], engine: ContainerFacts['engine']): string[] {
  const limits = [
    ...(cpuLimit === undefined ? [] : ['--cpus', String(cpuLimit)]),
    // No swap on top, which would be as much again.
    ...(memoryLimit === undefined ? [] : ['--memory', memoryLimit, '--memory-swap', memoryLimit]),
    ...(pidsLimit === undefined ? [] : ['--pids-limit', String(pidsLimit)]),
  ];
  return limits.length > 0 && engine === 'podman' ? ['--cgroups', 'enabled', ...limits] : limits;
}
