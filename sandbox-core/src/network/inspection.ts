import type { CredentialVault } from '../credentials/vault';
import type { ResolvedPolicy } from '../policy';
import type { NetworkRecorder } from './activity';
import type { RequestJudge } from './destination';
import type { RequestFilter } from './http/filter';
import { createHttpFront } from './http/front';
import { createHttpHandler, type HttpHandler } from './http/handler';
import { createInjection } from './http/injection';
import { createUpstream } from './http/upstream';
import { createInspector, type Inspector } from './inspector';
import type { Join } from './join';
import type { Routes } from './route';
import type { CertificateAuthority } from './tls/authority';
import { createTlsDialer } from './tls/dial-tls';
import { createTlsTerminator } from './tls/terminate';

export interface InspectionOptions {
  readonly judge: RequestJudge;
  readonly policy: () => ResolvedPolicy;
  readonly routes: Routes;
  readonly join: Join;
  readonly recorder: NetworkRecorder;
  readonly vault: CredentialVault;
  readonly authority?: CertificateAuthority | undefined;
  readonly trusted: readonly string[];
  readonly filter?: RequestFilter | undefined;
}

/** Puts together what looks into connections: reading HTTP, terminating TLS, judging and sending on requests. */
export function createInspection(options: InspectionOptions): { readonly handler: HttpHandler; readonly inspector: Inspector; close(): void } {
  const { judge, policy, routes, join, recorder, vault, authority, trusted, filter } = options;
  const source = (): ResolvedPolicy['source'] => policy().source;
  const upstream = createUpstream({ routes, dialTls: createTlsDialer(routes.dial, trusted) });
  const handler = createHttpHandler({ judge, policy, upstream, record: recorder.add, injection: createInjection(vault, source), filter });
  const front = createHttpFront(handler);
  const terminator = authority && createTlsTerminator({ authority, front, policy: source });
  const inspector = createInspector({
    judge,
    policy,
    dial: routes.dial,
    join,
    front,
    terminator,
    readsEveryRequest: () => {
      const { network, credentials } = source();
      return filter !== undefined || network.requireHostMatch === true || (network.stripResponseHeaders?.length ?? 0) > 0 || credentials?.allowPlaintextInject === true;
    },
    hasHttpParent: (host) => routes.httpParent(host) !== undefined,
  });
  return {
    handler,
    inspector,
    close() {
      terminator?.close();
      front.close();
      upstream.close();
    },
  };
}
