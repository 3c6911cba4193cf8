import { spawn } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { srtCommand } from '../support/cli';
import { temporaryDirectory, type Cleanup } from '../support/temporary';
import { FILES, LINKS, type CompatCase } from './cases';

export type Verdict = 'allowed' | 'denied' | 'not run';

/** check → verdict */
export type Verdicts = ReadonlyMap<string, Verdict>;

const MARK = 'srt-compat-verdict';

/**
 * Runs a case's checks in one sandbox, in fresh files.
 *
 * @param program the command line program to be started with node
 */
export async function runCase({ settings, checks }: CompatCase, program: string, context: Cleanup): Promise<Verdicts> {
  // Not in /tmp: ours has a private one, and only what the policy names would be there.
  const directory = temporaryDirectory(context, { ...FILES, 'settings.json': typeof settings === 'string' ? settings : JSON.stringify(settings) }, '/var/tmp');
  for (const [path, target] of Object.entries(LINKS)) symlinkSync(target, join(directory, path));
  const script = join(directory, 'checks.sh');
  writeFileSync(script, shellScript(checks));
  const child = spawn(process.execPath, [program, '-s', join(directory, 'settings.json'), 'bash', script], {
    cwd: join(directory, 'project'),
    env: { PATH: process.env['PATH'], HOME: join(directory, 'home'), LANG: 'C', COMPAT_TOKEN: 'x' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const output = await text(child.stdout);
  const verdicts = new Map<string, Verdict>(Object.keys(checks).map((check) => [check, 'not run']));
  for (const [, status, check] of output.matchAll(new RegExp(`^${MARK} (\\d+) (.*)$`, 'gm'))) verdicts.set(check ?? '', status === '0' ? 'allowed' : 'denied');
  return verdicts;
}

/** Each check in a shell of its own, so that none ends the others. */
function shellScript(checks: CompatCase['checks']): string {
  const quoted = (source: string): string => `'${source.replaceAll("'", "'\\''")}'`;
  const lines = Object.entries(checks).map(([check, source]) => `bash -c ${quoted(source)} > /dev/null 2>&1 < /dev/null; echo ${quoted(MARK)} $? ${quoted(check)}`);
  return `export TMPDIR_OK=/dev/shm\n${lines.join('\n')}\n`;
}

export const ourProgram = srtCommand;
