import { closeSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';

import { SandboxError } from '../errors';
import { watchVariables, type WatchedVariables } from '../host/heeded-variables';
import { recordLooks, type Look, type LookRecorder } from '../host/recorded-looks';
import { replayLooks, type LookReplay } from '../host/replayed-looks';
import { MAX_FRAME_BYTES, FrameReader, type Frame } from '../launch/frame';
import { keepLaunch, makePlace, type KeptPlace } from '../launch/kept/keep-launch';
import type { ExitStatus } from '../launch/command-channel';
import type { PodReady } from '../launch/pod';
import type { PlannedLaunch } from '../launch/prepare-command';
import type { TakenOver } from '../launch/taken-over';
import { absolutePath } from '../policy';

/** Where native/front says what it has for this process. */
const VARIABLE = 'SRT_FRONT';

/** What the native front began, and what it would begin with next time: native/front/session.h. */
export interface Front {
  /** A command is to be run, or goes on. Looks at the disk are recorded from here on if there is something to be kept, or find what they found. */
  readonly begin: () => void;
  /** A session that it has started already. */
  readonly takenOver?: TakenOver;
  /** Keeps a launch, if nothing was told to the user on the way to it: next time nothing would be. Once. */
  readonly launched?: (planned: PlannedLaunch, commands: readonly string[]) => void;
  /** The user is told something. */
  readonly spoil: () => void;
  /** Signals that this process was started to ignore, which Node does not tell. */
  readonly ignored: readonly NodeJS.Signals[];
  /** The same environment, watched if something is to be kept. */
  readonly watched: (environment: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
}

const NO_FRONT: Front = { begin: () => undefined, spoil: () => undefined, ignored: [], watched: (environment) => environment };

/** Of a process that the front became. */
export function takeFront(environment: NodeJS.ProcessEnv): Front {
  const descriptor = Number(environment[VARIABLE] ?? NaN);
  delete environment[VARIABLE];
  if (!Number.isInteger(descriptor)) return NO_FRONT;
  const frames = new Map(readFrames(descriptor).map((frame) => [frame.type, frame]));
  const [started, keep, session] = ['started', 'keep', 'session'].map((type) => frames.get(type));
  // The name that the user gave: links that lead from it are protected like those to a script that Node was given.
  if (started?.text(1).startsWith('/') === true) process.argv[1] = started.text(1);
  const planned = frames.get('planned');
  const ignored = started ? signalsIn(started.number(2)) : [];
  if (session && planned) return { ...goingOn(session, planned), ignored };
  // It runs already, and must not be started once more: this process ends, and the command with it.
  if (session) throw new SandboxError('session-ended', 'expected the srt that began this command, found another one, which was installed meanwhile. The command was ended');
  return { ...(keep ? keeping({ file: keep.text(1), key: keep.bytes(2) }) : NO_FRONT), ignored };
}

/** native/src/signals.h */
function signalsIn(set: number): NodeJS.Signals[] {
  return (Object.entries(constants.signals) as [NodeJS.Signals, number][]).filter(([, number]) => number <= 31 && (set & (1 << (number - 1))) !== 0).map(([name]) => name);
}

function readFrames(descriptor: number): readonly Frame[] {
  try {
    return new FrameReader(MAX_FRAME_BYTES).push(readFileSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

function keeping(place: KeptPlace): Omit<Front, 'ignored'> {
  let recorder: LookRecorder | undefined;
  const stop = (): ReturnType<LookRecorder['stop']> | undefined => {
    const looks = recorder?.stop();
    recorder = undefined;
    return looks;
  };
  let variables: WatchedVariables | undefined;
  return {
    begin() {
      makePlace(place);
      recorder = recordLooks();
    },
    launched(planned, commands) {
      const recorded = stop();
      if (recorded && variables) keepLaunch(place, commands, planned, { recorded, variables });
    },
    spoil: () => void stop(),
    watched(environment) {
      variables = watchVariables(environment);
      return variables.environment;
    },
  };
}

/** What a rule or a relative path leads to was settled when the command began: it may have moved all that it can write since. */
function goingOn(session: Frame, planned: Frame): Front {
  const frames = readFrames(Number(planned.text(1)));
  const directory = planned.text(2);
  let replay: LookReplay | undefined;
  return {
    ...NO_FRONT,
    begin() {
      process.cwd = () => directory;
      replay = replayLooks(frames.filter(({ type }) => type === 'look').map(lookIn));
    },
    takenOver: { ...takenOverIn(session), resolved: () => replay?.stop() },
  };
}

function lookIn(frame: Frame): Look {
  const kind = frame.text(1) as Look['kind']; // native/front has taken it again
  return { kind, path: frame.text(2), found: frame.bytes(3), ...(kind === 'access' && { mode: frame.number(4) }) };
}

function takenOverIn(frame: Frame): Omit<TakenOver, 'resolved'> {
  const [sessions, session, control, errors, messages, channel, ready, command, ended, foreground] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((field) => frame.text(field)) as [string, string, string, string, string, string, string, string, string, string];
  const status = statusIn(ended);
  return {
    sessions: absolutePath(sessions),
    session: absolutePath(session),
    control: Number(control),
    errors: Number(errors),
    messages: Number(messages),
    channel: Number(channel),
    ready: (JSON.parse(ready) as { readonly ready: PodReady }).ready, // the front has looked at it
    command: Number(command),
    isForeground: foreground === 'foreground',
    ...(status && { ended: status }),
  };
}

function statusIn(text: string): ExitStatus | undefined {
  const [how, number] = text.split(' ');
  if (how === 'exit') return { code: Number(number) };
  const signal = Object.entries(constants.signals).find(([, value]) => how === 'signal' && value === Number(number))?.[0];
  return signal === undefined ? undefined : { code: 128 + Number(number), signal: signal as NodeJS.Signals }; // a key of that table
}
