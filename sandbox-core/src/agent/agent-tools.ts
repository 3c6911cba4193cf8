import { SandboxError } from '../errors';
import { explainOnHost } from '../host/explain';
import type { Host } from '../host/host';
import { loadPolicy, type LoadedPolicy, type LoadOptions } from '../host/policy-file';
import { toRequest } from '../host/questions';
import { resolvePolicyOnHost } from '../host/resolve-policy';
import { createSession, type Session, type SessionOptions } from '../launch/session';
import { expandPath, isOwnPlace, withoutViolationsBlock, type AbsolutePath, type Explanation, type PathContext, type PolicyPlatform } from '../policy';
import { describeExplanation, describeProposal, describeRun, describeViolations } from './answers';
import { runAgentCommand } from './run-command';
import { DEFAULT_TIMEOUT_SECONDS, type ToolName } from './tool-definitions';

export interface AgentToolsOptions {
  readonly host: Host;
  /** What the policy's relative paths are relative to, and where commands run. */
  readonly directory: AbsolutePath;
  /** The policy; the default one unless given. It is read again for every call, so that edits count. */
  readonly settings?: string;
  readonly load?: LoadOptions;
  readonly lookup?: SessionOptions['lookup'];
  /** `createSession` unless given: for whoever follows the sessions that commands run in. */
  readonly openSession?: (options: SessionOptions, loaded: LoadedPolicy) => Promise<Session>;
  /** Records the sessions in an audit log. */
  readonly audit?: SessionOptions['audit'];
  /** Told what sessions have to say to a person. */
  readonly notice?: SessionOptions['notice'];
}

/** Text for a model. */
export interface AgentAnswer {
  readonly text: string;
  readonly isError: boolean;
}

/** The tools, for one workspace and one policy. */
export interface AgentTools {
  /** @param input has been held against the tool's schema */
  call(tool: ToolName, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<AgentAnswer>;
  /** Ends what still runs. */
  close(): Promise<void>;
}

interface OpenSession {
  /** Of `sessionKey`. */
  readonly key: string;
  /** As it was read last: its rules may stand elsewhere in the text than when the session began. */
  loaded: LoadedPolicy;
  readonly session: Promise<Session>;
  /** How many commands run in it, or are about to. */
  commands: number;
}

/** A session for each policy; those of earlier ones end when nothing runs in them any more. */
interface AgentSessions {
  readonly current: OpenSession | undefined;
  /** The session of the policy as it is now, for a command. */
  open(): OpenSession;
  /** The command has ended. */
  leave(opened: OpenSession): void;
  close(): Promise<void>;
}

function createAgentSessions({ host, directory, settings, load, lookup, audit, notice, openSession = createSession }: AgentToolsOptions): AgentSessions {
  const sessions = new Set<OpenSession>();
  let current: OpenSession | undefined;
  const start = (key: string, loaded: LoadedPolicy): OpenSession => {
    const policyFiles = loaded.file ? [expandPath(loaded.file.path, { base: directory, home: host.home })] : [];
    const session = openSession({ policy: loaded.policy, policyFiles, ...loaded.composition, host, directory, ...(lookup && { lookup }), ...(audit && { audit }), ...(notice && { notice }) }, loaded);
    const opened: OpenSession = { key, loaded, session, commands: 0 };
    const forget = (): void => {
      sessions.delete(opened);
      if (current === opened) current = undefined;
    };
    sessions.add(opened);
    session.then(({ ended }) => ended.then(forget), forget);
    return opened;
  };
  const stop = async ({ session }: OpenSession): Promise<void> => (await session.catch(() => undefined))?.stop();
  return {
    get current() {
      return current;
    },
    open() {
      const loaded = loadPolicy(settings, { directory, atOnce: true, ...load });
      const key = sessionKey(loaded);
      const before = current;
      const opened = before?.key === key ? before : start(key, loaded);
      current = opened;
      opened.loaded = loaded;
      opened.commands++;
      if (before && before !== opened && before.commands === 0) void stop(before);
      return opened;
    },
    leave(opened) {
      if (--opened.commands === 0 && opened !== current) void stop(opened);
    },
    async close() {
      await Promise.all([...sessions].map(stop));
    },
  };
}

/** The policy; of one that several files make up also their texts, as a rule may have moved from one to another, and no command may write them. */
function sessionKey({ policy, composition, sources }: LoadedPolicy): string {
  return JSON.stringify([policy, composition ? sources.map(({ path, checked }) => [path, checked.syntax.text]) : []]);
}

export function createAgentTools(options: AgentToolsOptions): AgentTools {
  const { host, directory, settings, load } = options;
  const context: PathContext = { base: directory, home: host.home };
  const sessions = createAgentSessions(options);
  let commands = 0;

  const ask = async ({ operation, target }: Readonly<Record<string, unknown>>): Promise<{ readonly loaded: LoadedPolicy; readonly explanation: Explanation }> => {
    const loaded = loadPolicy(settings, { directory, atOnce: true, ...load });
    const { policy } = await resolvePolicyOnHost(loaded.policy, { ...context, ...loaded.composition });
    return { loaded, explanation: explainOnHost(policy, await toRequest(String(operation), String(target), context, (path) => isOwnPlace(policy, path, platformOf(host))), platformOf(host)) };
  };

  const run = async (input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<AgentAnswer> => {
    const opened = sessions.open();
    const seconds = typeof input['timeoutSeconds'] === 'number' ? input['timeoutSeconds'] : DEFAULT_TIMEOUT_SECONDS;
    const where = typeof input['directory'] === 'string' ? expandPath(input['directory'], context) : directory;
    const command = { command: String(input['command']), directory: where, label: `agent command ${++commands}`, timeoutMs: seconds * 1000, ...(input['terminal'] === true && { terminal: { environment: host.environment } }) };
    const result = await opened.session.then((session) => runAgentCommand(session, command, signal)).finally(() => sessions.leave(opened));
    return { text: describeRun(result, opened.loaded, directory), isError: result.ended !== 'by itself' };
  };

  const tools: Readonly<Record<ToolName, (input: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<string | AgentAnswer>>> = {
    run_in_sandbox: run,
    explain_denial: async (input) => {
      const { loaded, explanation } = await ask(input);
      return describeExplanation(explanation, loaded);
    },
    get_violations: async () => describeViolations((await sessions.current?.session)?.violations.violations ?? [], sessions.current?.loaded, directory),
    propose_policy_change: async (input) => {
      const { loaded, explanation } = await ask(input);
      return describeProposal(explanation, loaded);
    },
  };
  return {
    async call(tool, input, signal) {
      try {
        const answer = await tools[tool](input, signal);
        return typeof answer === 'string' ? { text: withoutViolationsBlock(answer), isError: false } : answer;
      } catch (error) {
        if (error instanceof SandboxError) return { text: `Nothing was run: ${withoutViolationsBlock(error.message)}`, isError: true };
        throw error;
      }
    },
    close: () => sessions.close(),
  };
}

function platformOf({ platform }: Host): PolicyPlatform {
  return platform === 'other' ? 'linux' : platform;
}

