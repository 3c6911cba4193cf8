import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';

import { absolutePath, type AbsolutePath } from '../policy';

/** Where systems keep the CA certificates that programs trust, in one file: Debian, Fedora, openSUSE, Alpine. */
const SYSTEM_BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/ca-bundle.pem', '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', '/etc/ssl/cert.pem'].map(absolutePath);
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

export interface TrustStore {
  /** CA certificates that this machine and the policy trust, PEM, each for itself. */
  readonly certificates: readonly string[];
  /** The system's own bundles that exist. */
  readonly systemBundles: readonly AbsolutePath[];
}

export interface TrustStoreOptions {
  /** Files to take certificates from besides: srt's extraCaCertPaths, and Node's own variable. */
  readonly extra: readonly string[];
  /** Told of files that cannot be read. */
  readonly notice: (text: string) => void;
}

/** Certificates as the programs of this machine trust them; Node's own list where there is no bundle. */
export function readTrustStore({ extra, notice }: TrustStoreOptions): TrustStore {
  const bundles = SYSTEM_BUNDLES.map((path) => ({ path, certificates: readCertificates(path) ?? [] })).filter(({ certificates }) => certificates.length > 0);
  const system = bundles[0]?.certificates ?? rootCertificates;
  const added = extra.flatMap((path) => {
    const found = readCertificates(path);
    if (found === undefined) notice(`no CA certificates are taken from ${path}: it cannot be read`);
    return found ?? [];
  });
  return { certificates: [...new Set([...system, ...added])], systemBundles: bundles.map(({ path }) => path) };
}

function readCertificates(path: string): string[] | undefined {
  try {
    return readFileSync(path, 'latin1').match(CERTIFICATE) ?? [];
  } catch {
    return undefined;
  }
}
