import { createSession, currentHost, locateHelper, SandboxError, SHOWN_DIRECTORY, type AskAboutHost, type Session, type SessionOptions } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';
import { CancellationTokenSource, ErrorCodes, ResponseError, type MessageConnection } from 'vscode-jsonrpc/node';

import { createAgentCalls } from './agent-calls';
import { loadPolicyInPlace } from './load-policy';
import { createNotices } from './notices';
import { agentCallRequest, askHostRequest, closeSessionRequest, openSessionRequest, recordOutputNotification, recordPolicyRequest, retireSessionRequest, sessionEndedNotification, sessionViolationsNotification, updateSessionRequest, writeLearnedRequest, type OpenSessionParams, type OpenSessionResult, type PolicyPlaceParams, type SessionViolations, type UpdateSessionResult } from './protocol';
import { createRecordings } from './recordings';
import { followViolations } from './report-violations';

/** The sessions of one workspace, for the windows that are attached to it. */
export interface SessionHost {
  /** Serves a window until the returned function is called. It is told of all sessions there are. */
  attach(connection: MessageConnection): () => void;
  /** Commands that run. */
  readonly running: number;
  /** Ends sessions whose window is gone and in which nothing runs. */
  prune(): void;
  stop(): Promise<void>;
}

interface HostedSession {
  readonly session: Session;
  readonly place: Pick<SessionViolations, 'directory' | 'policyPath' | 'home'>;
  readonly result: OpenSessionResult;
  /** The window that starts commands in it. */
  readonly owner: MessageConnection;
}

export function createSessionHost(): SessionHost {
  const windows = new Set<MessageConnection>();
  const sessions = new Map<string, HostedSession>();

  const tell = (id: string, { session, place }: HostedSession, to: Iterable<MessageConnection> = windows): void => {
    for (const window of to) void window.sendNotification(sessionViolationsNotification, { id, violations: session.violations.violations, ...place });
  };
  const notices = createNotices(windows);
  const host = (id: string, hosted: HostedSession): HostedSession => {
    sessions.set(id, hosted);
    followViolations(hosted.session, () => tell(id, hosted));
    void hosted.session.ended.then((error) => {
      if (!error || !sessions.delete(id)) return;
      for (const window of windows) void window.sendNotification(sessionEndedNotification, { id, reason: error.message });
    });
    return hosted;
  };
  const open = async (params: OpenSessionParams, owner: MessageConnection): Promise<OpenSessionResult> => {
    const opened = await openSession(params, notices.tell, params.asks ? askWindows(params.id, windows) : undefined);
    return host(params.id, { ...opened, owner }).result;
  };
  const end = async (id: string): Promise<void> => {
    const hosted = sessions.get(id);
    sessions.delete(id);
    await hosted?.session.stop();
  };
  const retire = async (id: string): Promise<boolean> => {
    if ((sessions.get(id)?.session.running ?? 0) > 0) return false;
    await end(id);
    return true;
  };

  return {
    attach(connection) {
      windows.add(connection);
      const agents = createAgentCalls((id, session, place) => void host(id, { session, place, result: { socket: '', helper: '', home: place.home, files: [] }, owner: connection }), retire, notices.tell);
      connection.onRequest(openSessionRequest, (params) => open(params, connection).catch(toResponseError));
      connection.onRequest(closeSessionRequest, ({ id }) => end(id));
      connection.onRequest(retireSessionRequest, ({ id }) => retire(id));
      connection.onRequest(updateSessionRequest, (params) => updateSession(sessions.get(params.id)?.session, params));
      connection.onRequest(agentCallRequest, (params, token) => agents.call(params, token).catch(toResponseError));
      const recordings = createRecordings((text) => void connection.sendNotification(recordOutputNotification, { text }));
      connection.onRequest(recordPolicyRequest, (params, token) => recordings.record(params, token).catch(toResponseError));
      connection.onRequest(writeLearnedRequest, (learned) => recordings.write(learned).catch(toResponseError));
      // What was refused, or came up, while no window was there.
      queueMicrotask(() => sessions.forEach((hosted, id) => tell(id, hosted, [connection])));
      queueMicrotask(notices.catchUp);
      return () => {
        windows.delete(connection);
        recordings.close();
        connection.dispose();
        void agents.close();
      };
    },
    get running() {
      return [...sessions.values()].reduce((sum, { session }) => sum + session.running, 0);
    },
    prune: () => sessions.forEach(({ owner }, id) => void (windows.has(owner) || retire(id))),
    async stop() {
      await Promise.all([...sessions.keys()].map(end));
    },
  };
}

async function openSession(params: OpenSessionParams, notice: (text: string) => void, ask: AskAboutHost | undefined): Promise<Omit<HostedSession, 'owner'>> {
  const host = currentHost();
  const { policyPath, directory, auditLog } = params;
  const shown = Object.fromEntries(Object.entries(params.shown).map(([name, path]) => [name, absolutePath(path)]));
  const { policy, composition, sources } = loadPolicyInPlace(params);
  const files = sources.flatMap(({ path }) => path ?? []);
  const options: SessionOptions = { policy, policyFiles: files.map(absolutePath), ...composition, host, directory: absolutePath(directory), shown, notice, ...(ask && { ask }), ...(auditLog !== undefined && { audit: { file: auditLog } }) };
  const session = await createSession(options);
  return {
    session,
    place: { directory, home: host.home, ...(policyPath !== undefined && { policyPath }) },
    result: { socket: await session.openSocket(), helper: locateHelper(), home: host.home, files, ...(host.platform === 'linux' && { shown: SHOWN_DIRECTORY }) },
  };
}

async function updateSession(session: Session | undefined, place: PolicyPlaceParams): Promise<UpdateSessionResult> {
  const running = session?.running ?? 0;
  try {
    const { policy, composition } = loadPolicyInPlace(place);
    if (!session) return { outcome: 'restart', reason: 'the session has ended', running };
    await session.updatePolicy(policy, composition?.origins);
    return { outcome: 'applied', reason: '', running };
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    return { outcome: error.code === 'policy-file' ? 'unusable' : 'restart', reason: error.message, running };
  }
}

/** Every window of the workspace is asked; the first answer counts. Without a window nobody answers. */
function askWindows(id: string, windows: ReadonlySet<MessageConnection>): AskAboutHost {
  return async (question, lapsed) => {
    const cancel = new CancellationTokenSource();
    lapsed.addEventListener('abort', () => cancel.cancel(), { once: true });
    try {
      return await Promise.any([...windows].map((window) => window.sendRequest(askHostRequest, { id, question }, cancel.token)));
    } finally {
      cancel.cancel(); // the other windows take their question away
    }
  };
}

function toResponseError(error: unknown): ResponseError {
  return new ResponseError(ErrorCodes.InternalError, error instanceof SandboxError ? error.message : `unexpected failure: ${String(error)}`);
}
