import type { IncomingHttpHeaders } from 'node:http';
import { Readable, type Transform } from 'node:stream';

import type { MaskedSecret } from '../../credentials/placeholder';
import type { CredentialVault } from '../../credentials/vault';
import type { Policy } from '../../policy';
import type { Destination } from '../destination';
import type { Answer } from './answers';
import { hostHeader, type RequestHead } from './head';
import { createReplaceStream, latin1, replaceText, type Replacement } from './replace-stream';
import { awsSignature, isSignedInChunks, namesItsHash, resign, type AwsSignature } from './sigv4';

/** A body up to this size is taken whole, so that its new length can be told. */
const MAX_WHOLE_BODY_BYTES = 1024 * 1024;
/** srt: a body without a hash in its head has to be hashed for signing. */
const MAX_SIGNED_BODY_BYTES = 64 * 1024 * 1024;
/** A shorter secret would be found in answers where it is something else. */
const MIN_HIDDEN_LENGTH = 8;

export interface RequestToInject {
  readonly head: RequestHead;
  readonly destination: Destination;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

export interface InjectedRequest {
  readonly headers: IncomingHttpHeaders;
  /** Undefined: the request's own. */
  readonly body: Readable | undefined;
  /** A server may send back what it was sent: real values in an answer become placeholders again. */
  readonly hideInHeaders: (headers: Record<string, unknown>) => void;
  readonly hideInBody: (() => Transform) | undefined;
}

/** Puts real credentials in place of placeholders, in requests to the hosts they are for. */
export interface CredentialInjection {
  prepare(request: RequestToInject): Promise<InjectedRequest | Answer>;
}

export function createInjection(vault: CredentialVault, policy: () => Policy): CredentialInjection {
  return {
    async prepare(request) {
      const { head, destination } = request;
      const isOpen = head.scheme === 'http' && policy().credentials?.allowPlaintextInject !== true;
      const secrets = isOpen ? [] : vault.secrets.filter((secret) => secret.isFor(destination.host) && secret.isFor(head.authority.host));
      if (secrets.length === 0) return { headers: request.headers, body: undefined, hideInHeaders: () => undefined, hideInBody: undefined };
      const signature = awsSignature(head, request.headers);
      const credential = signature && vault.awsCredential(signature.accessKeyId);
      const hiding = hideFrom(secrets);
      if (signature && credential?.accessKeyId.isFor(destination.host) === true) return signAgain(request, signature, secrets, { vault, policy: policy() }, hiding);
      const headers = replaceInHeaders(request.headers, secrets);
      return { ...(await replaceInBody(request, headers, secrets)), ...hiding };
    },
  };
}

function hideFrom(secrets: readonly MaskedSecret[]): Pick<InjectedRequest, 'hideInHeaders' | 'hideInBody'> {
  const replacements = secrets.filter(({ secret }) => secret.length >= MIN_HIDDEN_LENGTH).map(({ secret, placeholder }): Replacement => ({ from: secret, to: placeholder }));
  if (replacements.length === 0) return { hideInHeaders: () => undefined, hideInBody: undefined };
  return {
    hideInHeaders: (headers) => {
      for (const [name, value] of Object.entries(headers)) headers[name] = Array.isArray(value) ? value.map((one) => replaceText(String(one), replacements)) : typeof value === 'string' ? replaceText(value, replacements) : value;
    },
    hideInBody: () => createReplaceStream(replacements),
  };
}

function replaceInHeaders(headers: IncomingHttpHeaders, secrets: readonly MaskedSecret[]): IncomingHttpHeaders {
  const replacements = secrets.map(({ secret, placeholder }): Replacement => ({ from: placeholder, to: latin1(secret) }));
  const replaced: IncomingHttpHeaders = { ...headers };
  let isChanged = false;
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || value === undefined) continue;
    const replace = (text: string): string => (name === 'authorization' ? replaceInAuthorization(text, secrets) : replaceText(text, replacements));
    replaced[name] = Array.isArray(value) ? value.map(replace) : replace(value);
    isChanged ||= String(replaced[name]) !== String(value);
  }
  // What a server sends back is looked through, and a compressed answer cannot be.
  return isChanged ? { ...replaced, 'accept-encoding': 'identity' } : replaced;
}

/** Basic credentials are encoded as one text (RFC 7617), so a placeholder in them only shows once decoded. */
function replaceInAuthorization(value: string, secrets: readonly MaskedSecret[]): string {
  const replacements = secrets.map(({ secret, placeholder }): Replacement => ({ from: placeholder, to: secret }));
  const [, scheme, encoded] = /^(Basic)\s+([A-Za-z0-9+/=]+)$/i.exec(value) ?? [];
  if (scheme === undefined || encoded === undefined) return replaceText(value, replacements.map(({ from, to }) => ({ from, to: latin1(to) })));
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const replaced = replaceText(decoded, replacements);
  return replaced === decoded ? value : `${scheme} ${Buffer.from(replaced, 'utf8').toString('base64')}`;
}

async function replaceInBody({ body }: RequestToInject, headers: IncomingHttpHeaders, secrets: readonly MaskedSecret[]): Promise<Pick<InjectedRequest, 'headers' | 'body'>> {
  const encoding = headers['content-encoding'];
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (length === 0 || (encoding !== undefined && encoding !== 'identity')) return { headers, body: undefined };
  const replacements = secrets.map(({ secret, placeholder }): Replacement => ({ from: placeholder, to: secret }));
  const stream = createReplaceStream(replacements);
  body.once('error', (error) => stream.destroy(error));
  if (length === undefined || replacements.every(({ from, to }) => Buffer.byteLength(from) === Buffer.byteLength(to))) return { headers, body: body.pipe(stream) };
  const unmeasured = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-length'));
  if (length > MAX_WHOLE_BODY_BYTES) return { headers: unmeasured, body: body.pipe(stream) };
  const whole = await readWhole(body.pipe(stream), Number.POSITIVE_INFINITY);
  return { headers: { ...headers, 'content-length': String(whole?.length ?? 0) }, body: Readable.from(whole ? [whole] : []) };
}

interface SigningContext {
  readonly vault: CredentialVault;
  readonly policy: Policy;
}

/**
 * A signature made with a placeholder is worth nothing, so the request is signed again with the real key. The body of a
 * signed request stays as it is: its hash is part of what the program signed.
 */
async function signAgain(request: RequestToInject, signature: AwsSignature, secrets: readonly MaskedSecret[], { vault, policy }: SigningContext, hiding: Pick<InjectedRequest, 'hideInHeaders' | 'hideInBody'>): Promise<InjectedRequest | Answer> {
  const { head } = request;
  const kind = signature.kind === 'header' ? (isSignedInChunks(request.headers) ? 'streaming' : undefined) : signature.kind;
  if (kind !== undefined) {
    if (policy.credentials?.sigv4?.[kind] === 'passthrough') return { headers: request.headers, body: undefined, ...hiding };
    return unsignable(SIGNING_REFUSALS[kind], `/credentials/sigv4/${kind}`);
  }
  const credential = vault.awsCredential(signature.accessKeyId);
  if (!credential) return unsignable('its key is not known', '/credentials/awsPairs');
  const body = namesItsHash(request.headers) ? undefined : await readWhole(request.body, MAX_SIGNED_BODY_BYTES);
  if (body === undefined && !namesItsHash(request.headers)) return unsignable('its body is larger than 64 MiB and its head does not name the hash', '/credentials/envVars');
  const headers = await resign({ head, headers: replaceInHeaders(request.headers, secrets), signature, credential, host: hostHeader(head), body });
  return { headers, body: body && Readable.from(body.length > 0 ? [body] : []), ...hiding };
}

const SIGNING_REFUSALS = {
  streaming: 'its body is signed chunk by chunk',
  presigned: 'its signature is in the URL',
  sigv4a: 'it is signed with SigV4A',
};

function unsignable(why: string, rule: string): Answer {
  return { status: 403, category: 'blocked-by-sandbox-runtime', text: `an AWS request made with a masked key cannot be signed again: ${why}`, rule };
}

/** Undefined: it is larger than that. */
async function readWhole(body: Readable, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
