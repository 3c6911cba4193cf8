import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { printable, type AbsolutePath } from '../../policy';

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

/** Why a repository cannot be used outside. The message is for whoever called git inside. */
export class RepositoryError extends Error {
  override readonly name = 'RepositoryError';
}

export interface RepositoryCopy {
  readonly directory: string;
  /** Settings that were left behind and would have meant something, as shown to people. */
  readonly leftBehind: readonly string[];
}

/**
 * Makes a bare repository with the refs of another one, which need not be trusted: hooks are not taken along, of its settings
 * only those that say what goes where, and its objects are read where they are. So nothing that it has can make git run a
 * program (githooks(5); core.sshCommand, core.fsmonitor, credential.helper … of git-config(1)), also if it changes meanwhile.
 *
 * @param gitDirectory a `.git` directory
 * @param git the program's path
 */
export async function copyRepository(gitDirectory: AbsolutePath, into: string, git: string): Promise<RepositoryCopy> {
  await requireOwnObjects(gitDirectory);
  await mkdir(join(into, 'refs'), { recursive: true });
  await mkdir(join(into, 'objects', 'info'), { recursive: true });
  await writeFile(join(into, 'objects', 'info', 'alternates'), `${join(gitDirectory, 'objects')}\n`);
  await copyRef(join(gitDirectory, 'HEAD'), join(into, 'HEAD'));
  await copyRefs(gitDirectory, into, 'refs', { left: MAX_REFS });
  await copyText(gitDirectory, into, 'packed-refs', MAX_PACKED_REFS_BYTES);
  await copyText(gitDirectory, into, 'shallow', MAX_PACKED_REFS_BYTES);
  const leftBehind = await copySettings(gitDirectory, into, git);
  return { directory: into, leftBehind };
}

/** Objects of another repository, which the sandbox may not be able to read, are not to be sent anywhere. */
async function requireOwnObjects(gitDirectory: string): Promise<void> {
  for (const name of ['objects', 'objects/pack', 'objects/info']) {
    const found = await lstat(join(gitDirectory, name)).catch(() => undefined);
    if (found && !found.isDirectory()) throw new RepositoryError(`its ${name} is no directory`);
    if (!found && name === 'objects') throw new RepositoryError('it has no objects of its own (a linked worktree or a submodule cannot be used outside; call git in the main one)');
  }
  const borrowed = await lstat(join(gitDirectory, 'objects', 'info', 'alternates')).catch(() => undefined);
  if (borrowed) throw new RepositoryError('it borrows objects from another repository (objects/info/alternates); run "git repack -ad" and remove that file');
}

async function copyRefs(from: string, into: string, directory: string, count: { left: number }, depth = 0): Promise<void> {
  if (depth > MAX_DEPTH) throw new RepositoryError('its refs are nested too deeply');
  for (const entry of await readdir(join(from, directory), { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (--count.left < 0) throw new RepositoryError(`it has more than ${MAX_REFS} loose refs; run "git pack-refs --all"`);
    if (entry.isDirectory()) {
      await mkdir(join(into, path), { recursive: true });
      await copyRefs(from, into, path, count, depth + 1);
    } else if (entry.isFile() && !entry.name.endsWith('.lock')) {
      await copyRef(join(from, path), join(into, path));
    }
  }
}

async function copyRef(from: string, into: string): Promise<void> {
  const text = await readPlainFile(from, MAX_REF_BYTES);
  if (text === undefined || !REF.test(text)) throw new RepositoryError(`${printable(from, 200)} is no ref`);
  await writeFile(into, text);
}

/** Lists of object names and refs. */
async function copyText(from: string, into: string, name: string, limit: number): Promise<void> {
  const text = await readPlainFile(join(from, name), limit);
  if (text === undefined) return;
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (!lines.every((line) => /^\^?[0-9a-f]{40,64}( refs\/[^\s\0]+)?$/.test(line))) throw new RepositoryError(`its ${name} is not of git's form`);
  await writeFile(join(into, name), text);
}

async function copySettings(from: string, into: string, git: string): Promise<string[]> {
  const text = (await readPlainFile(join(from, 'config'), MAX_CONFIG_BYTES)) ?? '';
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
async function readPlainFile(path: string, limit: number): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile() || found.size > limit) throw new RepositoryError(`${printable(path, 200)} is no file of at most ${limit} bytes`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof RepositoryError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new RepositoryError(`${printable(path, 200)} cannot be read`);
  }
}
