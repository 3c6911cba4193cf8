import { strict as assert } from 'node:assert';
import { execFileSync, spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import { root } from '../support/cli';
import { policyOf } from '../support/policies';
import { openSandbox, type AsyncCleanup, type TestSandbox, type TestSandboxOptions } from '../support/sandbox';
import { temporaryDirectory, type Cleanup } from '../support/temporary';

/**
 * One thing that hostile code in the sandbox (or in a repository) tries.
 *
 * @property id stable: tests, docs/attacks.md and commit messages refer to it; variants of a case add a letter
 * @property outcome what the attempt gets, in a few words
 * @property stoppedBy what stops it, so that a reader knows where to look
 */
export interface Attack {
  readonly id: string;
  readonly name: string;
  readonly outcome: string;
  readonly stoppedBy: string;
  /** The attempt needs to read what lies around the sandbox's directory: it is not made where that is hidden. */
  readonly seesAround?: true;
  /** Why it cannot be tried on this machine, if it cannot. */
  readonly whyNotHere?: () => string | undefined;
  /** Tries it for real, and asserts that it came to nothing: inside, on the host, and in the record of violations. */
  readonly attempt: (lab: Lab) => void | Promise<void>;
  /** The same act where it is allowed, or its harmless sibling: shows that the sandbox is not simply broken. */
  readonly allowed: (lab: Lab) => void | Promise<void>;
}

/** A case that no test on Linux can run, and why. */
export interface OutOfReach {
  readonly id: string;
  readonly name: string;
  readonly reason: string;
}

export interface AttackSection {
  readonly title: string;
  /** The attempts are made once more in each of the `surroundings`. */
  readonly surrounded?: true;
  readonly attacks: readonly Attack[];
  readonly outOfReach: readonly OutOfReach[];
}

type PolicyParts = NonNullable<Parameters<typeof policyOf>[0]>;

/** Ways to hide all that lies around the sandbox's directory: what a policy protects in there is protected all the same. */
export const surroundings: Readonly<Record<string, (policy: PolicyParts) => PolicyParts>> = {
  'with all around it hidden by default': (policy) => ({ ...policy, filesystem: { ...policy.filesystem, defaultRead: 'deny' } }),
  'below a denied directory': ({ filesystem, ...policy }) => ({ ...policy, filesystem: { ...filesystem, denyRead: [...(filesystem?.denyRead ?? []), '..'], allowRead: [...(filesystem?.allowRead ?? []), '.'] } }),
};

export interface LabOptions extends Omit<TestSandboxOptions, 'policy'> {
  readonly policy?: PolicyParts;
}

export interface Laboratory extends TestSandbox {
  /** `probe ATTEMPT ARGUMENT…` (test/attacks/probe) in the sandbox: "ok", or the name of the error. */
  probe(...attempt: string[]): Promise<string>;
}

/** What an attack has to work with. */
export interface Lab {
  readonly context: AsyncCleanup & Cleanup;
  /** A sandbox in a directory of its own, with the probe in it. */
  open(options?: LabOptions): Promise<Laboratory>;
  /** The probe outside of any sandbox. */
  onHost(...attempt: string[]): string;
  /** The probe outside of any sandbox, running until the test ends. */
  startOnHost(...attempt: string[]): ChildProcessByStdio<null, Readable, null>;
  /** A directory on the host. */
  directory(files?: Readonly<Record<string, string>>): string;
}

/**
 * @param program the probe: buildProbe()
 * @param surround what becomes of every policy: one of `surroundings`
 */
export function createLab(context: AsyncCleanup & Cleanup, program: string, surround: (policy: PolicyParts) => PolicyParts = (policy) => policy): Lab {
  const directory: Lab['directory'] = (files) => temporaryDirectory(context, files);
  return {
    context,
    directory,
    async open({ policy = {}, ...options } = {}) {
      const home = options.directory ?? directory(options.files);
      copyFileSync(program, join(home, 'probe'));
      const sandbox = await openSandbox(context, { ...options, directory: home, policy: policyOf(surround(policy)) });
      const probe = async (...attempt: string[]): Promise<string> => {
        const { stdout, stderr, signal } = await sandbox.run([join(home, 'probe'), ...attempt]);
        return stdout.trim() || stderr.trim() || (signal ?? 'nothing');
      };
      return { ...sandbox, probe };
    },
    startOnHost(...attempt) {
      const child = spawn(program, attempt, { stdio: ['ignore', 'pipe', 'inherit'] });
      context.after(() => void child.kill('SIGKILL'));
      return child;
    },
    onHost: (...attempt) => spawnSync(program, attempt, { encoding: 'utf8' }).stdout.trim(),
  };
}

/** Compiles the probe (test/attacks/probe) into a directory: a third of a second. */
export function buildProbe(directory: string): string {
  const sources = join(root, 'test', 'attacks', 'probe');
  const output = join(directory, 'probe');
  const files = readdirSync(sources).filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
  execFileSync('cc', ['-std=c17', '-D_GNU_SOURCE', '-O1', '-Wall', '-Wextra', '-Werror', '-static', '-pthread', '-o', output, ...files], { stdio: ['ignore', 'inherit', 'inherit'] });
  return output;
}

/** An attack that is one attempt of the probe, with the error it must get. */
export function probeAttack(attack: Omit<Attack, 'attempt'> & { readonly probe: readonly string[]; readonly expected: string; readonly policy?: PolicyParts }): Attack {
  const { probe, expected, policy, ...rest } = attack;
  return {
    ...rest,
    async attempt(lab) {
      const sandbox = await lab.open({ ...(policy && { policy }) });
      assert.equal(await sandbox.probe(...probe), expected);
    },
  };
}

/** For an act that no policy allows: the attempt works on the host, so that it is the sandbox that stops it. */
export function worksOnHost(...attempt: string[]): Attack['allowed'] {
  return (lab) => assert.equal(lab.onHost(...attempt), 'ok');
}

/** The attempt is allowed by this policy. */
export function worksUnder(policy: PolicyParts, ...attempt: string[]): Attack['allowed'] {
  return async (lab) => assert.equal(await (await lab.open({ policy })).probe(...attempt), 'ok');
}
