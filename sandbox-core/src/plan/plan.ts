import type { PlannedLayers } from '../host/facts';
import type { AbsolutePath, PolicyPointer, RuleReference } from '../policy';
import type { SeccompRule } from './seccomp';

/**
 * Everything a launch does, decided beforehand. Plain JSON: it can be printed, compared and tested without a kernel.
 *
 * @property mounts in the order they are made; a later one covers an earlier one
 * @property mountPoints what has to be made on the host, empty, so that something can be mounted there
 */
export interface LaunchPlan {
  readonly version: 1;
  readonly command: PlannedCommand;
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly MountEntry[];
  readonly mountPoints: readonly MountPoint[];
  readonly guards: PlannedGuards;
  /** Whether the command rules judge what is started inside, or it is watched for what is hidden. */
  readonly programs: 'judged' | 'watched';
  readonly seccomp: readonly SeccompRule[];
  readonly network: PlannedNetwork;
  readonly limits: readonly PlannedLimit[];
  /** Made for the command, which joins it before anything else happens. */
  readonly cgroup?: PlannedCgroup;
  /** Whether the command keeps the caller's terminal; otherwise it has none. */
  readonly terminal: 'inherit' | 'none';
  /** In place before the mounts are made. */
  readonly throwaway?: PlannedLayers;
  /** In place of bubblewrap and `mounts`. */
  readonly container?: PlannedContainer;
}

/**
 * The engine's words: plan/container/arguments.ts.
 *
 * @property program absolute path of podman or docker
 * @property arguments up to the image, but for the mount of the channel
 * @property terminal whether the container has one, which the engine connects with the caller's
 */
export interface PlannedContainer {
  readonly program: AbsolutePath;
  readonly arguments: readonly string[];
  readonly image: string;
  readonly terminal: boolean;
}

/** Names the supervisor asks about before it lets a call make, change or read them: native/src/guards.h. */
export interface PlannedGuards {
  /**
   * The calls that the supervisor makes for their caller, so that what was judged is what is done: native/src/supervisor.h.
   *
   * `nothing`: where programs may have mounts of their own, which it does not see.
   */
  readonly performs: 'nothing' | 'changes' | 'reads';
  /** One or more components, letters in either case. */
  readonly names: readonly string[];
  /** Of one component, fnmatch(3). */
  readonly patterns: readonly string[];
  /** Of one component, fnmatch(3): what a symbolic link would be called that stands for a directory on the way to a name. */
  readonly links: readonly string[];
}

export interface PlannedCommand {
  readonly argv: readonly string[];
  readonly directory: AbsolutePath;
}

/** @property value a count, bytes, or seconds */
export interface PlannedLimit {
  readonly name: 'processes' | 'memory' | 'open-files' | 'file-size' | 'cpu' | 'wall';
  readonly value: number;
  readonly pointer: PolicyPointer;
  /** The command was started with it; the policy has none, or a looser one. */
  readonly ofCommand?: true;
}

/** @property parent where it is made, under a name of its own */
export interface PlannedCgroup {
  readonly parent: AbsolutePath;
  readonly files: readonly { readonly file: 'memory.max' | 'pids.max'; readonly value: number; readonly limit: PlannedLimit['name'] }[];
}

export interface PlannedNetwork {
  /** Ports of the host's loopback that the policy lets the sandbox reach. */
  readonly hostLoopback: readonly number[] | 'any';
  /** Unix sockets of the host, or directories of such, that may be connected to. */
  readonly unixSockets: readonly AbsolutePath[] | 'any';
}

export type MountEntry =
  /** The host's file system as it is, read-only or (allowWrite: "/") not. */
  | { readonly kind: 'root'; readonly writable: boolean; readonly rule?: RuleReference }
  /** An empty root that cannot be listed: reading "/" is denied, and what may be read is mounted in it. */
  | { readonly kind: 'empty-root'; readonly rule: RuleReference }
  /** A symbolic link as the host has it, where the directory around it is masked. */
  | { readonly kind: 'link'; readonly path: AbsolutePath; readonly target: AbsolutePath }
  | { readonly kind: 'devices' }
  /** A /proc of the sandbox's own; `outer`: the host's, read-only (enableWeakerNestedSandbox). */
  | { readonly kind: 'processes'; readonly outer?: true }
  /** A directory of the session in place of the host's. */
  | { readonly kind: 'private'; readonly path: AbsolutePath; readonly source: AbsolutePath }
  /** A file of the session in place of the host's. */
  | { readonly kind: 'replaced-file'; readonly path: AbsolutePath; readonly source: AbsolutePath }
  | { readonly kind: 'writable'; readonly path: AbsolutePath; readonly rule?: RuleReference }
  | { readonly kind: 'read-only'; readonly path: AbsolutePath; readonly rule?: RuleReference }
  /** An empty directory that cannot be listed; it can be passed through if something below it is visible again. */
  | { readonly kind: 'masked-directory'; readonly path: AbsolutePath; readonly passable: boolean; readonly rule: RuleReference }
  | { readonly kind: 'masked-file'; readonly path: AbsolutePath; readonly source: AbsolutePath; readonly rule: RuleReference }
  /** After everything below a masked directory is in place. */
  | { readonly kind: 'sealed'; readonly path: AbsolutePath }
  /** A directory mounted on itself: it holds a protected path, and a mount point cannot be renamed. */
  | { readonly kind: 'pinned'; readonly path: AbsolutePath; readonly writable: boolean };

/**
 * Something empty that is made before and removed after.
 *
 * @property isThere another session, or an earlier command of this one, made it; it is held all the same
 */
export interface MountPoint {
  readonly path: AbsolutePath;
  readonly kind: 'directory' | 'file';
  readonly isThere?: true;
  readonly rule: RuleReference;
}

/** A rule that cannot be held here, by name. Nothing is launched. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly pointer?: PolicyPointer;
}

export type RefusalCode =
  | 'platform-unsupported'
  | 'architecture-unsupported'
  | 'not-enforced-yet'
  | 'glob-too-broad'
  | 'too-many-mounts'
  | 'repository-not-held'
  | 'allow-through-link'
  | 'deny-of-link'
  | 'extends-unresolved'
  | 'not-expressible'
  | 'command-denied'
  | 'command-needs-consent'
  | 'directory-hidden'
  | 'nul-in-argument'
  | 'limit-not-held'
  | 'conflicting-keys'
  | 'ca-unusable'
  | 'credential-not-masked';
