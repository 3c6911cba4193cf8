import { createServer, type Server, type Socket } from 'node:net';
import { constants } from 'node:os';

import { SandboxError, socketPathTooLong } from '../errors';
import { absolutePath, type AbsolutePath } from '../policy';
import { encodeFrame, FrameReader, MAX_FRAME_BYTES, type Frame } from './frame';
import type { PreparedCommand } from './prepare-command';

/** As shells: found, but could not be run. */
const EXIT_REFUSED = 126;
/** `srt-helper run` asks at once; whoever connects and says nothing is let go. */
const REQUEST_TIMEOUT_MS = 10_000;

/** unix(7), without the NUL; libuv would cut off what is beyond, and listen elsewhere. */
const MAX_SOCKET_PATH = 107;

/** What `srt-helper run --session` asks for: a command, where it was typed, and the environment there. */
export interface AttachRequest {
  readonly argv: readonly string[];
  readonly directory: AbsolutePath;
  readonly environment: Readonly<Record<string, string>>;
  readonly terminal: 'inherit' | 'none';
  readonly task: string;
  /** That of the process that asks, and becomes bubblewrap. */
  readonly pid: number;
}

/**
 * @property prepare compiles the launch; throws a SandboxError to refuse it
 * @property attached takes over the connection, which is the channel to the command's pid 1 from then on
 * @property signal hands a signal to the command that the process with this id asked for; false: there is none
 */
export interface AttachHandler {
  prepare(request: AttachRequest): Promise<PreparedCommand>;
  attached(request: AttachRequest, prepared: PreparedCommand, channel: Socket): void;
  signal(pid: number, signal: NodeJS.Signals): boolean;
}

/**
 * Lets processes that somebody else starts (an editor's terminal, a shell) join a session, over a socket in the session's
 * private directory.
 */
export async function serveSession(path: AbsolutePath, handler: AttachHandler): Promise<Server> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) throw socketPathTooLong(path, MAX_SOCKET_PATH);
  const server = createServer((channel) => serveRequest(channel, handler));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return server;
}

function serveRequest(channel: Socket, handler: AttachHandler): void {
  const reader = new FrameReader(MAX_FRAME_BYTES);
  channel.setTimeout(REQUEST_TIMEOUT_MS, () => channel.destroy());
  channel.on('error', () => channel.destroy());
  channel.on('data', function onData(chunk: Buffer) {
    try {
      const [frame] = reader.push(chunk);
      if (!frame) return;
      channel.off('data', onData);
      channel.setTimeout(0);
      if (frame.type === 'signal') channel.end(encodeFrame(answerSignal(frame, handler) ? 'signalled' : 'unknown'));
      else void answerRequest(channel, parseRequest(frame), handler);
    } catch {
      channel.destroy(); // not the protocol
    }
  });
}

async function answerRequest(channel: Socket, request: AttachRequest, handler: AttachHandler): Promise<void> {
  try {
    const prepared = await handler.prepare(request);
    handler.attached(request, prepared, channel);
    channel.write(prepared.launch);
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    channel.end(encodeFrame('refused', EXIT_REFUSED, `srt: ${error.message}\n`));
  }
}

function answerSignal(frame: Frame, handler: AttachHandler): boolean {
  const name = Object.entries(constants.signals).find(([, number]) => number === frame.number(2))?.[0];
  return name !== undefined && handler.signal(frame.number(1), name as NodeJS.Signals); // a key of that table
}

/** Throws where the frame is not a request. */
function parseRequest(frame: Frame): AttachRequest {
  if (frame.type !== 'run') throw new RangeError('Expected a frame "run"');
  return {
    directory: absolutePath(frame.text(1)),
    argv: splitStrings(frame.text(2)),
    environment: Object.fromEntries(splitStrings(frame.text(3)).map(splitVariable)),
    terminal: frame.text(4) === 'tty' ? 'inherit' : 'none',
    task: frame.text(5),
    pid: frame.number(6),
  };
}

function splitStrings(joined: string): string[] {
  return joined.split('\0').slice(0, -1);
}

function splitVariable(text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  return equals === -1 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}
