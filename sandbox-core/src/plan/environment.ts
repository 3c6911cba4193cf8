import type { AbsolutePath, Policy } from '../policy';

/**
 * Variables that would send the sandbox's traffic to a proxy it cannot reach, or past the one it has. The engine itself
 * reads the host's proxy settings for network.parentProxy.
 */
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'FTP_PROXY', 'NO_PROXY', 'RSYNC_PROXY', 'GRPC_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

/** Connections into the editor that started us: through them a command could open files, install extensions, ask for passwords. */
const EDITOR_VARIABLES = ['VSCODE_IPC_HOOK_CLI', 'VSCODE_IPC_HOOK', 'VSCODE_GIT_IPC_HANDLE', 'VSCODE_GIT_ASKPASS_NODE', 'VSCODE_GIT_ASKPASS_MAIN', 'VSCODE_GIT_ASKPASS_EXTRA_ARGS', 'GIT_ASKPASS', 'VSCODE_NONCE', 'ELECTRON_RUN_AS_NODE'];

/** environment.allow: what hardly a program works without. */
const BASIC_VARIABLES = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'COLORTERM', 'LANG', 'LC_*', 'TZ', 'PWD'];

/** environment.dropSecrets. */
const SECRET_VARIABLES = ['*TOKEN*', '*SECRET*', '*PASSWORD*', '*PASSWD*', '*PASSPHRASE*', '*CREDENTIAL*', '*API_KEY*', '*APIKEY*', '*ACCESS_KEY*', '*PRIVATE_KEY*', '*_PAT', '*_DSN'];

/** environment.dropInjection: each makes some program load or run code that the variable names. */
const INJECTION_VARIABLES = [
  'LD_*', 'DYLD_*', 'GCONV_PATH', 'NODE_OPTIONS', 'NODE_PATH', 'BASH_ENV', 'ENV', 'PROMPT_COMMAND', 'ZDOTDIR', 'BASH_FUNC_*',
  'PYTHONSTARTUP', 'PYTHONPATH', 'PYTHONHOME', 'PYTHONINSPECT', 'PERL5OPT', 'PERL5LIB', 'PERL5DB', 'RUBYOPT', 'RUBYLIB', 'LUA_INIT*',
  'JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'JDK_JAVA_OPTIONS', 'MAVEN_OPTS', 'GRADLE_OPTS', 'PHPRC', 'PHP_INI_SCAN_DIR', 'R_PROFILE*',
  'GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_EXTERNAL_DIFF', 'GIT_EDITOR', 'GIT_SEQUENCE_EDITOR', 'GIT_PAGER', 'GIT_PROXY_COMMAND', 'GIT_EXEC_PATH', 'GIT_TEMPLATE_DIR', 'GIT_CONFIG*',
  'RUSTC_WRAPPER', 'RUSTC_WORKSPACE_WRAPPER', 'CARGO_BUILD_RUSTC_WRAPPER', 'GOFLAGS', 'MAKEFLAGS', 'LESSOPEN', 'LESSCLOSE',
]; // prettier-ignore
/** Inside /dev, which is the sandbox's own on every system: a file can appear there. */
export const TRUST_BUNDLE_PATH = '/dev/srt-ca-bundle.pem' as AbsolutePath; // a normalized constant

/** Where the stand-ins of brokered programs are, in /dev for the same reason: native/src/stand_in.h. */
export const STAND_IN_DIRECTORY = '/dev/srt-broker' as AbsolutePath; // a normalized constant

/** Where a session shows directories of its caller's own, whatever the policy hides of the place that they are in. */
export const SHOWN_DIRECTORY = '/dev/srt-shown' as AbsolutePath; // a normalized constant

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/** Variables by which programs are told of CA certificates: Node, OpenSSL, curl, Python's requests and pip, git, AWS, cargo, Deno, gcloud, Nix. */
const TRUST_VARIABLES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'PIP_CERT', 'GIT_SSL_CAINFO', 'AWS_CA_BUNDLE', 'CARGO_HTTP_CAINFO', 'DENO_CERT', 'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE', 'NIX_SSL_CERT_FILE'];

/**
 * The environment of the command: the caller's, without what leads out of the sandbox, with what the policy says.
 *
 * srt: SANDBOX_RUNTIME, TMPDIR, credentials.envVars (mode deny), the variables of network.tlsTerminate. Masked variables have
 * been masked in `caller`.
 */
export function planEnvironment(caller: Readonly<Record<string, string>>, policy: Policy, temporaryDirectory: string | undefined): Record<string, string> {
  return { ...passedVariables(caller, policy), ...ownVariables(caller, policy, temporaryDirectory) };
}

/** The caller's own, as they are. Only their names count. */
function passedVariables(caller: Readonly<Record<string, string>>, policy: Policy): Record<string, string> {
  const denied = (policy.credentials?.envVars ?? []).filter(({ mode }) => mode === 'deny').map(({ name }) => name);
  const dropped = new Set([...PROXY_VARIABLES, ...EDITOR_VARIABLES, ...denied]);
  const isPassed = passes(policy.environment ?? {});
  return Object.fromEntries(Object.entries(caller).filter(([name]) => !dropped.has(name) && isPassed(name)));
}

function ownVariables(caller: Readonly<Record<string, string>>, policy: Policy, temporaryDirectory: string | undefined): Record<string, string> {
  return {
    ...(policy.network.tlsTerminate && Object.fromEntries(TRUST_VARIABLES.map((name) => [name, TRUST_BUNDLE_PATH]))),
    SANDBOX_RUNTIME: '1',
    // The template's hooks may not be written, and without this `git init` would fail on them.
    ...(holdsGitHooks(policy) && { GIT_TEMPLATE_DIR: '' }),
    ...(temporaryDirectory !== undefined && { TMPDIR: temporaryDirectory }),
    ...(policy.broker && { PATH: `${STAND_IN_DIRECTORY}:${caller['PATH'] ?? DEFAULT_PATH}` }),
  };
}

/**
 * What of a plan's environment is not simply the caller's, by name: set by the plan, or made of the caller's value.
 */
export function changedVariables(planned: Readonly<Record<string, string>>, caller: Readonly<Record<string, string>>, policy: Policy): Record<string, string> {
  const own = ownVariables(caller, policy, '');
  const passed = passedVariables(caller, policy);
  return Object.fromEntries(Object.entries(planned).filter(([name, value]) => name in own || passed[name] !== value));
}

function holdsGitHooks({ filesystem }: Policy): boolean {
  return filesystem.disabled !== true && !(filesystem.liftProtections ?? []).includes('git-hooks');
}

function passes({ allow, deny = [], dropSecrets, dropInjection }: NonNullable<Policy['environment']>): (name: string) => boolean {
  const isAllowed = allow === undefined ? () => true : matcher([...BASIC_VARIABLES, ...allow]);
  const isDenied = matcher(deny);
  // Names are compared without their case: programs read http_proxy and npm_config__authToken too.
  const isSuspect = matcher([...(dropSecrets === true ? SECRET_VARIABLES : []), ...(dropInjection === true ? INJECTION_VARIABLES : [])]);
  const isMeant = matcher((allow ?? []).filter((name) => !name.includes('*')));
  return (name) => isAllowed(name) && !isDenied(name) && (!isSuspect(name) || isMeant(name));
}

function matcher(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map((pattern) => new RegExp(`^${pattern.split('*').map((part) => part.replaceAll(/[^\w]/g, '\\$&')).join('.*')}$`, 'is'));
  return (name) => expressions.some((expression) => expression.test(name));
}

/** srt: CLAUDE_CODE_TMPDIR, then CLAUDE_TMPDIR, then /tmp/claude. */
export function temporaryDirectory(caller: Readonly<Record<string, string>>): string {
  return caller['CLAUDE_CODE_TMPDIR'] || caller['CLAUDE_TMPDIR'] || '/tmp/claude';
}
