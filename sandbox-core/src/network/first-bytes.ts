import type { Socket } from 'node:net';

/** RFC 8446 §5.1: a handshake record, of TLS 1.0 to 1.3. */
const TLS_HANDSHAKE = 0x16;
const TLS_MAJOR = 0x03;
/** What an HTTP/1 request or an HTTP/2 preface begins with; a git client of its own protocol (gitprotocol-pack(5)); an SSH one (RFC 4253 §4.2). */
const HTTP_METHOD = /^[A-Z][A-Z-]{1,20} /;
const GIT_REQUEST = /^[0-9a-f]{4}git-/;
const SSH_VERSION = 'SSH-';
const START_BYTES = 24;

/** What a client speaks, going by its first bytes. */
export type ClientProtocol = 'tls' | 'http' | 'ssh' | 'git' | 'unknown';

export function protocolOf(start: Buffer): ClientProtocol {
  if (start[0] === TLS_HANDSHAKE && start[1] === TLS_MAJOR) return 'tls';
  const text = start.toString('latin1', 0, START_BYTES);
  if (HTTP_METHOD.test(text)) return 'http';
  if (text.startsWith(SSH_VERSION)) return 'ssh';
  return GIT_REQUEST.test(text) ? 'git' : 'unknown';
}

/**
 * What the client says first, left in place to be read: as much as tells what it is; less if it says no more in time.
 *
 * @param patience milliseconds, or a signal that ends the waiting
 */
export function firstBytes(client: Socket, patience: number | AbortSignal): Promise<Buffer> {
  return new Promise((resolve) => {
    let held: Buffer = Buffer.alloc(0);
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      client.off('readable', onReadable).off('end', finish).off('close', finish);
      if (held.length > 0 && !client.destroyed) client.unshift(held);
      resolve(held);
    };
    const onReadable = (): void => {
      for (let chunk = client.read() as Buffer | null; chunk !== null; chunk = client.read() as Buffer | null) held = Buffer.concat([held, chunk]); // no encoding is set
      if (held.length > 0 && !isUndecided(held)) finish();
    };
    const signal = typeof patience === 'number' ? undefined : patience;
    const timer = typeof patience === 'number' ? setTimeout(finish, patience) : undefined;
    signal?.addEventListener('abort', finish);
    client.on('readable', onReadable).once('end', finish).once('close', finish);
    if (signal?.aborted === true) finish();
  });
}

/** Whether more bytes could still make it a handshake or a request. */
function isUndecided(start: Buffer): boolean {
  if (start[0] === TLS_HANDSHAKE) return start.length < 2;
  const text = start.toString('latin1');
  return start.length < START_BYTES && (/^[A-Z][A-Z-]*$/.test(text) || /^[0-9a-f]{1,4}(g|gi|git)?$/.test(text));
}
