import { strict as assert } from 'node:assert';
import { lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import type { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';
import type { Attack, Lab, Laboratory } from './attack';

type PolicyParts = Parameters<typeof policyOf>[0];

interface Setting {
  readonly policy?: PolicyParts;
  /** On the host, beside each other: `ws` is where the sandbox starts. */
  readonly files?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly home?: string;
}

/**
 * An attack that is a shell script in the sandbox.
 *
 * @property script says BAD where something worked that must not
 * @property intact files on the host that are the same afterwards
 * @property absent what must not exist on the host afterwards, nor while the sandbox is still there
 * @property reported a violation that the attempt leaves: operation, path and rule
 * @property twin a script under the same rules (or others) that says ok
 */
export interface ShellAttack extends Setting {
  readonly id: string;
  readonly name: string;
  readonly outcome: string;
  readonly stoppedBy: string;
  readonly seesAround?: true;
  readonly whyNotHere?: () => string | undefined;
  readonly script: string;
  readonly intact?: Readonly<Record<string, string>>;
  readonly absent?: readonly string[];
  readonly reported?: RegExp;
  readonly twin: Partial<Setting> & { readonly script: string };
}

export function shellAttack({ script, intact = {}, absent = [], reported, twin, policy, files, links, home, ...attack }: ShellAttack): Attack {
  const setting = { ...(policy && { policy }), ...(files && { files }), ...(links && { links }), ...(home !== undefined && { home }) };
  return {
    ...attack,
    async attempt(lab) {
      const { sandbox, root } = await openSetting(lab, setting);
      const { stdout, stderr } = await sandbox.script(script);
      assert.doesNotMatch(stdout, /BAD/, `${stdout}\n${stderr}`);
      for (const [path, content] of Object.entries(intact)) assert.equal(readFileSync(join(root, path), 'utf8'), content, path);
      for (const path of absent) assert.equal(lstatSync(join(root, path), { throwIfNoEntry: false }), undefined, `${path} exists`);
      if (reported) assert.match(sandbox.violations().join('\n'), reported);
    },
    async allowed(lab) {
      const { sandbox } = await openSetting(lab, { ...setting, ...twin });
      const { stdout, stderr } = await sandbox.script(twin.script);
      assert.match(stdout, /^ok$/m, `${stdout}\n${stderr}`);
    },
  };
}

async function openSetting(lab: Lab, { policy = {}, files = {}, links = {}, home }: Setting): Promise<{ readonly sandbox: Laboratory; readonly root: string }> {
  const root = scene(lab, files);
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path));
  const sandbox = await lab.open({ policy, directory: join(root, 'ws'), ...(home !== undefined && { home: join(root, home), environment: { PATH: process.env['PATH'] ?? '', HOME: join(root, home) } }) });
  return { sandbox, root };
}

/** Not in /tmp, which the sandbox has for itself: what lies beside the sandbox's directory would be out of sight anyway. */
export function scene(lab: Lab, files: Readonly<Record<string, string>>): string {
  return temporaryDirectory(lab.context, { 'ws/': '', ...files }, '/var/tmp');
}
