import { namespacesForbidden, startFailed, type SandboxError } from '../errors';
import type { Host } from './host';

/** What bubblewrap prints when the kernel refuses it a namespace or rights in one. */
const REFUSED_NAMESPACE = /No permissions to create|setting up uid map|Creating new namespace failed|RTM_NEWADDR|namespaces|Operation not permitted|setns/i;

/** Why a sandbox could not be set up, and what to change: bubblewrap's own words name neither. */
export function explainStartFailure(error: SandboxError, host: Pick<Host, 'readText'>): SandboxError {
  if (!REFUSED_NAMESPACE.test(error.message)) return error;
  const cause = namespaceObstacle(host);
  return cause ? namespacesForbidden(cause.detail, cause.remedy, error) : startFailed(error.message, error);
}

/** @property detail what keeps bubblewrap from making namespaces */
export interface NamespaceObstacle {
  readonly detail: string;
  readonly remedy: string;
}

/** The likely obstacle on a host where bubblewrap could not make namespaces. */
export function namespaceObstacle(host: Pick<Host, 'readText'>): NamespaceObstacle | undefined {
  const cause = SYSCTLS.find(({ path, forbids }) => host.readText(path) === forbids);
  if (cause) return cause;
  const isContainer = host.readText('/run/.containerenv') !== undefined || host.readText('/.dockerenv') !== undefined;
  return isContainer ? CONTAINER : undefined;
}

const CONTAINER: NamespaceObstacle = {
  detail: 'this is a container that may not make namespaces of its own',
  remedy: 'Start it with --security-opt seccomp=unconfined (Docker) or --security-opt label=disable (Podman), or run srt outside of it',
};

const SYSCTLS = [
  {
    path: '/proc/sys/kernel/unprivileged_userns_clone',
    forbids: '0',
    detail: 'kernel.unprivileged_userns_clone is 0',
    remedy: 'Set it: sudo sysctl -w kernel.unprivileged_userns_clone=1',
  },
  {
    path: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    forbids: '1',
    detail: 'AppArmor keeps user namespaces to programs with a profile (kernel.apparmor_restrict_unprivileged_userns is 1)',
    remedy: 'Install the profile for bubblewrap (Ubuntu: apt install apparmor-profiles, then enable /etc/apparmor.d/bwrap-userns-restrict), or: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  },
  {
    path: '/proc/sys/user/max_user_namespaces',
    forbids: '0',
    detail: 'user.max_user_namespaces is 0',
    remedy: 'Set it: sudo sysctl -w user.max_user_namespaces=10000',
  },
] as const;
