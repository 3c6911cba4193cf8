import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { currentHost, type Host } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';

import { temporaryDirectory } from './temporary';

export interface Mac {
  readonly host: Host;
  /** Has an empty directory `project`. */
  readonly directory: string;
  /** The profile that the last command got. */
  profile(): string;
  /** Says something in the stand-in for the system's log. */
  log(message: string): Promise<void>;
}

/** A host as a Mac, but for the two programs that only a Mac has: this sandbox-exec keeps the profile and runs the command, this log passes on what the test writes. */
export function rehearseMac(context: TestContext): Mac {
  const directory = temporaryDirectory(context, { 'project/': '', 'mac/': '' });
  const at = (name: string): string => join(directory, 'mac', name);
  spawnSync('mkfifo', [at('fifo')]);
  program(at('sandbox-exec'), `test "$1$3" = "-p--" || exit 99\nprintf %s "$2" > ${at('profile')}\nshift 3\nexec "$@"`);
  program(at('log'), `printf '%s ' "$@" > ${at('log-arguments')}\necho "Filtering the log data"\nexec /bin/cat ${at('fifo')}`);
  let opened: Promise<FileHandle> | undefined;
  context.after(async () => (await opened)?.close());
  return {
    host: { ...currentHost(), platform: 'macos', temporary: absolutePath(directory), seatbelt: { sandboxExec: at('sandbox-exec'), log: at('log') } },
    directory,
    profile: () => readFileSync(at('profile'), 'utf8'),
    async log(eventMessage) {
      opened ??= open(at('fifo'), 'w'); // once it is read from
      await (await opened).write(JSON.stringify({ eventMessage }) + '\n');
    },
  };
}

function program(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}
