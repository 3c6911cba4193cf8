import type { AbsolutePath } from '../absolute-path';
import type { Violation } from '../violation.generated';

/** What a recording saw a command do. */
export interface Observations {
  /** Whether anything below the working directory was made, changed or removed. */
  readonly changedProject: boolean;
  /** What was made, changed or removed in the home directory, outside of the project. */
  readonly written: readonly WrittenPath[];
  /** What the network let through. */
  readonly hosts: readonly ContactedHost[];
  /** What was refused all the same. */
  readonly violations: readonly Violation[];
}

/** @property kind of what is there after the command. `made`: a file that is new, or may have been put in place of another. `removed`: nothing is any more */
export interface WrittenPath {
  readonly path: AbsolutePath;
  readonly kind: 'file' | 'made' | 'directory' | 'removed';
}

/** @property port absent: the name was only looked up */
export interface ContactedHost {
  readonly host: string;
  readonly port?: number;
  readonly count: number;
}

/** What a proposal needs of the machine. */
export interface LearnFacts {
  /** Directories that programs are started from: `PATH`. */
  readonly programDirectories: readonly AbsolutePath[];
  exists(path: AbsolutePath): boolean;
}

export type EntryList = 'extends' | 'allowWrite' | 'allowedDomains' | 'allowUnixSockets';

/**
 * An entry that a proposal adds.
 *
 * @property because what was seen that needs it; at most some
 * @property count how many different things were seen
 * @property refused it was refused while recording: what the command would do next is not known
 */
export interface LearnedEntry {
  readonly list: EntryList;
  readonly value: string;
  readonly because: readonly string[];
  readonly count: number;
  readonly refused: boolean;
}

/**
 * What was seen and is not proposed.
 *
 * `secret`: a place of credentials; `protected`: files that programs outside of the sandbox obey; `system`: outside of the
 * home directory and the project, where the whole machine would notice; `programs`: a directory of `PATH`; `new-file`: a
 * file of its own in a directory that holds other programs' too; `local`: a service of this machine or its network;
 * `engine`: a socket that controls the machine; `denied`: by a rule of the policy that was started from.
 */
export interface NotProposed {
  readonly kind: 'secret' | 'protected' | 'system' | 'programs' | 'new-file' | 'local' | 'engine' | 'denied' | 'limit';
  readonly target: string;
  readonly reason: string;
  readonly count: number;
}

const MAX_EXAMPLES = 3;

export function learnedEntry(list: EntryList, value: string, seen: readonly string[], refused = false): LearnedEntry {
  const distinct = [...new Set(seen)];
  return { list, value, because: distinct.slice(0, MAX_EXAMPLES), count: distinct.length, refused };
}
