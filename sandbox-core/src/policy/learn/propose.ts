import type { AbsolutePath } from '../absolute-path';
import { decide } from '../decide';
import { applyEdit } from '../edit';
import { ALLOWED_DOMAIN, parseHostPattern } from '../host-pattern';
import { METADATA_HOSTS } from '../metadata-hosts';
import { toPointer } from '../pointer';
import type { Policy } from '../policy.generated';
import { presets } from '../presets';
import type { PolicyEdit } from '../problem';
import type { ResolvedPolicy } from '../resolve';
import type { Violation } from '../violation.generated';
import { proposeHosts } from './hosts';
import { learnedEntry, type EntryList, type LearnedEntry, type LearnFacts, type NotProposed, type Observations } from './observations';
import { proposePaths } from './paths';
import { proposeRefused } from './refused';

/**
 * @property entries in the order of the lists
 * @property directories to be made with the policy: an entry for what does not exist allows nothing
 */
export interface PolicyProposal {
  readonly entries: readonly LearnedEntry[];
  readonly notProposed: readonly NotProposed[];
  readonly directories: readonly AbsolutePath[];
}

/** The smallest policy that lets a recorded command do the same again: what it adds to one, or to none. */
export function proposePolicy(observed: Observations, base: ResolvedPolicy, isNew: boolean, facts: LearnFacts): PolicyProposal {
  const { context } = base;
  const hosts = proposeHosts(base, observed.hosts);
  const refused = proposeRefused(observed.violations.filter((violation) => !isAllowedWrite(violation, base)), context, facts);
  const whyUnlisted = ({ list, value }: LearnedEntry): string | undefined => (list === 'allowedDomains' ? whyNoEntry(value) : undefined);
  const needed = [...observed.written, ...refused.atHome].filter(({ path }) => decide(base, { kind: 'write', path }).outcome === 'deny');
  const opened = hosts.flatMap(({ list, value }) => (list === 'extends' ? [value] : []));
  const paths = proposePaths(needed, opened, context, facts);
  const project = observed.changedProject && decide(base, { kind: 'write', path: context.base }).outcome === 'deny' ? learnedEntry('allowWrite', '.', ['the working directory']) : undefined;
  const unlisted = hosts.flatMap((entry): NotProposed[] => {
    const reason = whyUnlisted(entry);
    return reason === undefined ? [] : [{ kind: 'local', target: entry.value, reason, count: 1 }];
  });
  const own = isNew ? [learnedEntry('extends', project ? 'workspace' : 'strict', [])] : project ? [project] : [];
  return {
    entries: [...own, ...hosts.filter((entry) => whyUnlisted(entry) === undefined), ...paths.entries, ...refused.entries],
    notProposed: [...refused.notProposed, ...paths.notProposed, ...unlisted],
    directories: paths.directories,
  };
}

function whyNoEntry(host: string): string | undefined {
  if (METADATA_HOSTS.has(host.replace(/^\[(.*?)\]|:\d+$/g, '$1'))) return 'a metadata service, which hands out the credentials of a machine';
  return 'pattern' in parseHostPattern(host, ALLOWED_DOMAIN) ? undefined : 'a name without a dot is no entry: it means another host on every network';
}

/** What the policy allows need not hold while recording, and is not missing in it. */
function isAllowedWrite({ kind, operation, rule, target }: Violation, base: ResolvedPolicy): boolean {
  return kind === 'filesystem' && operation !== 'read' && rule.kind === 'default' && decide(base, { kind: 'write', path: target as AbsolutePath }).outcome === 'allow';
}

const POINTERS: Readonly<Record<EntryList, readonly string[]>> = {
  extends: ['extends'],
  allowWrite: ['filesystem', 'allowWrite'],
  allowedDomains: ['network', 'allowedDomains'],
  allowUnixSockets: ['network', 'allowUnixSockets'],
};

/**
 * The text of a policy with the entries in it; comments and layout of what is there stay.
 *
 * @param text undefined: a new policy
 * @param portable without `extends`, which sandbox-runtime does not know: what the presets say is written out
 */
export function withEntries(text: string | undefined, entries: readonly LearnedEntry[], portable: boolean): string {
  const spelled = portable ? entries.flatMap(writtenOut) : entries;
  if (text === undefined) return `${JSON.stringify(newPolicy(spelled, portable ? entries : []), null, 2)}\n`;
  return spelled.map(({ list, value }): PolicyEdit => ({ kind: 'append', pointer: toPointer(POINTERS[list]), value })).reduce(applyEdit, text);
}

function writtenOut(entry: LearnedEntry): LearnedEntry[] {
  if (entry.list !== 'extends') return [entry];
  const { network, filesystem } = wholePreset(entry.value);
  return [...network.allowedDomains.map((value) => learnedEntry('allowedDomains', value, [])), ...textsOf(filesystem.allowWrite).map((value) => learnedEntry('allowWrite', value, []))];
}

function newPolicy(spelled: readonly LearnedEntry[], fromPresets: readonly LearnedEntry[]): object {
  const valuesOf = (list: EntryList): string[] => [...new Set(spelled.filter((entry) => entry.list === list).map(({ value }) => value))];
  const [parents, sockets] = [valuesOf('extends'), valuesOf('allowUnixSockets')];
  const denyRead = fromPresets.flatMap(({ list, value }) => (list === 'extends' ? textsOf(wholePreset(value).filesystem.denyRead) : []));
  return {
    ...(parents.length > 0 && { extends: parents }),
    network: { allowedDomains: valuesOf('allowedDomains'), deniedDomains: [], ...(sockets.length > 0 && { allowUnixSockets: sockets }) },
    filesystem: { denyRead: [...new Set(denyRead)], allowWrite: valuesOf('allowWrite'), denyWrite: [] },
  };
}

/** A preset with what it extends. */
function wholePreset(name: string): Policy {
  const own = presets[name]?.policy ?? { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } };
  const parents = (own.extends ?? []).map(wholePreset);
  const all = [...parents, own];
  return {
    network: { allowedDomains: all.flatMap(({ network }) => network.allowedDomains), deniedDomains: [] },
    filesystem: { denyRead: all.flatMap(({ filesystem }) => filesystem.denyRead), allowWrite: all.flatMap(({ filesystem }) => filesystem.allowWrite), denyWrite: [] },
  };
}

function textsOf(entries: readonly unknown[]): string[] {
  return entries.filter((entry): entry is string => typeof entry === 'string');
}
