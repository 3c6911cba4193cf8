import type { Refusal } from './plan/plan';

/**
 * Failures that callers are expected to meet. Match on `code`; the message says what was expected, what was found, and
 * what to do.
 */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';

  constructor(
    readonly code: SandboxErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export type SandboxErrorCode =
  | 'policy-file'
  | 'policy-refused'
  | 'bubblewrap-missing'
  | 'bubblewrap-too-old'
  | 'helper-missing'
  | 'namespaces-forbidden'
  | 'session-directory-unsafe'
  | 'sandbox-start-failed'
  | 'session-ended'
  | 'port-unavailable'
  | 'platform-unsupported'
  | 'unavailable-here'
  | 'container-engine-missing'
  | 'container-image-missing'
  | 'container-unconfigured'
  | 'usage'
  | 'policy-invalid'
  | 'access-denied'
  | 'file-failed'
  | 'aborted';

/** `refusals` keeps what cannot be enforced, each with its rule. */
export class PolicyRefusedError extends SandboxError {
  /** Whether only the command rules refuse: the policy itself can be enforced. */
  readonly isOfCommand: boolean;

  constructor(readonly refusals: readonly Refusal[]) {
    const isOfCommand = refusals.every(({ code }) => code === 'command-denied' || code === 'command-needs-consent');
    super('policy-refused', `${isOfCommand ? 'the policy does not allow this command' : 'the policy cannot be enforced here'}:\n${refusals.map(({ message }) => `  - ${message}`).join('\n')}`);
    this.isOfCommand = isOfCommand;
  }
}

export function bubblewrapMissing(searched: readonly string[]): SandboxError {
  return new SandboxError('bubblewrap-missing', `expected bubblewrap (bwrap), found none in ${searched.join(', ')}. Install it (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap), or name it in the policy's "bwrapPath"`);
}

export function bubblewrapTooOld(found: string, needed: string): SandboxError {
  return new SandboxError('bubblewrap-too-old', `expected bubblewrap ${needed} or newer, found ${found}. Update the bubblewrap package`);
}

export function helperMissing(path: string): SandboxError {
  return new SandboxError('helper-missing', `expected srt-helper at ${path}, found nothing there. It is built from source: npm run build:helper (needs a C compiler; Debian: apt install gcc libc6-dev)`);
}

export function namespacesForbidden(detail: string, remedy: string, cause?: unknown): SandboxError {
  return new SandboxError('namespaces-forbidden', `this system does not let bubblewrap make namespaces: ${detail}. ${remedy}`, { cause });
}

export function sessionDirectoryUnsafe(path: string, problem: string): SandboxError {
  return new SandboxError('session-directory-unsafe', `expected ${path} to be a directory of your own with mode 0700, but ${problem}. Somebody else may have made it: remove it, or set TMPDIR to a directory of your own`);
}

export function sessionDirectoryImpossible(path: string, code: string): SandboxError {
  return new SandboxError('session-directory-unsafe', `expected to make the directory ${path} for the sandbox's own files, but that failed (${code}). Set TMPDIR to a directory that you may write${code === 'ENOSPC' || code === 'EDQUOT' ? ', on a disk with room' : ''}`);
}

export function socketPathTooLong(path: string, limit: number): SandboxError {
  return new SandboxError('session-directory-unsafe', `expected a path of at most ${limit} bytes for the session's socket, which is as long as the system lets one be, got ${path}. Set TMPDIR to a directory with a shorter path`);
}

export function homeUnknown(): SandboxError {
  return new SandboxError('sandbox-start-failed', 'expected a home directory, but HOME names none and the user has no account. Set HOME to an absolute path');
}

export function workingDirectoryGone(): SandboxError {
  return new SandboxError('sandbox-start-failed', 'expected a working directory, but it has been removed. Change to one that is there');
}

/** What Node says of it names a program that has nothing to do with it. */
export function outOfFiles(code: string): SandboxError {
  const what = code === 'ENFILE' ? 'all files that this machine may have open are' : 'all files that this process may have open are';
  return new SandboxError('sandbox-start-failed', `expected to be able to open files, but ${what} (${code}). ${code === 'ENFILE' ? 'End other programs' : 'Raise the limit: ulimit -n 1024'}`);
}

export function startFailed(detail: string, cause?: unknown): SandboxError {
  return new SandboxError('sandbox-start-failed', `the sandbox did not start: ${detail}`, { cause });
}

export function protocolBroken(cause: unknown): SandboxError {
  return new SandboxError('session-ended', "the command was ended: expected the helper's protocol on its channel, got something else. Install sandbox-core again if the helper is of another version", { cause });
}

export function sessionEnded(): SandboxError {
  return new SandboxError('session-ended', 'the sandbox session has ended; start a new one');
}

export function sessionLost(): SandboxError {
  return new SandboxError('session-ended', 'the sandbox session has ended, and the command with it');
}

export function podEnded(detail: string): SandboxError {
  return new SandboxError('session-ended', `the sandbox session has ended, and its commands with it: ${detail}`);
}

export function platformUnsupported(platform: string): SandboxError {
  const remedy = platform === 'windows' ? 'Run srt inside WSL 2 (wsl --install), where it works as on Linux, also with the container backend (the policy key "container", srt --docker-image IMAGE)' : 'Run srt on Linux or macOS';
  return new SandboxError('platform-unsupported', `commands can be sandboxed on Linux and macOS, and this is ${platform}. ${remedy}`);
}

export function containerEngineMissing(wanted?: string): SandboxError {
  return new SandboxError('container-engine-missing', `expected ${wanted ?? 'Podman or Docker'}, to run the command in a container, found none in the system directories. Install it (Debian, Ubuntu: apt install podman uidmap; Fedora: dnf install podman), or use mode "native"`);
}

export function containerImageMissing(image: string, engine: string, found: string): SandboxError {
  return new SandboxError('container-image-missing', `expected the image ${image} on this machine, the engine says: ${found}. Get it with: ${engine} pull ${image}`);
}

export function containerUnconfigured(): SandboxError {
  return new SandboxError('container-unconfigured', 'mode "container" needs an image: add "container": { "image": "…" } to the policy, or use srt --docker-image IMAGE');
}

export function unavailableHere(detail: string): SandboxError {
  return new SandboxError('unavailable-here', detail);
}
