import { createHash, createHmac } from 'node:crypto';

import type { AwsCredential } from '../../credentials/aws-credentials';
import type { RequestHead } from './head';

/** How a request says who signed it (AWS Signature Version 4). */
export interface AwsSignature {
  readonly kind: 'header' | 'presigned' | 'sigv4a';
  readonly accessKeyId: string;
  /** `date/region/service/aws4_request`; sigv4a has no region. */
  readonly scope: readonly string[];
  readonly signedHeaders: readonly string[];
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const HEADER = /^(AWS4-HMAC-SHA256|AWS4-ECDSA-P256-SHA256)\s+Credential=([^/,\s]+)\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=[0-9a-f]+$/i;

/** Undefined: not signed in this way. */
export function awsSignature({ target }: RequestHead, headers: Headers): AwsSignature | undefined {
  const [, algorithm, accessKeyId = '', scope = '', signed = ''] = HEADER.exec(String(headers['authorization'] ?? '')) ?? [];
  if (algorithm !== undefined) return { kind: /ecdsa/i.test(algorithm) ? 'sigv4a' : 'header', accessKeyId, scope: scope.split('/'), signedHeaders: signed.toLowerCase().split(';') };
  const query = new URLSearchParams(target.replace(/^[^?]*\??/, ''));
  const credential = query.get('X-Amz-Credential')?.split('/');
  if (!query.has('X-Amz-Algorithm') || !credential) return undefined;
  return { kind: /ecdsa/i.test(query.get('X-Amz-Algorithm') ?? '') ? 'sigv4a' : 'presigned', accessKeyId: credential[0] ?? '', scope: credential.slice(1), signedHeaders: [] };
}

/** An upload in chunks of which each is signed on top of the one before: only the whole could be signed again. */
export function isSignedInChunks(headers: Headers): boolean {
  return /^STREAMING-AWS4/i.test(String(headers['x-amz-content-sha256'] ?? ''));
}

/** Whether the head says what the body's hash is; otherwise the body has to be at hand for signing. */
export function namesItsHash(headers: Headers): boolean {
  return headers['x-amz-content-sha256'] !== undefined;
}

export interface ResignOptions {
  readonly head: RequestHead;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly signature: AwsSignature;
  readonly credential: AwsCredential;
  readonly host: string;
  /** Needed if the head does not name the hash. */
  readonly body: Buffer | undefined;
}

/** The headers with a signature made with the real key, over the same headers as before. */
export async function resign({ head, headers, signature, credential, host, body }: ResignOptions): Promise<Record<string, string>> {
  const [, region = '', service = ''] = signature.scope;
  const { SignatureV4 } = await import('@smithy/signature-v4'); // for few requests of few sessions
  const signer = new SignatureV4({
    service,
    region,
    credentials: {
      accessKeyId: credential.accessKeyId.secret,
      secretAccessKey: credential.secretAccessKey,
      ...(headers['x-amz-security-token'] !== undefined && credential.sessionToken !== undefined && { sessionToken: credential.sessionToken }),
    },
    sha256: NodeSha256,
    uriEscapePath: service !== 's3',
    applyChecksum: false,
  });
  const [path = '/', query = ''] = head.target.split(/\?(.*)/s);
  const flat = Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined || name.startsWith(':') ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]])));
  const signed = await signer.sign(
    { method: head.method, protocol: 'https:', hostname: host, path, query: parseQuery(query), headers: { ...flat, host }, ...(body && { body }) },
    { signingDate: signingDate(flat), signableHeaders: new Set(signature.signedHeaders), unsignableHeaders: new Set(Object.keys(flat).filter((name) => !signature.signedHeaders.includes(name))) },
  );
  return signed.headers;
}

function signingDate(headers: Readonly<Record<string, string>>): Date {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(headers['x-amz-date'] ?? '') ?? [];
  const date = year === undefined ? new Date(headers['date'] ?? Number.NaN) : new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? new Date() : date;
}

function parseQuery(query: string): Record<string, string | string[]> {
  const parsed: Record<string, string[]> = {};
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s).map(unescaped);
    (parsed[name] ??= []).push(value);
  }
  return parsed;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What the signer takes for its hash: SHA-256, or with a secret its HMAC. */
export class NodeSha256 {
  private readonly hash: { update(data: Buffer): unknown; digest(): Buffer };

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
