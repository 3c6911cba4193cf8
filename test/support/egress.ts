import { createServer } from 'node:net';

import type { HostLookup, RequestFilter } from 'sandbox-core';
import { createVault, type CredentialVault } from 'sandbox-core/internal/credentials/vault';
import type { NetworkDenial } from 'sandbox-core/internal/network/destination';
import { createEgress, type Egress } from 'sandbox-core/internal/network/egress';
import { parentProxies } from 'sandbox-core/internal/network/parent-proxy';
import { createAuthority, type CertificateAuthority } from 'sandbox-core/internal/network/tls/authority';
import type { Policy } from 'sandbox-core/policy';

import { resolved } from './policies';
import { listen } from './raw-socket';
import type { Cleanup } from './temporary';

export interface TestEgress {
  readonly egress: Egress;
  /** A loopback port that answers like the proxy port in a sandbox. */
  readonly proxyPort: number;
  readonly vault: CredentialVault;
  readonly authority: CertificateAuthority | undefined;
  readonly denials: NetworkDenial[];
  /** `operation target rule`. */
  denied(): string[];
}

export interface TestEgressOptions {
  readonly policy: Policy;
  /** Every name leads to 127.0.0.1 unless given; a policy has to allow that address too. */
  readonly lookup?: HostLookup;
  readonly environment?: Readonly<Record<string, string>>;
  readonly trusted?: readonly string[];
  readonly filter?: RequestFilter;
}

/** The way out of a sandbox, without the sandbox: what enters by a loopback port is treated like what its listeners accept. */
export async function openEgress(context: Cleanup, options: TestEgressOptions): Promise<TestEgress> {
  const { policy, environment = {}, trusted = [], filter } = options;
  const denials: NetworkDenial[] = [];
  const vault = createVault({ policy, notice: () => undefined });
  const authority = policy.network.tlsTerminate && (await createAuthority());
  const resolvedPolicy = resolved(policy);
  const egress = createEgress({
    policy: () => resolvedPolicy,
    report: (denial) => denials.push(denial),
    lookup: options.lookup ?? (() => Promise.resolve([{ address: '127.0.0.1', family: 4 }])),
    parents: parentProxies(policy, environment),
    vault,
    authority,
    trusted,
    filter,
    ipv6: true,
  });
  const server = createServer({ allowHalfOpen: true });
  egress.serveProxy(server);
  context.after(() => egress.close());
  const proxyPort = await listen(server, context);
  const denied = (): string[] => denials.map(({ operation, target, decision: { rule } }) => `${operation} ${target} ${rule.kind === 'built-in' ? rule.name : rule.pointer}`);
  return { egress, proxyPort, vault, authority, denials, denied };
}
