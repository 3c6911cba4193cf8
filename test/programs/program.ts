import { execFileSync, spawnSync } from 'node:child_process';

/** What a program finds where it runs. */
export interface ProgramLab {
  /** The sandbox's directory on the host; commands start in it and may write there. */
  readonly directory: string;
  /** What the web server on loopback serves. */
  readonly www: string;
  /** For servers that are no web servers. */
  readonly sshPort: number;
}

/** What a program is to reach. */
export interface Goal {
  /** The sandbox's; the script starts in an empty one below it. */
  readonly directory: string;
  /** `https://host:port` */
  readonly base: string;
  readonly host: string;
  /** The port of the SSH server where the host is the right one; else 22. */
  readonly sshPort: number;
  /** Options that make the program trust the test's CA where the sandbox does not see to it; a file, or undefined. */
  readonly ca: string | undefined;
}

/**
 * A program that was tried in the sandbox against servers on loopback.
 *
 * @property protocol `ssh`: it is not decrypted, and has no requests to refuse
 * @property script for bash, in the sandbox
 * @property success part of what it prints
 * @property shows what a user sees, `…` standing for anything: of a name that the policy does not know, of an address that it refuses, of a request
 * that it refuses in a decrypted connection
 * @property note what has to be known besides
 */
export interface TriedProgram {
  readonly name: string;
  readonly protocol: 'https' | 'ssh';
  readonly whyNotHere: () => string | undefined;
  /** On the host, before the sandbox is there. */
  readonly prepare?: (lab: ProgramLab) => void;
  readonly script: (goal: Goal) => string;
  readonly success: string;
  readonly shows: { readonly name: string; readonly address: string; readonly request?: string };
  readonly note?: string;
}

/** Why a program cannot be tried, by running it for its version. */
export function missing(program: string, packageName: string, ...version: string[]): () => string | undefined {
  return () => {
    const { error, status } = spawnSync(program, version.length > 0 ? version : ['--version'], { stdio: 'ignore' });
    return error || status !== 0 ? `${program} is not installed (apt install ${packageName})` : undefined;
  };
}

/** Quietly; throws with what it printed if it fails. */
export function onHost(directory: string, program: string, ...args: string[]): string {
  return execFileSync(program, args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
