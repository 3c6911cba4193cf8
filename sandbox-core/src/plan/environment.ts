import type { AbsolutePath, Policy } from '../policy';

/**
 * Variables that would send the sandbox's traffic to a proxy it cannot reach, or past the one it has. The engine itself
 * reads the host's proxy settings for network.parentProxy.
 */
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'FTP_PROXY', 'NO_PROXY', 'RSYNC_PROXY', 'GRPC_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

/** Connections into the editor that started us: through them a command could open files, install extensions, ask for passwords. */
const EDITOR_VARIABLES = ['VSCODE_IPC_HOOK_CLI', 'VSCODE_IPC_HOOK', 'VSCODE_GIT_IPC_HANDLE', 'VSCODE_GIT_ASKPASS_NODE', 'VSCODE_GIT_ASKPASS_MAIN', 'VSCODE_GIT_ASKPASS_EXTRA_ARGS', 'GIT_ASKPASS', 'VSCODE_NONCE', 'ELECTRON_RUN_AS_NODE'];

/** Inside /dev, which is the sandbox's own on every system: a file can appear there. */
export const TRUST_BUNDLE_PATH = '/dev/srt-ca-bundle.pem' as AbsolutePath; // a normalized constant

/** Variables by which programs are told of CA certificates: Node, OpenSSL, curl, Python's requests and pip, git, AWS, cargo, Deno, gcloud, Nix. */
const TRUST_VARIABLES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'PIP_CERT', 'GIT_SSL_CAINFO', 'AWS_CA_BUNDLE', 'CARGO_HTTP_CAINFO', 'DENO_CERT', 'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE', 'NIX_SSL_CERT_FILE'];

/**
 * The environment of the command: the caller's, without what leads out of the sandbox, with what the policy says.
 *
 * srt: SANDBOX_RUNTIME, TMPDIR, credentials.envVars (mode deny), the variables of network.tlsTerminate. Masked variables have
 * been masked in `caller`.
 */
export function planEnvironment(caller: Readonly<Record<string, string>>, policy: Policy, temporaryDirectory: string | undefined): Record<string, string> {
  const denied = (policy.credentials?.envVars ?? []).filter(({ mode }) => mode === 'deny').map(({ name }) => name);
  const dropped = new Set([...PROXY_VARIABLES, ...EDITOR_VARIABLES, ...denied]);
  const kept = Object.entries(caller).filter(([name]) => !dropped.has(name));
  return {
    ...Object.fromEntries(kept),
    ...(policy.network.tlsTerminate && Object.fromEntries(TRUST_VARIABLES.map((name) => [name, TRUST_BUNDLE_PATH]))),
    SANDBOX_RUNTIME: '1',
    // The template's hooks may not be written, and without this `git init` would fail on them.
    ...(holdsGitHooks(policy) && { GIT_TEMPLATE_DIR: '' }),
    ...(temporaryDirectory !== undefined && { TMPDIR: temporaryDirectory }),
  };
}

function holdsGitHooks({ filesystem }: Policy): boolean {
  return filesystem.disabled !== true && !(filesystem.liftProtections ?? []).includes('git-hooks');
}

/** srt: CLAUDE_CODE_TMPDIR, then CLAUDE_TMPDIR, then /tmp/claude. */
export function temporaryDirectory(caller: Readonly<Record<string, string>>): string {
  return caller['CLAUDE_CODE_TMPDIR'] || caller['CLAUDE_TMPDIR'] || '/tmp/claude';
}
