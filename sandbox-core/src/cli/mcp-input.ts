import { PassThrough, type Readable } from 'node:stream';

import { deserializeMessage, INVALID_REQUEST, PARSE_ERROR } from '@modelcontextprotocol/server';

/** Below what the transport can hold: past that it would stop to read. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

/**
 * The messages of a client. A line that is none is answered with the error that JSON-RPC has for it; the transport would pass over it
 * without a word, and whoever sent it wait.
 */
export function clientMessages(input: Readable, answer: (line: string) => void): Readable {
  const messages = new PassThrough();
  let pending: Buffer[] = [];
  let length = 0;
  const take = (bytes: Buffer): void => {
    length += bytes.length;
    if (length > MAX_LINE_BYTES) pending = [];
    else pending.push(bytes);
  };
  const end = (): void => {
    const line = Buffer.concat(pending).toString('utf8').trim();
    const problem = length > MAX_LINE_BYTES ? jsonRpcError(INVALID_REQUEST, `Invalid Request: longer than ${MAX_LINE_BYTES} bytes`, null) : problemOf(line);
    [pending, length] = [[], 0];
    if (problem !== undefined) answer(problem);
    else if (line !== '') messages.write(`${line}\n`);
  };
  input.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, from)) {
      take(chunk.subarray(from, at));
      end();
      from = at + 1;
    }
    take(chunk.subarray(from));
  });
  input.once('end', () => messages.end());
  return messages;
}

function problemOf(line: string): string | undefined {
  if (line === '') return undefined;
  try {
    deserializeMessage(line);
    return undefined;
  } catch (error) {
    return error instanceof SyntaxError ? jsonRpcError(PARSE_ERROR, 'Parse error', null) : jsonRpcError(INVALID_REQUEST, 'Invalid Request', idOf(JSON.parse(line)));
  }
}

function idOf(message: unknown): string | number | null {
  const id = typeof message === 'object' && message !== null && 'id' in message ? message.id : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

function jsonRpcError(code: number, message: string, id: string | number | null): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } })}\n`;
}
