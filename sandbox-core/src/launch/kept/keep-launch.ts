import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import type { WatchedVariables } from '../../host/heeded-variables';
import { stampLook, type Look, type RecordedLooks } from '../../host/recorded-looks';
import { SESSION_ENTRIES } from '../../host/session-directory';
import { bubblewrapGround } from '../../plan/bubblewrap';
import { changedVariables } from '../../plan/environment';
import { containsPath } from '../../policy';
import { encodeFrame, joinStrings } from '../frame';
import { placeSettings } from '../launch-frame';
import type { PlannedLaunch } from '../prepare-command';
import { isKeepable } from './keepable';

/** The command line in one file. */
const BUNDLE = 'srt.js';
/** For different directories, policies and environments. */
const MAX_KEPT = 64;
/** A larger one would save nothing: native/front/kept.c. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Where a launch is kept, and of whom it is: native/front/key.c, which makes both. */
export interface KeptPlace {
  readonly file: string;
  readonly key: Uint8Array;
}

/** Everything that the planning took into account: each look at the disk, and which variables' values counted. */
export interface PlanningRecord {
  readonly recorded: RecordedLooks;
  readonly variables: WatchedVariables;
}

/**
 * Keeps a launch for native/front, if it is one that can be kept. Nothing depends on it: where it cannot be written, the next command
 * is planned anew.
 *
 * @param commands names that are srt's own commands
 */
export function keepLaunch({ file, key }: KeptPlace, commands: readonly string[], planned: PlannedLaunch, { recorded, variables }: PlanningRecord): boolean {
  const { facts, podWords } = planned;
  // Of a copy nobody would know what of it counted.
  const isWhole = recorded.spoiled === undefined && facts.environment === variables.environment && recorded.programs.every((program) => program === facts.bubblewrap || program === facts.helper);
  const own = ownProgram(planned);
  if (!isWhole || !own || !isKeepable(planned)) return false;
  // The directory of sessions is the front's own to look at, and every session's differs.
  const looks = recorded.looks.filter(({ path }) => !path.startsWith('/') || !containsPath(facts.sessionsDirectory, path as typeof facts.sessionsDirectory));
  const frames = [
    encodeFrame('kept', key),
    encodeFrame('commands', joinStrings(commands)),
    ...[...own, ...looks].map(lookFrame),
    encodeFrame('session', facts.sessionsDirectory, facts.sessionDirectory),
    ...SESSION_ENTRIES.map(({ name, mode = 0, content }) => encodeFrame('entry', name, mode, ...(content === undefined ? [] : [content]))),
    encodeFrame('helper', facts.helper),
    encodeFrame('pod', joinStrings(podWords)),
    ...planned.plan.mountPoints.map(({ kind, path, isThere }) => encodeFrame('mount-point', kind, path, isThere === true ? 1 : 0)),
    launchFrame(planned),
    variablesFrame(planned),
    ...heededFrames(planned, variables.heeded),
    encodeFrame('end'),
  ];
  return write(file, Buffer.concat(frames));
}

/** Before anything is looked at: a look would find that it is missing, and the next one that it is not. */
export function makePlace({ file }: KeptPlace): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  } catch {
    return; // nothing will be kept
  }
}

/** Another one plans something else. Undefined if it is not one file, or was made just now. */
function ownProgram({ facts: { helper, watchLibrary } }: PlannedLaunch): Look[] | undefined {
  if (basename(__filename) !== BUNDLE) return undefined;
  const stamps = [__filename, helper, ...(watchLibrary ? [watchLibrary] : [])].map(stampLook);
  return stamps.every((stamp) => stamp !== undefined) ? stamps : undefined;
}

function lookFrame({ kind, path, found, mode }: Look): Buffer {
  return encodeFrame('look', kind, path, found, ...(mode === undefined ? [] : [mode]));
}

function launchFrame({ plan, parts, facts, nestedNamespaces }: PlannedLaunch): Buffer {
  return encodeFrame('launch', facts.bubblewrap, joinStrings(bubblewrapGround(plan)), placeSettings(plan, parts, { makesMounts: facts.makesMounts, nestedNamespaces }));
}

/** What is the caller's own stays so; all else is of the plan. */
function variablesFrame({ plan, facts, policy }: PlannedLaunch): Buffer {
  const changed = changedVariables(plan.environment, facts.environment, policy.source);
  const passed = Object.keys(plan.environment).filter((name) => !(name in changed));
  return encodeFrame('variables', joinStrings(passed), joinStrings(Object.entries(changed).map(([name, value]) => `${name}=${value}`)));
}

/** Of variables that planning heeded. Their values may be secrets, and are not kept: FNV-1a, as native/front/key.c. */
function heededFrames({ plan, facts, policy }: PlannedLaunch, heeded: ReadonlySet<string>): Buffer[] {
  const changed = Object.keys(changedVariables(plan.environment, facts.environment, policy.source));
  return [...new Set([...heeded, ...changed])].map((name) => {
    const value = facts.environment[name];
    return value === undefined ? encodeFrame('heeded', name) : encodeFrame('heeded', name, hashOf(value));
  });
}

function hashOf(text: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(Buffer.from(text).reduce((hash, byte) => BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n), 0xcbf29ce484222325n));
  return bytes;
}

/** Whoever may write it decides what runs: nobody but the user. */
function write(file: string, bytes: Uint8Array): boolean {
  const directory = dirname(file);
  const fresh = `${file}.${process.pid}`;
  if (bytes.length > MAX_BYTES) return false;
  try {
    const found = lstatSync(directory);
    if (!found.isDirectory() || found.uid !== process.geteuid?.()) return false;
    if ((found.mode & 0o077) !== 0) chmodSync(directory, 0o700);
    removeOldest(directory);
    writeFileSync(fresh, bytes, { flag: 'wx', mode: 0o600 });
    renameSync(fresh, file);
    return true;
  } catch {
    discard(fresh);
    return false;
  }
}

/** Where the directory cannot be entered, or is none, nothing was made. */
function discard(fresh: string): void {
  try {
    rmSync(fresh, { force: true });
  } catch {
    // nor is there anything to remove
  }
}

function removeOldest(directory: string): void {
  const names = readdirSync(directory);
  if (names.length < MAX_KEPT) return;
  const times = names.map((name) => ({ path: join(directory, name), changed: statSync(join(directory, name)).mtimeMs })).sort((one, other) => one.changed - other.changed);
  for (const { path } of times.slice(0, names.length - MAX_KEPT + 1)) rmSync(path, { force: true });
}
