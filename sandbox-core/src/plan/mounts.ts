import {
  ancestorsAndSelf,
  brokeredPrograms,
  containsPath,
  decide,
  isPrivate,
  joinPath,
  parentPath,
  pathDepth,
  PRIVATE_DIRECTORY,
  ROOT_DIRECTORY,
  type AbsolutePath,
  type Decision,
  type MissingPathProtection,
  type PathRule,
  type ResolvedPolicy,
  type RuleReference,
} from '../policy';
import type { HostFacts, PathFact } from '../host/facts';
import { SHOWN_DIRECTORY, STAND_IN_DIRECTORY, TRUST_BUNDLE_PATH } from './environment';
import type { MountEntry, MountPoint } from './plan';

/** How a directory tree looks from inside. */
type View = 'read-only' | 'writable' | 'masked' | 'private';

/** A path at which a rule may change the view, with what the rules make of it. */
interface Area {
  readonly path: AbsolutePath;
  readonly view: View;
  readonly rule: RuleReference;
}

export interface MountPlan {
  readonly mounts: readonly MountEntry[];
  readonly mountPoints: readonly MountPoint[];
}

/**
 * Turns path rules into mounts.
 *
 * Every path that a rule names is asked about (`decide`), and a mount is made only where the answer differs from that for
 * the directory around it. So the mounts and the explanation of a decision cannot disagree, and rules that change nothing
 * cost nothing.
 *
 * Order: shallow before deep, so that the more specific view covers the more general one; masked directories are sealed
 * at the end, when what is visible below them has been mounted.
 */
export function planMounts(policy: ResolvedPolicy, directory: AbsolutePath, facts: HostFacts): MountPlan {
  const inView = [policy.context.base, directory].filter((path) => path !== PRIVATE_DIRECTORY);
  const protection = missingPathProtections(policy);
  const isGuarded = ({ path }: Area): boolean => protection.get(path) === 'guard' && factOf(path, facts)?.kind === 'missing';
  const areas = changedAreas({ policy, inView }, facts).filter((area) => !isGuarded(area));
  // Several may lie in the same missing directory.
  const mountPoints = [...new Map(areas.flatMap((area) => mountPointsOf(area, protection.get(area.path) === 'file' ? 'file' : 'directory', facts)).map((point) => [point.path, point])).values()];
  const held = areas.filter((area) => canBeMounted(area, mountPoints, facts));
  const [root, inner] = [held.find(isRoot), held.filter((area) => !isRoot(area))];
  const entries = [...inner.map((area) => toMount(area, held, facts)), ...links(policy, held, facts), ...pins(held), ...replacements(policy, facts)].sort(byDepth);
  const seals = held.filter((area) => area.view === 'masked' && isDirectory(area.path, facts)).map(({ path }): MountEntry => ({ kind: 'sealed', path }));
  return {
    mounts: [rootMount(root), ...systemMounts({ policy, inView }, facts), ...entries, ...seals],
    mountPoints,
  };
}

/** A policy, and the directories that are seen as they are on the host wherever they lie: those that commands start in. */
interface Scene {
  readonly policy: ResolvedPolicy;
  readonly inView: readonly AbsolutePath[];
}

function systemMounts(scene: Scene, facts: HostFacts): MountEntry[] {
  const own: MountEntry[] = [{ kind: 'devices' }, { kind: 'processes', ...(facts.processes === 'outer' && { outer: true as const }) }];
  return viewOf(scene, PRIVATE_DIRECTORY).view === 'private'
    ? [...own, { kind: 'private', path: PRIVATE_DIRECTORY, source: sessionPath(facts, 'tmp') }]
    : [...own, { kind: 'masked-directory', path: facts.sessionsDirectory, passable: false, rule: { kind: 'built-in', name: 'sandbox-sessions' } }, { kind: 'sealed', path: facts.sessionsDirectory }];
}

/** The named paths whose view differs from that of the nearest named directory around them, shallow first. */
function changedAreas(scene: Scene, facts: HostFacts): Area[] {
  const named = new Set<AbsolutePath>([ROOT_DIRECTORY, PRIVATE_DIRECTORY, ...scene.inView, ...facts.found.filter((path) => factOf(path, facts)?.isLink === false)]);
  for (const rule of scene.policy.filesystem.rules) if (rule.pattern.kind === 'literal') named.add(rule.pattern.path);
  for (const { path } of scene.policy.network.unixSockets.listed) if (factOf(path, facts)?.kind !== 'missing') named.add(path);
  const views = new Map<AbsolutePath, Area>();
  const changed: Area[] = [];
  for (const path of [...named].sort((a, b) => pathDepth(a) - pathDepth(b) || (a < b ? -1 : 1))) {
    const area: Area = socketArea(scene, path, facts) ?? { path, ...viewOf(scene, path) };
    const around = ancestorsAndSelf(path).slice(0, -1).reverse().map((ancestor) => views.get(ancestor)).find((found) => found !== undefined);
    const effective = around && skippedIfMissing(area, around, facts) ? { ...area, view: around.view } : area;
    views.set(path, effective);
    if (path === ROOT_DIRECTORY || (path !== PRIVATE_DIRECTORY && effective.view !== around?.view)) changed.push(effective);
  }
  return changed;
}

/**
 * A socket of the host that may be connected to is there, whatever hides the directory around it, and nothing inside can
 * put another in its place.
 */
function socketArea({ policy }: Scene, path: AbsolutePath, facts: HostFacts): Area | undefined {
  const listed = policy.network.unixSockets.listed.find((socket) => socket.path === path);
  const kind = factOf(path, facts)?.kind;
  const isHidden = decide(policy, { kind: 'read', path }).outcome === 'deny';
  return listed && (kind === 'other' || (kind === 'directory' && !isHidden)) ? { path, view: 'read-only', rule: listed.rule } : undefined;
}

/**
 * What does not exist and could not be created from inside needs no mount: an allowed path that is not there stays not
 * there, and a denied one has nothing to hide.
 */
function skippedIfMissing(area: Area, around: Area, facts: HostFacts): boolean {
  const isMissing = factOf(area.path, facts)?.kind === 'missing';
  return isMissing && !(around.view === 'writable' && (area.view === 'read-only' || area.view === 'masked'));
}

function viewOf({ policy, inView }: Scene, path: AbsolutePath): { readonly view: View; readonly rule: RuleReference } {
  const read = decide(policy, { kind: 'read', path });
  const write = decide(policy, { kind: 'write', path });
  const isOwn = isPrivate(policy, path, inView);
  if (read.outcome === 'deny' && !isOwn) return { view: 'masked', rule: read.rule };
  if (write.outcome === 'allow') return { view: 'writable', rule: write.rule };
  return { view: isOwn ? 'private' : 'read-only', rule: restriction(read, write) };
}

function restriction(read: Decision, write: Decision): RuleReference {
  return write.outcome === 'deny' && write.rule.kind !== 'default' ? write.rule : read.rule;
}

function isRoot({ path }: Area): boolean {
  return path === ROOT_DIRECTORY;
}

function rootMount(root: Area | undefined): MountEntry {
  if (root?.view === 'masked') return { kind: 'empty-root', rule: root.rule };
  return { kind: 'root', writable: root?.view === 'writable', ...(root && { rule: root.rule }) };
}

/** A rule may name a path through a link; where the directory that holds the link is masked, the name needs the link. */
function links(policy: ResolvedPolicy, held: readonly Area[], facts: HostFacts): MountEntry[] {
  const mounted = new Map(held.map((area) => [area.path, area]));
  const made = new Map<AbsolutePath, MountEntry>();
  for (const { list, named } of policy.filesystem.rules) {
    const fact = factOf(named, facts);
    if (fact?.isLink !== true || fact.kind === 'missing' || (list !== 'allowRead' && list !== 'allowWrite')) continue;
    const directory = factOf(parentPath(named), facts)?.canonical ?? parentPath(named);
    const path = joinPath(directory, basenameOf(named));
    if (viewAround(directory, mounted) === 'masked') made.set(path, { kind: 'link', path, target: fact.canonical });
  }
  return [...made.values()];
}

function basenameOf(path: AbsolutePath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function toMount(area: Area, all: readonly Area[], facts: HostFacts): MountEntry {
  const { path, rule } = area;
  if (area.view === 'writable') return { kind: 'writable', path, rule };
  if (area.view === 'read-only') return { kind: 'read-only', path, rule };
  if (!isDirectory(path, facts)) return { kind: 'masked-file', path, source: sessionPath(facts, 'mask'), rule };
  return { kind: 'masked-directory', path, passable: all.some((other) => other.path !== path && containsPath(path, other.path)), rule };
}

/**
 * A mount point cannot be renamed, but a directory above it can, and takes the mount along: the protected name would be
 * free again. So every directory between a restriction and the mount it lies in becomes a mount point too.
 */
function pins(areas: readonly Area[]): MountEntry[] {
  const mounted = new Map(areas.map((area) => [area.path, area]));
  const pinned = new Map<AbsolutePath, MountEntry>();
  for (const area of areas.filter(({ view }) => view === 'read-only' || view === 'masked')) {
    for (let at = parentPath(area.path); at !== ROOT_DIRECTORY && !mounted.has(at); at = parentPath(at)) {
      if (viewAround(at, mounted) !== 'writable') break;
      pinned.set(at, { kind: 'pinned', path: at, writable: true });
    }
  }
  return [...pinned.values()];
}

function viewAround(path: AbsolutePath, mounted: ReadonlyMap<AbsolutePath, Area>): View | undefined {
  return ancestorsAndSelf(path).reverse().map((ancestor) => mounted.get(ancestor)).find((area) => area !== undefined)?.view;
}

/**
 * Files of the session in place of the host's. Names are looked up at the session's own resolver; the host's search domains
 * would only turn one lookup into several. Programs that read the system's CA bundle find the session's CA in it.
 */
function replacements(policy: ResolvedPolicy, facts: HostFacts): MountEntry[] {
  const { resolverFile, trust } = facts;
  const canBeSeen = (path: AbsolutePath): boolean => decide(policy, { kind: 'read', path }).outcome === 'allow';
  const files = [
    ...(resolverFile === undefined ? [] : [{ path: resolverFile, source: sessionPath(facts, 'resolv.conf') }]),
    ...(trust?.systemBundles ?? []).map((path) => ({ path, source: trust?.bundle ?? path })),
  ];
  const own: MountEntry[] = trust ? [{ kind: 'replaced-file', path: TRUST_BUNDLE_PATH, source: trust.bundle }] : [];
  const shown = Object.entries(facts.shown ?? {}).map(([name, source]): MountEntry => ({ kind: 'replaced-file', path: joinPath(SHOWN_DIRECTORY, name), source }));
  return [...own, ...shown, ...brokered(policy, facts), ...files.filter(({ path }) => canBeSeen(path)).map((file): MountEntry => ({ kind: 'replaced-file', ...file })), ...standIns(policy, facts)];
}

/** The helper, under the names of the programs that it stands in for. */
function brokered({ source }: ResolvedPolicy, { helper }: HostFacts): MountEntry[] {
  return brokeredPrograms(source.broker ?? {}).map((program) => ({ kind: 'replaced-file', path: joinPath(STAND_IN_DIRECTORY, program), source: helper }));
}

/** A file with masked credentials is covered by its copy with placeholders, unless it is hidden anyway. */
function standIns(policy: ResolvedPolicy, facts: HostFacts): MountEntry[] {
  return [...(facts.maskedFiles ?? [])].flatMap(([path, fact]): MountEntry[] => {
    const decision = decide(policy, { kind: 'read', path });
    if (decision.outcome === 'deny') return [];
    if (fact.kind === 'stand-in') return [{ kind: 'replaced-file', path, source: fact.source }];
    return [{ kind: 'masked-file', path, source: sessionPath(facts, 'mask'), rule: decide(policy, { kind: 'write', path }).rule }];
  });
}

function missingPathProtections(policy: ResolvedPolicy): Map<AbsolutePath, MissingPathProtection> {
  return new Map(policy.filesystem.rules.flatMap((rule) => (rule.pattern.kind === 'literal' ? [[rule.pattern.path, rule.whenMissing] as const] : [])));
}

/** What to make, outermost first, so that something can be mounted where nothing is; and what was made for that before. */
function mountPointsOf(area: Area, kind: MountPoint['kind'], facts: HostFacts): MountPoint[] {
  const fact = factOf(area.path, facts);
  if (area.view !== 'read-only' && area.view !== 'masked') return [];
  if (fact?.isPlaceholder) return [{ path: area.path, kind: fact.kind === 'file' ? 'file' : 'directory', rule: area.rule, isThere: true }];
  if (fact?.kind !== 'missing' || fact.firstMissing === undefined) return [];
  const { firstMissing } = fact;
  return ancestorsAndSelf(area.path)
    .filter((path) => containsPath(firstMissing, path))
    .map((path) => ({ path, kind: path === area.path ? kind : 'directory', rule: area.rule }));
}

function canBeMounted(area: Area, mountPoints: readonly MountPoint[], facts: HostFacts): boolean {
  return factOf(area.path, facts)?.kind !== 'missing' || mountPoints.some((point) => point.path === area.path);
}

/** A missing path gets a directory as its mount point. */
function isDirectory(path: AbsolutePath, facts: HostFacts): boolean {
  const kind = factOf(path, facts)?.kind ?? 'directory';
  return kind === 'directory' || kind === 'missing';
}

function factOf(path: AbsolutePath, facts: HostFacts): PathFact | undefined {
  return facts.paths.get(path);
}

function sessionPath(facts: HostFacts, name: string): AbsolutePath {
  return `${facts.sessionDirectory}/${name}` as AbsolutePath; // a normalized directory and a plain name
}

function byDepth(a: MountEntry, b: MountEntry): number {
  return depthOf(a) - depthOf(b);
}

function depthOf(entry: MountEntry): number {
  return 'path' in entry ? pathDepth(entry.path) : 0;
}

/** Rules that the planner has to look at on the host. */
export function literalRulePaths(rules: readonly PathRule[]): AbsolutePath[] {
  return [...new Set(rules.flatMap((rule) => (rule.pattern.kind === 'literal' ? [rule.pattern.path] : [])))];
}
