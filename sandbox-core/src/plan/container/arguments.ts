import type { ContainerFacts } from '../../host/facts';
import { HELPER_PATH, mountArguments, type EngineMount } from './mounts';
import type { ContainerSettings } from './settings';

/** Descriptors that pid 1 gets beside the standard ones, from 3 on: the channel to Node, and its settings. */
const PASSED_DESCRIPTORS = '2';

/** podman-run(1), up to the words for `srt-helper`, which is pid 1 and installs the filter, supervises and reports as it does under bubblewrap. */
export function engineArguments(mounts: readonly EngineMount[], { values }: ContainerSettings, { image, network }: ContainerFacts): string[] {
  const { runtime, networkMode, cpuLimit, memoryLimit, autoRemove = true } = values;
  return [
    ...(runtime === undefined ? [] : ['--runtime', runtime]),
    'run', '--interactive', '--pull', 'never',
    ...(autoRemove ? ['--rm'] : []),
    '--preserve-fds', PASSED_DESCRIPTORS,
    // For pid 1 alone, to read its callers: native/src/privileges.h. Its filter takes the place of the engine's.
    '--user', '0:0', '--cap-drop', 'ALL', '--cap-add', 'SYS_PTRACE', '--cap-add', 'SETPCAP',
    '--security-opt', 'no-new-privileges', '--security-opt', 'seccomp=unconfined', '--security-opt', 'label=disable',
    // Nothing of the image runs, is written, or is kept, but what the command does.
    '--read-only', '--read-only-tmpfs=false', '--image-volume', 'ignore', '--no-healthcheck', '--log-driver', 'none',
    // Signals come through the channel.
    '--sig-proxy=false',
    '--network', networkMode === 'none' ? 'none' : `ns:${network}`,
    ...(cpuLimit === undefined ? [] : ['--cpus', String(cpuLimit)]),
    ...(memoryLimit === undefined ? [] : ['--memory', memoryLimit]),
    ...mounts.flatMap(mountArguments),
    '--workdir', '/',
    '--entrypoint', HELPER_PATH,
    image.id,
  ];
}
