import { readFileSync, writeFileSync } from 'node:fs';

import { PolicyRefusedError } from '../errors';
import type { TrustFacts } from '../host/facts';
import type { Host } from '../host/host';
import { readTrustStore } from '../host/trust-store';
import { createAuthority, UnusableAuthorityError, type CertificateAuthority } from '../network/tls/authority';
import { absolutePath, describePointer, expandPath, toPointer, type AbsolutePath, type PathContext, type Policy } from '../policy';

export interface TlsTermination {
  /** Certificates that servers are verified with. */
  readonly trusted: readonly string[];
  /** Only if the policy terminates TLS. */
  readonly authority?: CertificateAuthority;
  readonly trust?: TrustFacts;
}

export interface TlsTerminationOptions {
  readonly policy: Policy;
  readonly host: Host;
  readonly context: PathContext;
  readonly sessionDirectory: AbsolutePath;
  readonly notice: (text: string) => void;
}

/** srt: network.tlsTerminate. Makes the session's CA and the bundle that programs in the sandbox are to trust. */
export async function prepareTlsTermination({ policy, host, context, sessionDirectory, notice }: TlsTerminationOptions): Promise<TlsTermination> {
  const { tlsTerminate } = policy.network;
  const extra = [...(tlsTerminate?.extraCaCertPaths ?? []).map((path) => expandPath(path, context)), ...[host.environment['NODE_EXTRA_CA_CERTS']].filter((path) => path !== undefined && path !== '')] as string[]; // what is undefined has been left out
  if (!tlsTerminate) return { trusted: [] };
  const store = readTrustStore({ extra, notice });
  const authority = await openAuthority(tlsTerminate, context);
  const bundle = absolutePath(`${sessionDirectory}/ca-bundle.pem`);
  writeFileSync(bundle, [authority.certificate, ...store.certificates].map((pem) => pem.trim() + '\n').join(''), { mode: 0o444 });
  return { trusted: store.certificates, authority, trust: { bundle, systemBundles: store.systemBundles } };
}

type TlsTerminate = NonNullable<Policy['network']['tlsTerminate']>;

async function openAuthority({ caCertPath, caKeyPath }: TlsTerminate, context: PathContext): Promise<CertificateAuthority> {
  if (caCertPath === undefined || caKeyPath === undefined) return createAuthority();
  const pointer = toPointer(['network', 'tlsTerminate', 'caCertPath']);
  try {
    return await createAuthority({ certificate: readFileSync(expandPath(caCertPath, context), 'utf8'), key: readFileSync(expandPath(caKeyPath, context), 'utf8') });
  } catch (error) {
    const why = error instanceof UnusableAuthorityError ? error.message : 'the files cannot be read';
    throw new PolicyRefusedError([{ code: 'ca-unusable', pointer, message: `${describePointer(pointer)}: ${why}` }]);
  }
}
