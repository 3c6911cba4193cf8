import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What a test hook needs; node:test's context and mocha's `this` both can be made into one. */
export interface Cleanup {
  after(undo: () => void): void;
}

/** A directory of the test's own, with these files (`path: content`; a trailing slash makes a directory). */
export function temporaryDirectory(context: Cleanup, files: Readonly<Record<string, string>> = {}, parent: string = tmpdir()): string {
  const directory = realpathSync(mkdtempSync(join(parent, 'srt-test-')));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  writeFiles(directory, files);
  return directory;
}

export function writeFiles(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    const at = join(directory, path);
    mkdirSync(path.endsWith('/') ? at : dirname(at), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(at, content);
  }
}
