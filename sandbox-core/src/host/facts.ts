import type { AbsolutePath } from '../policy';

export type Platform = 'linux' | 'macos' | 'windows' | 'other';
export type Architecture = 'x64' | 'arm64' | 'other';

/** A new /proc of its own; that of the processes around it, where no new one can be mounted and the policy allows that; or neither. */
export type ProcessesShown = 'own' | 'outer' | 'none';

/** What is at a path, links followed. */
export interface PathFact {
  readonly kind: 'directory' | 'file' | 'other' | 'missing';
  /** Without symbolic links, as far as the path exists. */
  readonly canonical: AbsolutePath;
  /** Whether the last component is itself a symbolic link. */
  readonly isLink: boolean;
  /** The symbolic links that are followed on the way to it, itself included, each where it lies. */
  readonly links?: readonly AbsolutePath[];
  /** For a missing path: the highest component that does not exist. */
  readonly firstMissing?: AbsolutePath;
  /** For a missing path: the user may not make it now, in the directory as it is. */
  readonly cannotBeMade?: true;
  /** A session made it, empty, and removes it again: placeholder.ts. */
  readonly isPlaceholder?: true;
}

/**
 * What the planner knows of the host: plain data, so that a plan can be compiled and tested anywhere.
 *
 * @property bubblewrap absolute path of bwrap
 * @property helper absolute path of srt-helper
 * @property watchLibrary absolute path of srt-watch.so, if it was built
 * @property sessionDirectory private to the session, mode 0700; removed with it
 * @property sessionsDirectory the directory of all sessions of this user, hidden from every sandbox
 * @property makesMounts whether the helper can make a sandbox's mounts on this kernel; bubblewrap makes them if not
 * @property processes which /proc a sandbox can have
 * @property resolverFile what /etc/resolv.conf leads to, if it exists
 * @property environment of the process that asks for the launch
 * @property found what the patterns of rules name on the disk now
 * @property incomplete directories too large for that
 * @property unspeakable repositories that would have to be protected and that no path leads to, made printable
 */
export interface HostFacts {
  readonly platform: Platform;
  readonly architecture: Architecture;
  /** Numeric id of whoever runs commands. */
  readonly user: number;
  readonly bubblewrap: AbsolutePath;
  readonly helper: AbsolutePath;
  readonly watchLibrary?: AbsolutePath;
  readonly sessionDirectory: AbsolutePath;
  readonly sessionsDirectory: AbsolutePath;
  readonly makesMounts: boolean;
  readonly processes: ProcessesShown;
  readonly resolverFile?: AbsolutePath;
  readonly environment: Readonly<Record<string, string>>;
  readonly paths: ReadonlyMap<AbsolutePath, PathFact>;
  readonly found: readonly AbsolutePath[];
  readonly incomplete: readonly AbsolutePath[];
  readonly unspeakable?: readonly string[];
  /** Looked for only where the policy has limits. */
  readonly cgroup?: DelegatedCgroup;
  /** Where TLS is terminated: what programs are to trust. */
  readonly trust?: TrustFacts;
  /** Files with masked credentials, by canonical path. */
  readonly maskedFiles?: ReadonlyMap<AbsolutePath, MaskedFileFact>;
  /** Directories of the caller's that are shown by names of their own. */
  readonly shown?: Readonly<Record<string, AbsolutePath>>;
  /** Directories whose changes are not kept. */
  readonly throwaway?: PlannedLayers;
  /** Where commands run in a container. */
  readonly container?: ContainerFacts;
}

export type CgroupController = 'memory' | 'pids';

/** A directory in which the user may make cgroups, and what those can limit. */
export interface DelegatedCgroup {
  readonly directory: AbsolutePath;
  readonly controllers: readonly CgroupController[];
}

export type EngineKind = 'podman' | 'docker';

/** A controller of the kernel that containers can be held to. */
export type Controller = 'cpu' | 'memory' | 'pids';

/** @property instead what to do where there are not all */
export interface HeldLimits {
  readonly controllers: readonly Controller[];
  readonly instead?: string;
}

/**
 * @property program absolute path of podman or docker
 * @property network the engine's word for the session's network
 * @property limits what the engine can hold containers to; there if the policy asks for some
 */
export interface ContainerFacts {
  readonly engine: EngineKind;
  readonly program: AbsolutePath;
  readonly image: ImageFacts;
  readonly network: string;
  readonly limits?: HeldLimits;
}

/** An image that is on this machine. */
export interface ImageFacts {
  /** What it was resolved to: another image may get its name meanwhile. */
  readonly id: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Paths that engines make writable, unless they are told not to. */
  readonly volumes: readonly string[];
}

/** @property kept directories below those of layers that are the host's own all the same */
export interface PlannedLayers {
  readonly layers: readonly ThrowawayLayer[];
  readonly kept: readonly AbsolutePath[];
}

/** What is changed below `directory` goes to `upper`, in the form of overlayfs. */
export interface ThrowawayLayer {
  readonly directory: AbsolutePath;
  readonly upper: AbsolutePath;
  readonly work: AbsolutePath;
}

export interface TrustFacts {
  /** A file of the session with every CA certificate, its own included. */
  readonly bundle: AbsolutePath;
  /** The system's bundles, whose place it takes. */
  readonly systemBundles: readonly AbsolutePath[];
}

/** What is seen of a file with credentials: a copy with placeholders, or nothing. */
export type MaskedFileFact = { readonly kind: 'stand-in'; readonly source: AbsolutePath } | { readonly kind: 'hidden' };
