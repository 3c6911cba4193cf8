import { createPrivateKey, KeyObject, randomBytes, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

import { isAddress, type CanonicalHost } from '../../policy';
import type * as x509Library from './x509';

/** Hosts whose certificate is kept. */
const MAX_LEAVES = 256;
const DAY_MS = 24 * 60 * 60 * 1000;
/** A session is shorter; clocks inside and outside are the same. */
const CA_DAYS = 30;
const LEAF_DAYS = 14;
const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SHA256 = 'SHA-256';
/** RFC 5280 appendix A: no longer common name than this. */
const MAX_COMMON_NAME = 64;

/** Makes a certificate for every host that a program in the sandbox asks for. */
export interface CertificateAuthority {
  /** What the sandbox is to trust, PEM. */
  readonly certificate: string;
  /** What a server with this name shows. */
  contextFor(host: CanonicalHost): Promise<SecureContext>;
}

export interface AuthorityFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A CA certificate and key that cannot be used; the message says which and why. */
export class UnusableAuthorityError extends Error {
  override readonly name = 'UnusableAuthorityError';
}

type X509 = typeof x509Library;
type SigningKey = webcrypto.CryptoKey;

interface Issuer {
  readonly pem: string;
  readonly certificate: InstanceType<X509['X509Certificate']>;
  readonly key: SigningKey;
  readonly algorithm: webcrypto.EcdsaParams | { readonly name: string; readonly hash: string };
}

/** @param given an own CA; without, one is made that lives and dies in this process's memory */
export async function createAuthority(given?: AuthorityFiles): Promise<CertificateAuthority> {
  const x509 = await import('./x509.js');
  const issuer = given ? await loadIssuer(x509, given) : await makeIssuer(x509);
  // One key for all hosts: only this process has it, and making keys is what takes the time.
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  const leaves = new Map<CanonicalHost, Promise<SecureContext>>();
  const issue = async (host: CanonicalHost): Promise<SecureContext> => createSecureContext({ key, cert: `${await issueLeaf(x509, issuer, host, keys.publicKey)}\n${issuer.pem}`, minVersion: 'TLSv1.2' });
  return {
    certificate: issuer.pem,
    contextFor(host) {
      const leaf = leaves.get(host) ?? issue(host);
      leaves.delete(host);
      leaves.set(host, leaf); // the last used one is the last
      if (leaves.size > MAX_LEAVES) leaves.delete(leaves.keys().next().value ?? host);
      return leaf;
    },
  };
}

async function makeIssuer(x509: X509): Promise<Issuer> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const algorithm = { ...P256, hash: SHA256 };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=srt session CA ${randomBytes(4).toString('hex')}`,
    ...validity(CA_DAYS),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { pem: certificate.toString('pem'), certificate, key: keys.privateKey, algorithm };
}

async function loadIssuer(x509: X509, { certificate: pem, key: keyPem }: AuthorityFiles): Promise<Issuer> {
  const { certificate, key } = parsePair(pem, keyPem);
  if (!certificate.ca) throw new UnusableAuthorityError('the certificate is none of a CA (basicConstraints CA:TRUE is missing)');
  if (!certificate.checkPrivateKey(key)) throw new UnusableAuthorityError('the key does not belong to the certificate');
  const algorithm = key.asymmetricKeyType === 'rsa' ? { name: 'RSASSA-PKCS1-v1_5', hash: SHA256 } : { ...P256, hash: SHA256 };
  if (key.asymmetricKeyType !== 'rsa' && key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new UnusableAuthorityError('the key has to be an RSA or a P-256 key');
  const imported = await webcrypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), algorithm, false, ['sign']);
  return { pem: certificate.toString(), certificate: new x509.X509Certificate(certificate.raw), key: imported, algorithm };
}

function parsePair(pem: string, keyPem: string): { readonly certificate: NodeCertificate; readonly key: KeyObject } {
  try {
    return { certificate: new NodeCertificate(pem), key: createPrivateKey(keyPem) };
  } catch (error) {
    throw new UnusableAuthorityError('expected a certificate and a private key in PEM', { cause: error });
  }
}

async function issueLeaf(x509: X509, issuer: Issuer, host: CanonicalHost, publicKey: webcrypto.CryptoKey): Promise<string> {
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: host.length <= MAX_COMMON_NAME ? [{ CN: [host] }] : [],
    issuer: issuer.certificate.subject,
    ...validity(LEAF_DAYS),
    publicKey,
    signingKey: issuer.key,
    signingAlgorithm: issuer.algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: isAddress(host) ? 'ip' : 'dns', value: host }], host.length > MAX_COMMON_NAME),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey),
    ],
  });
  return leaf.toString('pem');
}

/** RFC 5280 §4.1.2.2: positive, at most 20 octets. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x01);
  return bytes.toString('hex');
}

function validity(days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + days * DAY_MS) };
}
