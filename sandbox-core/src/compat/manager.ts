import { EOL } from 'node:os';

import { SandboxError } from '../errors';
import { currentHost, type Host } from '../host/host';
import { isIgnored } from '../monitor/ignored';
import { absolutePath, asViolationsBlock, withoutViolationsBlock, type Violation } from '../policy';
import type { SandboxManagerApi, SandboxRuntimeConfig, WrapWithSandboxOptions } from './api';
import { checkedConfig, openSessions, type ConfiguredSessions } from './configured-sessions';
import { dependencyCheck } from './environment';
import { readers } from './readers';
import { shellLine, type Wrapped } from './shell-line';
import { commandKey, encodeCommand, SandboxViolationStore, violationLine } from './violation-store';

/** More than this of one violation at once is a flood; the store has room for 100. */
const MAX_REPEATED = 100;
/** Texts of commands that are remembered, to be told with their violations: those wrapped last. */
const MAX_TEXTS = 1000;

/**
 * A manager of its own, for programs that need several.
 *
 * @param hostNow the machine, with its environment as it is when it is asked for; the one that this runs on unless given
 */
export function createSandboxManager(hostNow: () => Host = currentHost): SandboxManagerApi {
  const store = new SandboxViolationStore();
  const texts = new Map<string, string>();
  let sessions: ConfiguredSessions | undefined;
  /** Set before anything is in force. */
  let early: SandboxRuntimeConfig | undefined;
  const config = (): SandboxRuntimeConfig | undefined => sessions?.config ?? early;
  const wrap = async (command: string, request: WrapRequest): Promise<Wrapped> => {
    if (!sessions) throw new SandboxError('usage', 'expected initialize() before a command is wrapped');
    const key = commandKey(request.options?.commandId ?? command);
    texts.delete(key);
    texts.set(key, request.options?.commandText ?? command);
    const [oldest = key] = texts.keys();
    if (texts.size > MAX_TEXTS) texts.delete(oldest);
    return wrapped(sessions, command, key, { ...request, host: hostNow() });
  };
  return {
    async initialize(first, ask) {
      if (!sessions) {
        const opened = openSessions(first, { host: hostNow(), isHere: hostNow === currentHost, ask, record: recorder(store, texts, () => config()?.ignoreViolations) });
        sessions = opened;
        early = undefined;
        opened.main.catch(() => (sessions = sessions === opened ? undefined : sessions));
      }
      await sessions.main;
    },
    isSupportedPlatform: () => ['linux', 'macos'].includes(hostNow().platform),
    isSandboxingEnabled: () => sessions !== undefined,
    checkDependencies: () => dependencyCheck(hostNow()),
    checkDependenciesAsync: () => Promise.resolve(dependencyCheck(hostNow())),
    ...readers(config),
    waitForNetworkInitialization: async () => (await sessions?.main.catch(() => undefined)) !== undefined,
    wrapWithSandbox: async (command, binShell, custom, signal, options) => shellLine(await wrap(command, { binShell, custom, signal, options })),
    async wrapWithSandboxArgv(command, binShell, custom, signal, _cwd, options) {
      const { argv, caller, environment } = await wrap(command, { binShell, custom, signal, options });
      return { argv: [...argv], env: { ...(environment ?? caller) } };
    },
    getSandboxViolationStore: () => store,
    annotateStderrWithSandboxFailures: (command, stderr) => annotated(stderr, sessions ? store.getViolationsForCommand(command).map(({ line }) => line) : []),
    getConfig: config,
    updateConfig(next) {
      if (sessions) sessions.update(next);
      else early = checkedConfig(next);
    },
    cleanupAfterCommand: () => undefined,
    async reset() {
      const before = sessions;
      sessions = undefined;
      early = undefined;
      texts.clear();
      await before?.stop();
    },
  };
}

/** The one of the process. */
export const SandboxManager: SandboxManagerApi = createSandboxManager();

interface WrapRequest {
  readonly binShell: string | undefined;
  readonly custom: Partial<SandboxRuntimeConfig> | undefined;
  readonly signal: AbortSignal | undefined;
  readonly options: WrapWithSandboxOptions | undefined;
}

async function wrapped(sessions: ConfiguredSessions, command: string, key: string, { binShell, custom, signal, host }: WrapRequest & { readonly host: Host }): Promise<Wrapped> {
  signal?.throwIfAborted();
  const line = await sessions.for(custom);
  const words = { argv: [binShell ?? 'bash', '-c', command], directory: absolutePath(process.cwd()), environment: host.environment, task: key };
  const { argv, environment } = await line.wrap(words);
  signal?.throwIfAborted();
  const withheld = (line.policy.credentials?.envVars ?? []).flatMap(({ name, mode }) => (mode === 'deny' ? [name] : []));
  return { argv, caller: host.environment, withheld, ...(environment && { environment }) };
}

/**
 * @param texts what is reported as the command, by the command's key
 * @param ignored by parts of that; what is ignored by parts of the command that was wrapped does not come here
 */
function recorder(store: SandboxViolationStore, texts: ReadonlyMap<string, string>, ignored: () => SandboxRuntimeConfig['ignoreViolations']): (violation: Violation, added: number) => void {
  return (violation, added) => {
    const { task } = violation;
    const command = task === undefined ? undefined : texts.get(task);
    if (command !== undefined && isIgnored({ ...violation, command: [command] }, ignored())) return;
    const event = { line: violationLine(violation), ...(task !== undefined && { encodedCommand: encodeCommand(task) }), ...(command !== undefined && { command }), timestamp: new Date(violation.time) };
    for (let times = 0; times < Math.min(added, MAX_REPEATED); times++) store.addViolation(event);
  };
}

function annotated(stderr: string, lines: readonly string[]): string {
  const printed = withoutViolationsBlock(stderr);
  return lines.length === 0 ? printed : `${printed}${EOL}${asViolationsBlock(lines, EOL)}`;
}
