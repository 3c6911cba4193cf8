import { bubblewrapMissing, bubblewrapTooOld, helperMissing } from '../../errors';
import { isOlder, OLDEST_BUBBLEWRAP } from '../bubblewrap-version';
import type { Host } from '../host';
import { namespaceObstacle } from '../namespace-diagnosis';
import type { DoctorFacts, EngineFacts } from './facts';

/**
 * One fact about this machine. Only `fail` keeps commands from being sandboxed.
 *
 * @property check stable; match on it
 * @property remedy what to do, exactly; absent where there is nothing to do
 */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly found: string;
  readonly remedy?: string;
}

const OLDEST_NODE = '20.20.0';
/** seccomp notifications that are answered with a descriptor in one step, and pidfd_getfd. */
const OLDEST_KERNEL = '5.14.0';

/** What a session takes before anything is connected to, and what is enough for programs with connections. */
const FEWEST_FILES = 32;
const ENOUGH_FILES = 256;

/** https://github.com/containers/bubblewrap/security/advisories, and the changelog. */
const BUBBLEWRAP_CVES: readonly { readonly id: string; readonly fixedIn: string; readonly setuidOnly: boolean }[] = [
  { id: 'CVE-2017-5226', fixedIn: '0.1.5', setuidOnly: false },
  { id: 'CVE-2019-12439', fixedIn: '0.3.3', setuidOnly: false },
  { id: 'CVE-2020-5291', fixedIn: '0.4.1', setuidOnly: true },
];

/** One finding a fact, in the order in which they explain each other. */
export function checkHost(facts: DoctorFacts, host: Pick<Host, 'readText'>): Finding[] {
  const general = [checkPlatform(facts), checkNode(facts)];
  if (facts.platform !== 'linux') return general;
  // Without files nothing else could be looked at.
  if (checkOpenFiles(facts).status === 'fail') return [...general, checkOpenFiles(facts)];
  return [...general, checkKernel(facts), ...checkBubblewrap(facts), checkNamespaces(facts, host), ...checkProc(facts), checkNotifications(facts), checkSupervision(facts), ...checkHelper(facts), checkCgroup(facts), checkFuse(facts), checkSessions(facts), checkOpenFiles(facts)];
}

function checkPlatform({ platform, architecture }: DoctorFacts): Finding {
  if (platform === 'windows') return { check: 'platform', status: 'fail', found: 'Windows', remedy: 'Run srt inside WSL2, natively or with containers (docs/containers.md)' };
  if (platform !== 'linux') return { check: 'platform', status: 'fail', found: platform, remedy: 'Commands can be sandboxed on Linux only' };
  if (architecture === 'other') return { check: 'platform', status: 'fail', found: 'Linux on a processor that the system call filter does not know', remedy: 'Use x86-64 or arm64' };
  return { check: 'platform', status: 'ok', found: `Linux, ${architecture}` };
}

function checkNode({ node }: DoctorFacts): Finding {
  if (isOlder(node, OLDEST_NODE)) return { check: 'node', status: 'fail', found: node, remedy: `Install Node.js ${OLDEST_NODE} or newer` };
  return { check: 'node', status: 'ok', found: node };
}

function checkKernel({ kernel }: DoctorFacts): Finding {
  if (isOlder(kernel, OLDEST_KERNEL)) return { check: 'kernel', status: 'fail', found: kernel, remedy: `Use a kernel from ${OLDEST_KERNEL} on` };
  return { check: 'kernel', status: 'ok', found: kernel };
}

function checkBubblewrap({ bubblewrap }: DoctorFacts): Finding[] {
  if (!bubblewrap) return [{ check: 'bubblewrap', status: 'fail', found: 'not installed', remedy: bubblewrapMissing(['the system directories']).message }];
  const { path, version, isSetuid } = bubblewrap;
  if (version === '') return [{ check: 'bubblewrap', status: 'fail', found: `${path} does not tell its version`, remedy: bubblewrapMissing([path]).message }];
  if (isOlder(version, OLDEST_BUBBLEWRAP)) return [{ check: 'bubblewrap', status: 'fail', found: `${path} ${version}`, remedy: bubblewrapTooOld(version, OLDEST_BUBBLEWRAP).message }, checkCves(version, isSetuid)];
  if (isSetuid) return [{ check: 'bubblewrap', status: 'fail', found: `${path} ${version}, set-user-id`, remedy: `Take the bit away, user namespaces do its work: sudo chmod u-s ${path}` }, checkCves(version, isSetuid)];
  return [{ check: 'bubblewrap', status: 'ok', found: `${path} ${version}` }, checkCves(version, isSetuid)];
}

function checkCves(version: string, isSetuid: boolean): Finding {
  const open = BUBBLEWRAP_CVES.filter(({ fixedIn, setuidOnly }) => isOlder(version, fixedIn) && (isSetuid || !setuidOnly));
  if (open.length === 0) return { check: 'bubblewrap-cves', status: 'ok', found: 'none known for this version' };
  return { check: 'bubblewrap-cves', status: 'warn', found: open.map(({ id }) => id).join(', '), remedy: 'Update the bubblewrap package' };
}

function checkNamespaces({ bubblewrap }: DoctorFacts, host: Pick<Host, 'readText'>): Finding {
  if (!bubblewrap) return { check: 'namespaces', status: 'fail', found: 'not tried without bubblewrap', remedy: 'Install bubblewrap first' };
  if (bubblewrap.trial === '') return { check: 'namespaces', status: 'ok', found: 'bubblewrap can make them' };
  const obstacle = namespaceObstacle(host);
  return { check: 'namespaces', status: 'fail', found: obstacle?.detail ?? bubblewrap.trial, remedy: obstacle?.remedy ?? 'Find out what keeps bubblewrap from making user, mount, pid and network namespaces here (a container, a security module)' };
}

/** Where parts of /proc are covered, the kernel lets nobody mount one that shows them. */
function checkProc({ bubblewrap }: DoctorFacts): Finding[] {
  if (bubblewrap?.trial !== '') return [];
  if (bubblewrap.mountsProc) return [{ check: 'proc', status: 'ok', found: 'a sandbox can have its own' }];
  const remedy = 'Let the container mount /proc (Docker: --security-opt systempaths=unconfined, Podman: --security-opt unmask=ALL), or, if commands may see the processes around the sandbox, set enableWeakerNestedSandbox in the policy (docs/processes.md)';
  return [{ check: 'proc', status: 'fail', found: 'no new /proc can be mounted: parts of the one here are covered, as containers do', remedy }];
}

function checkNotifications({ seccompActions, helper }: DoctorFacts): Finding {
  if (helper?.supervision === 'supervised') return { check: 'seccomp-notify', status: 'fail', found: 'calls here are supervised by another sandbox already, and the kernel allows one supervisor', remedy: 'Run srt outside of that sandbox' };
  if (seccompActions?.split(' ').includes('user_notif') === true) return { check: 'seccomp-notify', status: 'ok', found: 'available' };
  return { check: 'seccomp-notify', status: 'fail', found: seccompActions === undefined ? 'no seccomp' : 'not available', remedy: 'Use a kernel with CONFIG_SECCOMP_FILTER, not under gVisor or another emulation' };
}

/** The supervisor reads the paths that its callers name (process_vm_readv, pidfd_getfd), with CAP_SYS_PTRACE in the sandbox. */
function checkSupervision({ ptraceScope }: DoctorFacts): Finding {
  const scope = Number(ptraceScope ?? 0);
  if (scope < 3) return { check: 'ptrace-scope', status: 'ok', found: ptraceScope === undefined ? 'not restricted' : `kernel.yama.ptrace_scope is ${scope}` };
  return { check: 'ptrace-scope', status: 'fail', found: `kernel.yama.ptrace_scope is ${scope}, so the supervisor cannot judge calls`, remedy: 'It stays until the next start; set kernel.yama.ptrace_scope to 2 or less in /etc/sysctl.d, and start again' };
}

function checkHelper({ helper, hasCompiler }: DoctorFacts): Finding[] {
  if (helper && helper.version !== '') return [{ check: 'helper', status: 'ok', found: `${helper.path} ${helper.version}` }];
  if (helper) return [{ check: 'helper', status: 'fail', found: `${helper.path} does not run`, remedy: 'Build it again: npm run build:helper' }];
  const compiler: Finding = hasCompiler ? { check: 'compiler', status: 'ok', found: 'cc' } : { check: 'compiler', status: 'fail', found: 'none', remedy: 'Install one (Debian, Ubuntu: apt install gcc libc6-dev; Fedora: dnf install gcc glibc-static)' };
  return [{ check: 'helper', status: 'fail', found: 'not built', remedy: helperMissing('its place beside srt').message }, compiler];
}

/** Without, limits still hold, but for `limits.processes` of root, which is then refused. */
function checkCgroup({ delegatedCgroup }: DoctorFacts): Finding {
  if (!delegatedCgroup) return { check: 'cgroup', status: 'ok', found: 'none delegated: limits.memoryMiB holds for each process by itself, limits.processes not for root' };
  const { directory, controllers } = delegatedCgroup;
  const missing = controllers.includes('memory') ? (controllers.includes('pids') ? '' : '; limits.processes not for root') : '; limits.memoryMiB holds for each process by itself';
  return { check: 'cgroup', status: 'ok', found: `${directory} is delegated for ${controllers.join(' and ')}: such limits hold for a command as a whole${missing}` };
}

function checkFuse({ hasFuse }: DoctorFacts): Finding {
  return { check: 'fuse', status: 'ok', found: hasFuse ? '/dev/fuse is there; sandboxes do not get it' : '/dev/fuse is not there, and not needed' };
}

function checkSessions({ sessions: { directory, obstacle } }: DoctorFacts): Finding {
  if (obstacle === undefined) return { check: 'sessions', status: 'ok', found: `can be made in ${directory}` };
  const end = obstacle.indexOf('. ');
  return { check: 'sessions', status: 'fail', found: obstacle.slice(0, end), remedy: obstacle.slice(end + 2) };
}

function checkOpenFiles({ openFiles }: DoctorFacts): Finding {
  if (openFiles === undefined || openFiles >= ENOUGH_FILES) return { check: 'open-files', status: 'ok', found: openFiles === undefined ? 'not limited' : `${openFiles} for each process` };
  return { check: 'open-files', status: openFiles >= FEWEST_FILES ? 'warn' : 'fail', found: `only ${openFiles} for each process`, remedy: 'Raise the limit: ulimit -n 1024' };
}

/** Never a failure: only policies that ask for it need one. */
export function checkContainers(engine: EngineFacts | undefined): Finding {
  if (!engine) return { check: 'containers', status: 'ok', found: 'no Podman or Docker, and none needed but for mode "container"' };
  const { kind, description, runtimes } = engine;
  if (typeof description === 'string') return { check: 'containers', status: 'warn', found: `${kind} does not answer: ${description}`, remedy: kind === 'docker' ? 'Start its daemon, or install Podman, which needs none' : 'Make `podman info` work; an ordinary user needs the package uidmap, and a line in /etc/subuid and /etc/subgid' };
  const { version, isRootless, limits } = description;
  const held = limits.controllers.length > 0 ? `can limit ${limits.controllers.join(', ')}` : 'can limit nothing';
  return { check: 'containers', status: 'ok', found: `${kind} ${version}, ${isRootless ? 'rootless' : 'of root'}; runtimes ${runtimes.join(', ') || 'unknown'}; ${held}` };
}
