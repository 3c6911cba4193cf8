import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { root } from '../../support/cli';
import { temporaryDirectory } from '../../support/temporary';

const native = join(root, 'sandbox-core', 'native');
/** Included by the fuzz targets, which need what is static in them, or replaced by the driver. */
const INCLUDED = ['main.c', 'failure.c', 'init_settings.c', 'pod.c', 'placeholders.c', 'run.c', 'connections.c', 'mounts.c'];
/** What reads a kept launch, beside kept.c. */
const FRONT = ['looks.c', 'request.c'];
const INPUTS = 3000;

const sources = (folder: string, without: readonly string[] = []): string[] => readdirSync(join(native, folder)).filter((name) => name.endsWith('.c') && !without.includes(name)).map((name) => join(native, folder, name));
const skip = process.platform !== 'linux' ? 'the helper is built on Linux only' : spawnSync('cc', ['--version']).error ? 'no C compiler (apt install gcc libc6-dev)' : false;

describe('the helper', { skip }, () => {
  it('survives malformed frames, settings, addresses, journals, launches, mounts and kept launches under the sanitizers', (context) => {
    const program = join(temporaryDirectory(context), 'fuzz');
    const flags = ['-std=c17', '-D_GNU_SOURCE', '-O1', '-Wall', '-Wextra', '-Werror', '-Wno-unused-function', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-pthread', '-DSRT_VERSION="0"'];
    const built = spawnSync('cc', [...flags, '-o', program, ...sources('fuzz'), ...sources('src', INCLUDED), ...FRONT.map((name) => join(native, 'front', name))], { encoding: 'utf8' });
    assert.equal(built.status, 0, built.stderr);
    // A refusal jumps back into the driver and leaves what was allocated, which in the helper ends with the process.
    const run = spawnSync(program, [String(INPUTS)], { encoding: 'utf8', env: { ASAN_OPTIONS: 'detect_leaks=0' } });
    assert.equal(run.status, 0, run.stderr);
    assert.deepEqual(run.stdout.trim().split('\n'), ['frames', 'settings', 'listen', 'journal', 'launch', 'mounts', 'kept'].map((name) => `${name}: ${INPUTS} inputs`));
  });
});
