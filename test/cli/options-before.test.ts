import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { srt, type CliResult } from '../support/cli';
import { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';

describe('options of srt before one of its commands', () => {
  const inProject = (context: Parameters<typeof temporaryDirectory>[0]): ((...args: string[]) => Promise<CliResult>) => {
    const policy = (path: string): string => JSON.stringify(policyOf({ filesystem: { allowWrite: [path] } }));
    const cwd = temporaryDirectory(context, { 'a.json': policy('./a'), 'b.json': policy('./b') });
    return (...args) => srt(args, { cwd, env: { HOME: '/nonexistent/home' }, input: '{"tool_name":"Bash","tool_input":{"command":"ls"}}' });
  };

  it('count as behind it: the policy that is named is the one that holds', async (context) => {
    const run = inProject(context);
    assert.match((await run('-s', 'a.json', 'explain', 'write', 'a/x')).stdout, /^allowed/);
    assert.match((await run('-s', 'a.json', 'explain', '-s', 'b.json', 'write', 'a/x')).stdout, /^denied/, 'the nearer one');
    assert.match((await run('-s', 'a.json', 'effective')).stdout, /"\.\/a"|\/a"/);
    assert.match((await run('-s', 'a.json', 'hook')).stdout, /a\.json/);
    for (const command of [['session'], ['effective'], ['explain', 'write', 'x']]) {
      const { code, stderr } = await run('-s', 'absent.json', ...command);
      assert.deepEqual([code, stderr.startsWith('Error: absent.json does not exist.')], [1, true], command.join(' '));
    }
  });

  it('are refused where they say nothing to it', async (context) => {
    const run = inProject(context);
    for (const [option, value, command] of [['--settings', 'a.json', 'doctor'], ['--settings', 'a.json', 'check'], ['-c', 'echo', 'doctor'], ['--audit-log', 'x', 'audit verify']] as const) {
      const { code, stdout, stderr } = await run(option, value, ...command.split(' '), ...(command === 'audit verify' ? ['a.json'] : []));
      assert.deepEqual([code, stdout], [1, ''], stderr);
      assert.ok(stderr.startsWith(`error: ${option} before ${command} says nothing to it; a program of that name is run with srt ${option} … -- ${command}`), stderr);
    }
  });

  it('are told from a command behind dashes, also where letters stand together', async (context) => {
    const run = inProject(context);
    const { code, stderr } = await run('-qs', 'a.json', '--', 'check');
    assert.doesNotMatch(stderr, /says nothing to it/);
    assert.notEqual(code, 0);
  });
});
