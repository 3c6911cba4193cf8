import { existsSync, readFileSync, statSync } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { absolutePath, type AbsolutePath, type PathKind, type PolicyPlatform } from 'sandbox-core/policy';

import { nativePath } from './policy-place';
import type { EntryKind, Runtime } from './runtime';

/** Beside the bundle in dist/, and beside the compiled sources in server/out/. */
const PROBLEM_PAGES = [join(__dirname, '..', 'docs', 'problems'), join(__dirname, '..', '..', 'docs', 'problems')];

/** The machine that the server runs on. */
export function createNodeRuntime(): Runtime {
  const pages = new Map<string, string | undefined>();
  return {
    problemPage(code) {
      if (!pages.has(code)) pages.set(code, findPage(code));
      return pages.get(code);
    },
    home: absolutePath(homedir()),
    platform: PLATFORMS[process.platform],
    kindOf: kindOfPath,
    readFile: (uri) => {
      try {
        return readFileSync(fileURLToPath(uri), 'utf8');
      } catch {
        return undefined;
      }
    },
    readStart: (path, maxBytes) => unlessMissing(readStart(nativePath(path), maxBytes)),
    readDirectory: (path) => unlessMissing(readdir(nativePath(path), { withFileTypes: true }).then((entries) => entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) })))),
    inspect: (path) => unlessMissing(Promise.all([stat(nativePath(path)), realpath(nativePath(path))]).then(([found, canonical]) => ({ kind: targetKind(found), canonical: absolutePath(canonical) }))),
    schedule(task, milliseconds) {
      const timer = setTimeout(task, milliseconds);
      return { cancel: () => clearTimeout(timer) };
    },
    yield: () => new Promise((resolve) => setImmediate(resolve)),
    now: () => performance.now(),
  };
}

function findPage(code: string): string | undefined {
  const found = PROBLEM_PAGES.map((folder) => join(folder, `${code}.md`)).find((path) => existsSync(path));
  return found === undefined ? undefined : pathToFileURL(found).toString();
}

const PLATFORMS: Readonly<Partial<Record<NodeJS.Platform, PolicyPlatform>>> = { linux: 'linux', darwin: 'macos', win32: 'windows' };

function kindOfPath(path: AbsolutePath): PathKind | undefined {
  try {
    const found = statSync(nativePath(path), { throwIfNoEntry: false });
    if (!found) return 'missing';
    return found.isDirectory() ? 'directory' : 'file';
  } catch {
    return undefined; // somebody else's directory is in the way
  }
}

async function readStart(path: string, maxBytes: number): Promise<string | undefined> {
  // A pipe or a device would never end, and opening one could block.
  if (!(await stat(path)).isFile()) return undefined;
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

interface FileType {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function kindOf(entry: FileType): EntryKind {
  return entry.isSymbolicLink() ? 'link' : targetKind(entry);
}

function targetKind(entry: FileType): 'file' | 'directory' | 'other' {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
}

function unlessMissing<Result>(work: Promise<Result>): Promise<Result | undefined> {
  return work.catch(() => undefined);
}
