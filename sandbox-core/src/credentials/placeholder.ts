import { randomBytes, randomUUID } from 'node:crypto';

/** A part of a secret text and what stands for it inside the sandbox. */
export interface MaskedPart {
  readonly secret: string;
  readonly placeholder: string;
}

/** A secret that is put back in place of its placeholder on the way to certain hosts. */
export interface MaskedSecret extends MaskedPart {
  isFor(host: string): boolean;
}

/** Makes the placeholder of a secret; the same one each time it is asked. */
export type Mint = (secret: string, make: (secret: string) => string) => string;

/** As long as the secret, where that is long enough: programs may check the length of a token. */
export function makePlaceholder(secret: string): string {
  return `fake_value_${randomUUID()}`.padEnd(secret.length, 'x');
}

/** A token that programs can still take apart, with nothing of the secret one but its shape (RFC 7519). */
export interface MaskedToken {
  readonly token: string;
  readonly parts: readonly MaskedPart[];
}

type Claims = Readonly<Record<string, unknown>>;

/**
 * Undefined: not a JSON Web Token, or none of the claims is a text in it.
 *
 * @param claims those to hide; undefined hides every text
 */
export function maskToken(token: string, claims: readonly string[] | undefined, mint: Mint): MaskedToken | undefined {
  const [header, payload, signature, ...rest] = token.split('.');
  const decoded = decodeClaims(payload);
  if (decodeClaims(header) === undefined || decoded === undefined || signature === undefined || rest.length > 0) return undefined;
  const hidden = Object.entries(decoded).filter(([name, value]) => (claims === undefined ? typeof value === 'object' || typeof value === 'string' : claims.includes(name) && typeof value === 'string'));
  if (claims !== undefined && hidden.length === 0) return undefined;
  const parts = hidden.flatMap(([, secret]): MaskedPart[] => (typeof secret === 'string' && secret !== '' ? [{ secret, placeholder: mint(secret, makePlaceholder) }] : []));
  const replaced = Object.fromEntries(hidden.map(([name, value]) => [name, typeof value === 'string' ? (parts.find(({ secret }) => secret === value)?.placeholder ?? '') : null]));
  const fake = mint(token, () => [header, encodeClaims({ ...decoded, ...replaced }), randomBytes(32).toString('base64url')].join('.'));
  // Claims that stay readable are no secrets; of a token that is hidden as a whole only the token itself is put back.
  return { token: fake, parts: [{ secret: token, placeholder: fake }, ...(claims === undefined ? [] : parts)] };
}

function decodeClaims(part: string | undefined): Claims | undefined {
  if (part === undefined || !/^[A-Za-z0-9_-]+$/.test(part)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined; // just checked
  } catch {
    return undefined;
  }
}

function encodeClaims(claims: Claims): string {
  return Buffer.from(JSON.stringify(claims)).toString('base64url');
}
