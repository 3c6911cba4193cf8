import { SandboxError } from '../errors';
import { printable } from '../policy';
import { AccessDeniedError } from './access';
import { checkedPath, usage } from './checked-request';
import type { AccessDecision, AccessRequest } from './evaluate';
import type { BytesResult, ExecuteOptions } from './execute';

/** @property kind of the entry itself: links are not followed */
export interface ListedFile {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
}

/**
 * Files as commands in the sandbox see them: masked credentials are masked, and /tmp is the sandbox's own. A small command in
 * the sandbox does it, so the kernel holds the policy whatever is changed on the disk meanwhile.
 *
 * Each rejects with an AccessDeniedError that has the rule, or a SandboxError with code `file-failed`.
 */
export interface SandboxFiles {
  /** @param options.maxBytes a larger file is an error; 64 MiB unless given */
  read(path: string, options?: { readonly maxBytes?: number }): Promise<Buffer>;
  /** Makes the file, or replaces what is in it. As in reading one, a pipe is an error: nobody knows when its other end is there. */
  write(path: string, content: string | Uint8Array, options?: { readonly append?: boolean }): Promise<void>;
  /** What is in a directory, by name; all of it, or an error. */
  list(path: string): Promise<ListedFile[]>;
  /** Removes a file, a link or an empty directory. */
  remove(path: string): Promise<void>;
}

type FileRequest = Extract<AccessRequest, { path: string }>;

const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Where systems have cat, rm and rmdir. */
const ENVIRONMENT = { PATH: '/usr/bin:/bin:/run/current-system/sw/bin', LC_ALL: 'C' };

/** Opening a pipe waits for its other end, and what a command put at the path after a look may be one. */
const OPEN_TIMEOUT_MS = 10_000;
const OPENED = 'opened';

/** Fixed texts for sh(1); the path is their first argument, so nothing in it is ever read as code. */
const opening = (redirection: string): string => `none() { echo 'It is a pipe' >&2; exit 1; }
[ ! -p "$1" ] || none
exec 3${redirection} "$1"
[ ! -p /proc/self/fd/3 ] || none
echo ${OPENED} >&2
`;
const READ = `${opening('<')}exec cat <&3`;
const WRITE = `${opening('>')}exec cat >&3`;
const APPEND = `${opening('>>')}exec cat >&3`;
const REMOVE = 'if [ -d "$1" ] && [ ! -L "$1" ]; then exec rmdir -- "$1"; else exec rm -f -- "$1"; fi';
const LIST = `cd -- "$1" || exit 1
[ -r . ] || { echo 'Permission denied' >&2; exit 1; }
for name in * .*; do
  if [ -L "$name" ]; then kind=link; elif [ -d "$name" ]; then kind=directory; elif [ -f "$name" ]; then kind=file; elif [ -e "$name" ]; then kind=other; else continue; fi
  printf '%s/%s\\0' "$kind" "$name"
done`;

export interface FileAccess {
  readonly evaluate: (request: AccessRequest) => Promise<AccessDecision>;
  /** Where a path leads in the sandbox. */
  readonly expand: (path: string) => string;
  readonly run: (words: readonly string[], options: ExecuteOptions) => Promise<BytesResult>;
}

export function createFiles(access: FileAccess): SandboxFiles {
  const run = async (script: string, request: FileRequest, options: ExecuteOptions = {}): Promise<BytesResult> => {
    const result = await access.run(['/bin/sh', '-c', script, 'sh', access.expand(checkedPath(request.path, `a path to ${request.kind}`))], { ...options, environment: ENVIRONMENT });
    if (result.code !== 0 && !result.truncated) throw await failure(request, result, access);
    return result;
  };
  const runOpening = async (script: string, request: FileRequest, options: ExecuteOptions): Promise<BytesResult> => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), OPEN_TIMEOUT_MS);
    return run(script, request, { ...options, signal: late.signal, onStderr: () => clearTimeout(timer) }).finally(() => clearTimeout(timer));
  };
  return {
    async read(path, { maxBytes = MAX_FILE_BYTES } = {}) {
      const { stdout, truncated } = await runOpening(READ, { kind: 'read', path }, { maxOutputBytes: maxBytes });
      if (truncated) throw new SandboxError('file-failed', `expected a file of at most ${maxBytes} bytes, and ${printable(path, 400)} has more; read it with another maxBytes`);
      return stdout;
    },
    async write(path, content, { append = false } = {}) {
      if (!isContent(content)) throw usage('the content as a string or bytes', content);
      await runOpening(append ? APPEND : WRITE, { kind: 'write', path }, { input: content });
    },
    async list(path) {
      const { stdout, truncated } = await run(LIST, { kind: 'list', path });
      if (truncated) throw new SandboxError('file-failed', `expected a directory whose list has at most 16 MiB, and that of ${printable(path, 400)} has more`);
      return stdout.toString('utf8').split('\0').slice(0, -1).flatMap(toListed).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async remove(path) {
      await run(REMOVE, { kind: 'delete', path });
    },
  };
}

function isContent(given: unknown): boolean {
  return typeof given === 'string' || given instanceof Uint8Array;
}

function toListed(line: string): ListedFile[] {
  const slash = line.indexOf('/');
  const name = line.slice(slash + 1);
  return name === '.' || name === '..' ? [] : [{ name, kind: line.slice(0, slash) as ListedFile['kind'] }]; // printed by LIST
}

async function failure(request: FileRequest, { ended, stderr, violations }: BytesResult, { evaluate }: FileAccess): Promise<SandboxError> {
  const [violation] = violations;
  if (violation) return new AccessDeniedError(request, { outcome: 'deny', rule: violation.rule, reason: violation.reason, overridden: [] });
  const decision = await evaluate(request);
  if (decision.outcome === 'deny') return new AccessDeniedError(request, decision);
  const [said = ''] = ended === 'abort' ? [`opening it took more than ${OPEN_TIMEOUT_MS / 1000} s`] : stderr.toString('utf8').split('\n').filter((line) => line !== '' && line !== OPENED).slice(-1).map((line) => line.replace(/^.*: /, ''));
  return new SandboxError('file-failed', `cannot ${request.kind} ${printable(request.path, 400)}: ${printable(said === '' ? 'the command for it failed' : said, 200)}`);
}
