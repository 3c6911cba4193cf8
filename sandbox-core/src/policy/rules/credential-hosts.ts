import { HOST_ONLY, parseHostPattern, type HostPattern } from '../host-pattern';
import { printable } from '../parse';
import type { Problem } from '../problem';
import { toPointer, type PolicyPointer } from '../pointer';
import type { PartialPolicy, PolicyRule, RuleContext } from '../validate';
import { hostPatterns, textEntries, type TextEntry } from './entries';
import { createFindCoveringHost, type FindCoveringHost } from './host-cover';

/** A masked credential, a file's or a variable's, as far as its hosts matter. */
interface MaskedCredential {
  readonly at: readonly (string | number)[];
  readonly masked: boolean;
  readonly injectHosts: readonly (string | undefined)[] | undefined;
}

/** Where a masked credential is put back in: only into allowed hosts whose TLS the proxy terminates. */
export const credentialHosts: PolicyRule = {
  codes: ['inject-host-not-allowed', 'inject-host-excluded', 'mask-reaches-no-host', 'mask-without-hosts', 'mask-without-termination'],
  about: 'hosts',
  wholeLists: true,
  check(context) {
    const { policy } = context;
    const masked = credentials(policy);
    if (masked.length === 0) return [];
    const allowed = context.hosts.allowedDomains.map(({ pattern: { host } }) => ({ pattern: { host } }));
    const excluding = createFindCoveringHost<HostBearer>(hostPatterns(textEntries(policy.network?.tlsTerminate?.excludeDomains, ['network', 'tlsTerminate', 'excludeDomains']), HOST_ONLY));
    const allExcluded = allowed.length > 0 && allowed.every(({ pattern }) => excluding(pattern) !== undefined);
    const hosts: CredentialHosts = { allowing: createFindCoveringHost<HostBearer>(allowed), excluding, allExcluded };
    return masked.flatMap((credential) => checkCredential(context, credential, hosts));
  },
};

interface HostBearer {
  readonly pattern: HostPattern;
}

interface CredentialHosts {
  readonly allowing: FindCoveringHost<HostBearer>;
  readonly excluding: FindCoveringHost<HostBearer>;
  /** Of the allowed hosts, none has its TLS terminated. */
  readonly allExcluded: boolean;
}

function checkCredential(context: RuleContext, credential: MaskedCredential, hosts: CredentialHosts): Problem[] {
  const { at, masked, injectHosts } = credential;
  const problems = textEntries(injectHosts, [...at, 'injectHosts']).flatMap((host) => checkInjectHost(context, host, masked, hosts));
  if (!masked) return problems;
  const pointer = toPointer(at);
  if (injectHosts?.length === 0) problems.push(context.problem('mask-without-hosts', 'with an empty injectHosts the credential is never put back in; leave the key out, or use mode "deny"', toPointer([...at, 'injectHosts'])));
  if (injectHosts === undefined && hosts.allExcluded)
    problems.push(context.problem('mask-reaches-no-host', 'every allowed host is in tlsTerminate.excludeDomains, so the credential is never put back in', pointer));
  problems.push(...checkTermination(context, pointer));
  return problems;
}

function checkInjectHost(context: RuleContext, { pointer, text }: TextEntry, masked: boolean, { allowing, excluding }: CredentialHosts): Problem[] {
  const result = parseHostPattern(text, HOST_ONLY);
  if (!('pattern' in result)) return [];
  const { pattern } = result;
  if (!allowing(pattern))
    return [context.problem('inject-host-not-allowed', `"${printable(text)}" is not covered by allowedDomains`, pointer, [{ title: `Allow "${printable(text)}"`, edit: { kind: 'append', pointer: toPointer(['network', 'allowedDomains']), value: text }, preferred: false }])];
  if (masked && excluding(pattern))
    return [context.problem('inject-host-excluded', `"${printable(text)}" is in tlsTerminate.excludeDomains, so the credential cannot be put back in there`, pointer)];
  return [];
}

function checkTermination(context: RuleContext, pointer: PolicyPointer): Problem[] {
  const { network, credentials: block } = context.policy;
  if (network?.tlsTerminate !== undefined || block?.allowPlaintextInject === true) return [];
  const fix = { title: 'Add "network.tlsTerminate"', edit: { kind: 'set', pointer: toPointer(['network', 'tlsTerminate']), value: {} }, preferred: false } as const;
  return [context.problem('mask-without-termination', 'a masked credential needs network.tlsTerminate, or credentials.allowPlaintextInject for plain HTTP', pointer, [fix])];
}

function credentials(policy: PartialPolicy): MaskedCredential[] {
  return (['files', 'envVars'] as const).flatMap((list) =>
    (policy.credentials?.[list] ?? []).flatMap((entry, index): MaskedCredential[] =>
      entry === undefined ? [] : [{ at: ['credentials', list, index], masked: entry.mode === 'mask', injectHosts: entry.injectHosts }],
    ),
  );
}
