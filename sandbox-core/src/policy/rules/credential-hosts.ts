import { ALLOWED_DOMAIN, HOST_ONLY, parseHostPattern, type HostPattern } from '../host-pattern';
import { printable } from '../parse';
import type { Problem } from '../problem';
import { toPointer, type PolicyPointer } from '../pointer';
import type { PartialPolicy, PolicyRule, RuleContext } from '../validate';
import { coversHost } from './denied-and-allowed';
import { domainEntries, textEntries, type TextEntry } from './entries';

/** A masked credential, a file's or a variable's, as far as its hosts matter. */
interface MaskedCredential {
  readonly at: readonly (string | number)[];
  readonly masked: boolean;
  readonly injectHosts: readonly (string | undefined)[] | undefined;
}

/** Where a masked credential is put back in: only into allowed hosts whose TLS the proxy terminates. */
export const credentialHosts: PolicyRule = {
  codes: ['inject-host-not-allowed', 'inject-host-excluded', 'mask-reaches-no-host', 'mask-without-hosts', 'mask-without-termination'],
  check(context) {
    const { policy } = context;
    const allowed = patterns(domainEntries(policy, 'allowedDomains')).map(({ host }): HostPattern => ({ host }));
    const excluded = patterns(textEntries(policy.network?.tlsTerminate?.excludeDomains, ['network', 'tlsTerminate', 'excludeDomains']));
    return credentials(policy).flatMap((credential) => checkCredential(context, credential, allowed, excluded));
  },
};

function checkCredential(context: RuleContext, credential: MaskedCredential, allowed: readonly HostPattern[], excluded: readonly HostPattern[]): Problem[] {
  const { at, masked, injectHosts } = credential;
  const hosts = textEntries(injectHosts, [...at, 'injectHosts']);
  const problems = hosts.flatMap((host) => checkInjectHost(context, host, masked, allowed, excluded));
  if (!masked) return problems;
  const pointer = toPointer(at);
  if (injectHosts?.length === 0) problems.push(context.problem('mask-without-hosts', 'with an empty injectHosts the credential is never put back in; leave the key out, or use mode "deny"', toPointer([...at, 'injectHosts'])));
  if (injectHosts === undefined && allowed.length > 0 && allowed.every((host) => excluded.some((outer) => coversHost(outer, host))))
    problems.push(context.problem('mask-reaches-no-host', 'every allowed host is in tlsTerminate.excludeDomains, so the credential is never put back in', pointer));
  problems.push(...checkTermination(context, pointer));
  return problems;
}

function checkInjectHost(context: RuleContext, { pointer, text }: TextEntry, masked: boolean, allowed: readonly HostPattern[], excluded: readonly HostPattern[]): Problem[] {
  const result = parseHostPattern(text, HOST_ONLY);
  if (!('pattern' in result)) return [];
  const { pattern } = result;
  if (!allowed.some((outer) => coversHost(outer, pattern)))
    return [context.problem('inject-host-not-allowed', `"${printable(text)}" is not covered by allowedDomains`, pointer, [{ title: `Allow "${printable(text)}"`, edit: { kind: 'append', pointer: toPointer(['network', 'allowedDomains']), value: text }, preferred: false }])];
  if (masked && excluded.some((outer) => coversHost(outer, pattern)))
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

function patterns(entries: readonly TextEntry[]): HostPattern[] {
  return entries.flatMap(({ text }) => {
    const result = parseHostPattern(text, ALLOWED_DOMAIN);
    return 'pattern' in result ? [result.pattern] : [];
  });
}
