import { createReadStream, fstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { SandboxError } from '../errors';
import type { Session } from '../launch/session';
import { MAX_POLICY_CHARACTERS, validatePolicy } from '../policy';
import type { Output } from './output';

/** Below are stdin, stdout and stderr. */
const LOWEST = 3;

/** The descriptor that --control-fd names. Throws a SandboxError unless it is open: nothing is run without the channel that was asked for. */
export function openControlFd(text: string): ControlFd {
  const fd = /^\d{1,6}$/.test(text) ? Number(text) : -1;
  if (fd < LOWEST) throw new SandboxError('usage', `expected --control-fd to be the number of an open descriptor, ${LOWEST} or higher, got "${text}"`);
  if (isOfThisProcess(fd)) throw new SandboxError('usage', `--control-fd ${fd} is not usable: no caller passed it, Node opened it for itself. Refusing to run the command without the control channel it asks for`);
  try {
    const found = fstatSync(fd);
    const stream = found.isFIFO() || found.isSocket() ? new Socket({ fd, readable: true, writable: false }) : createReadStream('', { fd });
    stream.on('error', () => undefined); // may come before anybody follows, who then looks at it
    return { fd, stream };
  } catch (error) {
    throw new SandboxError('usage', `--control-fd ${fd} is not usable: ${(error as NodeJS.ErrnoException).code ?? String(error)}. Refusing to run the command without the control channel it asks for`, { cause: error });
  }
}

/** What Node waits with, and pipes that this process would write to itself. As far as the system tells. */
function isOfThisProcess(fd: number): boolean {
  const own = behind(fd);
  if (own === undefined) return false;
  return own.startsWith('anon_inode:') || (own.startsWith('pipe:') && readdirSync('/proc/self/fd').some((other) => behind(other) === own && isWritable(other)));
}

function behind(descriptor: number | string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return undefined; // none, or not told here
  }
}

/** The flags of open(2), octal, of which the last two bits are the access mode: proc_pid_fdinfo(5). */
function isWritable(descriptor: string): boolean {
  const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? '0';
  return (Number.parseInt(flags, 8) & 3) !== 0;
}

export interface ControlFd {
  readonly fd: number;
  readonly stream: Readable;
}

/** Each line is a whole policy: what of it can change in a running session comes into force. @returns stops reading */
export function followControlFd({ fd, stream }: ControlFd, session: Session, output: Output): () => void {
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  let last: Promise<unknown> = Promise.resolve();
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    const policy = line.length > MAX_POLICY_CHARACTERS ? undefined : validatePolicy(line, { errorsOnly: true }).policy;
    if (!policy) return output.error(`Invalid config on control fd ${fd}: ignored, previous config still in force`);
    last = last.then(() => session.updatePolicy(policy)).catch((error: unknown) => output.error(`Config on control fd ${fd} ignored, previous config still in force: ${error instanceof Error ? error.message : String(error)}`));
  });
  const report = (error: Error): void => output.error(`Error reading control fd ${fd}: ${error.message}. The control channel is closed; no further updates will be applied.`);
  lines.on('error', report); // hands on the stream's
  if (stream.errored) report(stream.errored);
  return () => {
    lines.close();
    stream.destroy();
  };
}
