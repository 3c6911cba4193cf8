import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { joinPath, printable } from '../../policy';
import { copyObjects } from './object-copy';
import { RepositoryError, type OpenedDirectory } from './opened-directory';

/** What a repository may be like; a larger one is refused, not cut. */
const MAX_CONFIG_BYTES = 256 * 1024;
const MAX_PACKED_REFS_BYTES = 64 * 1024 * 1024;
const MAX_REF_BYTES = 4096;
const MAX_REFS = 20_000;
const MAX_DEPTH = 20;

/** Settings that say which branch goes to which repository, and nothing about programs: git-config(1). */
const KEPT_SETTINGS = /^(core\.repositoryformatversion|extensions\.objectformat|remote\..+\.(url|pushurl|fetch)|remote\.pushdefault|branch\..+\.(remote|merge|pushremote)|push\.(default|autosetupremote)|user\.(name|email))$/is;
/** Settings of nearly every repository that do not matter here. */
const HARMLESS_SETTINGS = /^(core\.(filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol)|branch\..+\.(rebase|description)|init\..+|color\..+|pull\..+|fetch\..+|submodule\..+|lfs\..+|gc\..+)$/is;
const REF = /^(ref: refs\/[^\s\0]+|[0-9a-f]{40}|[0-9a-f]{64})\n?$/;

export interface RepositoryCopy {
  readonly directory: string;
  /** Settings that were left behind and would have meant something, as shown to people. */
  readonly leftBehind: readonly string[];
}

/**
 * Makes a bare repository with the refs and objects of another one, which need not be trusted: hooks are not taken along, and of
 * its settings only those that say what goes where. So nothing that it has can make git run a program (githooks(5);
 * core.sshCommand, core.fsmonitor, credential.helper … of git-config(1)) or read elsewhere, also if it changes meanwhile.
 *
 * @param repository a `.git` directory
 * @param git the program's path
 */
export async function copyRepository(repository: OpenedDirectory, into: string, git: string): Promise<RepositoryCopy> {
  await copyObjects(repository, into);
  await mkdir(join(into, 'refs'), { recursive: true });
  if (!(await copyRef(repository, 'HEAD', join(into, 'HEAD')))) throw new RepositoryError('it has no HEAD');
  await copyRefs(repository, into, 'refs', { left: MAX_REFS });
  await copyText(repository, into, 'packed-refs', MAX_PACKED_REFS_BYTES);
  await copyText(repository, into, 'shallow', MAX_PACKED_REFS_BYTES);
  const leftBehind = await copySettings(repository, into, git);
  return { directory: into, leftBehind };
}

async function copyRefs(parent: OpenedDirectory, into: string, directory: string, count: { left: number }, depth = 0): Promise<void> {
  if (depth > MAX_DEPTH) throw new RepositoryError('its refs are nested too deeply');
  const from = await parent.directory(directory);
  try {
    for (const name of (await from?.names()) ?? []) {
      const copy = join(into, directory, name);
      if (--count.left < 0) throw new RepositoryError(`it has more than ${MAX_REFS} loose refs; run "git pack-refs --all"`);
      if (!from || name.endsWith('.lock')) continue;
      if (await isDirectory(from, name)) {
        await mkdir(copy, { recursive: true });
        await copyRefs(from, join(into, directory), name, count, depth + 1);
      } else await copyRef(from, name, copy);
    }
  } finally {
    await from?.close();
  }
}

/** What is neither a directory nor a plain file is refused when it is read. */
async function isDirectory(parent: OpenedDirectory, name: string): Promise<boolean> {
  const found = await parent.directory(name).catch(() => undefined);
  await found?.close();
  return found !== undefined;
}

/** False: there is none. */
async function copyRef(from: OpenedDirectory, name: string, into: string): Promise<boolean> {
  const text = await readPlainFile(from, name, MAX_REF_BYTES);
  if (text === undefined) return false;
  if (!REF.test(text)) throw new RepositoryError(`${printable(joinPath(from.path, name), 200)} is no ref`);
  await writeFile(into, text);
  return true;
}

/** Lists of object names and refs. */
async function copyText(from: OpenedDirectory, into: string, name: string, limit: number): Promise<void> {
  const text = await readPlainFile(from, name, limit);
  if (text === undefined) return;
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (!lines.every((line) => /^\^?[0-9a-f]{40,64}( refs\/[^\s\0]+)?$/.test(line))) throw new RepositoryError(`its ${name} is not of git's form`);
  await writeFile(join(into, name), text);
}

async function copySettings(from: OpenedDirectory, into: string, git: string): Promise<string[]> {
  const text = (await readPlainFile(from, 'config', MAX_CONFIG_BYTES)) ?? '';
  const copy = join(into, 'config.given');
  await writeFile(copy, text);
  const settings = await readSettings(copy, into, git);
  const kept = settings.filter(([name]) => KEPT_SETTINGS.test(name));
  await writeFile(join(into, 'config'), ['[core]', '\tbare = true', ...kept.flatMap(([name, value]) => settingLines(name, value))].join('\n') + '\n');
  return [...new Set(settings.map(([name]) => name))].filter((name) => !KEPT_SETTINGS.test(name) && !HARMLESS_SETTINGS.test(name)).slice(0, 10).map((name) => printable(name, 100));
}

/** git reads the copy of the file as a file: it is in no repository then, and includes nothing. */
async function readSettings(file: string, directory: string, git: string): Promise<(readonly [name: string, value: string])[]> {
  const environment = { GIT_DIR: join(directory, 'nowhere'), GIT_CONFIG_NOSYSTEM: '1', HOME: directory, XDG_CONFIG_HOME: directory, PATH: '/usr/bin:/bin' };
  try {
    const { stdout } = await promisify(execFile)(git, ['config', '--file', file, '--no-includes', '--null', '--list'], { cwd: directory, env: environment, maxBuffer: 4 * MAX_CONFIG_BYTES });
    return stdout.split('\0').filter((entry) => entry !== '').map((entry) => {
      const end = entry.indexOf('\n');
      return end < 0 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)];
    });
  } catch {
    throw new RepositoryError('its config cannot be read');
  }
}

/** git-config(1), "Syntax": a section, a subsection in quotes, a name. */
function settingLines(name: string, value: string): string[] {
  const [first, last] = [name.indexOf('.'), name.lastIndexOf('.')];
  const [section, subsection, key] = [name.slice(0, first), name.slice(first + 1, last), name.slice(last + 1)];
  const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  return [first === last ? `[${section}]` : `[${section} ${quoted(subsection)}]`, `\t${key} = ${quoted(value)}`];
}

/** Undefined: there is none. A link, a device or a pipe in its place is refused. */
async function readPlainFile(from: OpenedDirectory, name: string, limit: number): Promise<string | undefined> {
  const file = await from.file(name, limit);
  try {
    return (await file?.read())?.toString('utf8');
  } finally {
    await file?.close();
  }
}
