import type { AbsolutePath } from '../../policy';
import type { PathFact } from '../../host/facts';
import type { PlannedCommand, Refusal } from '../plan';
import type { SeatbeltRule } from './profile';

/** A launch on macOS, decided beforehand; plain JSON, as the plan for Linux is. */
export interface SeatbeltPlan {
  readonly version: 1;
  readonly platform: 'macos';
  readonly command: PlannedCommand;
  readonly environment: Readonly<Record<string, string>>;
  /** In the order of the profile: the last match decides. */
  readonly rules: readonly SeatbeltRule[];
  /** Marks this sandbox's denials in the system's log. */
  readonly tag: string;
  readonly terminal: 'inherit' | 'none';
}

/**
 * What the planner knows of a Mac.
 *
 * @property temporary the sandbox's own directory for temporary files
 * @property proxy the session's proxy on the host's loopback, and what it asks of its clients
 * @property found what the patterns of rules name on the disk now
 * @property tag letters, digits and `-`, unguessable
 */
export interface SeatbeltFacts {
  readonly temporary: AbsolutePath;
  readonly proxy: { readonly port: number; readonly user: string; readonly password: string };
  readonly tag: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly paths: ReadonlyMap<AbsolutePath, PathFact>;
  readonly found: readonly AbsolutePath[];
}

export type SeatbeltResult = { readonly plan: SeatbeltPlan } | { readonly refusals: readonly Refusal[] };
