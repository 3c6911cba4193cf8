import type { Socket } from 'node:net';

import { printable } from '../policy';
import { protocolOf } from './first-bytes';
import { sendRawAnswer, type Answer } from './http/answers';

/** RFC 8446 §6: a fatal alert, access_denied. All that TLS lets anybody say who is not the server. */
const TLS_ACCESS_DENIED = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x31]);
/** RFC 4253 §11.1: SSH_MSG_DISCONNECT with the reason SSH_DISCONNECT_HOST_NOT_ALLOWED_TO_CONNECT. */
const SSH_DISCONNECT = 1;
const SSH_HOST_NOT_ALLOWED = 1;
const SSH_BLOCK_BYTES = 8;
const SSH_MIN_PADDING = 4;
const MAX_TEXT = 500;

/**
 * Ends a connection that is refused, saying why where the client's protocol has words for it: programs show that, while a
 * reset looks like a network that is down, and is tried again.
 *
 * @param start what the client has said, still to be read
 */
export function refuseClient(client: Socket, start: Buffer, answer: Answer): void {
  const text = printable(answer.text, MAX_TEXT);
  client.resume(); // unread bytes would turn the end into a reset
  switch (protocolOf(start)) {
    case 'http':
      return sendRawAnswer(client, answer);
    case 'tls':
      return void client.end(TLS_ACCESS_DENIED);
    case 'ssh':
      return void client.end(Buffer.concat([Buffer.from('SSH-2.0-srt\r\n'), sshDisconnect(text)]));
    case 'git':
      return void client.end(packetLine(`ERR ${text}\n`));
    case 'unknown':
      return void client.resetAndDestroy();
  }
}

/** RFC 4253 §6: a packet before any key is agreed on. */
function sshDisconnect(text: string): Buffer {
  const payload = Buffer.concat([Buffer.from([SSH_DISCONNECT]), uint32(SSH_HOST_NOT_ALLOWED), sshString(text), sshString('')]);
  const padding = SSH_BLOCK_BYTES - ((5 + payload.length + SSH_MIN_PADDING) % SSH_BLOCK_BYTES) + SSH_MIN_PADDING;
  return Buffer.concat([uint32(1 + payload.length + padding), Buffer.from([padding]), payload, Buffer.alloc(padding)]);
}

function sshString(text: string): Buffer {
  return Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** gitprotocol-common(5): the length in four hexadecimal digits, which count themselves. */
function packetLine(text: string): Buffer {
  return Buffer.from((Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text);
}
