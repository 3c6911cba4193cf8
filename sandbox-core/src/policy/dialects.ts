import type { Node } from 'jsonc-parser';

import { nodeAt } from './parse';
import { childPointer, toPointer, type PointerSegment, type PolicyPointer } from './pointer';
import type { ProblemCode } from './problem';
import { TOLD_BY_THE_WHOLE } from './rules/told-by-the-whole';

/** The kinds of files that a policy is written in: a file of its own, or a block of another program's settings. */
export type PolicyDialect = 'policy' | 'claude-settings' | 'mcp';

/**
 * How another program's settings hold a policy.
 *
 * @property blocks where the policies are in a file
 * @property keys what a block, and the blocks in it, may have of a policy
 * @property ownKeys what they may have besides
 * @property switchedOff why a block has no effect as it stands
 * @property silent what cannot be told from one block alone, because other files add to it
 */
export interface EmbeddedDialect {
  readonly name: string;
  readonly blocks: (root: Node) => readonly PolicyPointer[];
  readonly keys: Readonly<Record<string, readonly string[]>>;
  readonly ownKeys: Readonly<Record<string, readonly string[]>>;
  readonly switchedOff: (root: Node, block: PolicyPointer) => string | undefined;
  readonly variables: (path: string) => string | undefined;
  readonly silent: ReadonlySet<ProblemCode>;
}

/** Settings of several files are merged, and the rest of the policy may be in another one. */
const NEEDS_THE_WHOLE: ReadonlySet<ProblemCode> = new Set<ProblemCode>([...TOLD_BY_THE_WHOLE, 'missing-key', 'policy-writable']);

const NETWORK_LISTS = ['allowedDomains', 'deniedDomains'];
const FILESYSTEM_LISTS = ['denyRead', 'allowRead', 'allowWrite', 'denyWrite'];

const claudeSettings: EmbeddedDialect = {
  name: 'Claude Code settings',
  blocks: (root) => (nodeAt(root, '/sandbox')?.type === 'object' ? [toPointer(['sandbox'])] : []),
  keys: {
    '': ['network', 'filesystem', 'credentials', 'ignoreViolations', 'enableWeakerNestedSandbox', 'enableWeakerNetworkIsolation', 'allowAppleEvents', 'ripgrep', 'bwrapPath', 'socatPath'],
    network: [...NETWORK_LISTS, 'strictAllowlist', 'deniedDomainReasons', 'deniedResolvedAddresses', 'allowUnixSockets', 'allowAllUnixSockets', 'allowLocalBinding', 'allowMachLookup', 'httpProxyPort', 'socksProxyPort', 'tlsTerminate', 'mitmProxy', 'parentProxy'],
    filesystem: [...FILESYSTEM_LISTS, 'disabled', 'allowGitConfig'],
  },
  ownKeys: {
    '': ['enabled', 'failIfUnavailable', 'autoAllowBashIfSandboxed', 'allowUnsandboxedCommands', 'excludedCommands', 'enabledPlatforms'],
    network: ['allowManagedDomainsOnly'],
    filesystem: ['allowManagedReadPathsOnly'],
  },
  switchedOff: (root, block) => (nodeAt(root, childPointer(block, 'enabled'))?.value === false ? '"enabled" is false' : undefined),
  variables: (path) => path,
  silent: NEEDS_THE_WHOLE,
};

const mcp: EmbeddedDialect = {
  name: 'mcp.json',
  blocks: (root) => [...sandboxBlock(root, []), ...(nodeAt(root, '/servers')?.children ?? []).flatMap((server) => sandboxBlock(root, ['servers', String(server.children?.[0]?.value)]))],
  keys: { '': ['network', 'filesystem'], network: NETWORK_LISTS, filesystem: FILESYSTEM_LISTS },
  ownKeys: { '': [], network: [], filesystem: [] },
  switchedOff: (root, block) => {
    if (block === '/sandbox') return undefined;
    const enabled = nodeAt(root, `${block}Enabled`)?.value as unknown;
    return enabled === true ? undefined : 'the server does not have "sandboxEnabled": true';
  },
  variables: expandVariables,
  silent: NEEDS_THE_WHOLE,
};

const EMBEDDED: Readonly<Record<Exclude<PolicyDialect, 'policy'>, EmbeddedDialect>> = { 'claude-settings': claudeSettings, mcp };

export function embeddedDialect(dialect: Exclude<PolicyDialect, 'policy'>): EmbeddedDialect {
  return EMBEDDED[dialect];
}

/** By the name of the file; everything that is not another program's settings is a policy of its own. */
export function dialectOf(pathOrUri: string): PolicyDialect {
  const path = pathOrUri.replaceAll('\\', '/');
  if (/(?:^|\/)\.claude\/settings[^/]*\.json$/.test(path)) return 'claude-settings';
  return /(?:^|\/)\.?mcp\.json$/.test(path) ? 'mcp' : 'policy';
}

function sandboxBlock(root: Node, at: readonly PointerSegment[]): PolicyPointer[] {
  const pointer = toPointer([...at, 'sandbox']);
  return nodeAt(root, pointer)?.type === 'object' ? [pointer] : [];
}

/** VS Code replaces variables before the sandbox sees a path; those that name a fixed place are known here too. */
function expandVariables(path: string): string | undefined {
  const known = path.replace(/^\$\{workspaceFolder\}/, '.').replace(/^\$\{userHome\}/, '~');
  return known.includes('${') ? undefined : known;
}
