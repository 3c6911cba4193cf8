import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { absolutePath, resolveWithoutDisk, ruleAroundLink, type AbsolutePath } from 'sandbox-core/policy';

import { policyOf } from '../../support/policies';

const policy = resolveWithoutDisk(
  policyOf({ filesystem: { allowWrite: ['/repo', '/data'], denyWrite: ['/repo/deploy/*/prod.yml', '/repo/src/**/secret.yml', '/repo/odd/a**b/c'] } }),
  { base: '/repo' as AbsolutePath, home: '/home/me' as AbsolutePath },
);

function around(link: string, text: string): string | undefined {
  const rule = ruleAroundLink(policy, absolutePath(link), text);
  return rule && (rule.kind === 'built-in' ? rule.name : rule.pointer);
}

describe('a symbolic link', () => {
  it('is refused where a rule denies names below it that it does not deny where the link leads', () => {
    assert.deepEqual(
      ['/repo/deploy/us ../other', '/repo/deploy .hidden', '/repo/src/lib ../lib', '/repo/src/lib /data', '/repo/.cargo x', '/repo/deep/er/.CLAUDE ../x', '/repo/x/.git/modules ../y', '/repo/odd/a1 x'].map((line) => around(...(line.split(' ') as [string, string]))),
      ['/filesystem/denyWrite/0', '/filesystem/denyWrite/0', '/filesystem/denyWrite/1', '/filesystem/denyWrite/1', 'toolchain-config', 'agent-settings', 'git-hooks', '/filesystem/denyWrite/2'],
    );
  });

  it('is free where the same is denied behind it, where nothing there may be written, and where no rule names anything below', () => {
    const free = ['/repo/deploy/us eu', '/repo/src/a b', '/repo/lib src', '/repo/deploy/us/x ../../y', '/repo/.cargo /usr/share/cargo', '/repo/bin/tool ../tool', '/repo/node_modules/x/.cargo ../y', '/repo/up ..', '/repo/root /'];
    assert.deepEqual(free.map((line) => around(...(line.split(' ') as [string, string]))), free.map(() => undefined));
  });
});
