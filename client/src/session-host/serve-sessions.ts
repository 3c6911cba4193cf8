import { createSession, currentHost, DEFAULT_POLICY, loadPolicy, locateHelper, SandboxError, type Session } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';
import { ErrorCodes, ResponseError, type MessageConnection } from 'vscode-jsonrpc/node';

import { closeSessionRequest, openSessionRequest, retireSessionRequest, sessionEndedNotification, sessionViolationsNotification, type OpenSessionParams, type OpenSessionResult } from './protocol';

/** A program that is refused a thousand times a second is reported a few times a second. */
const REPORT_INTERVAL_MS = 150;

export interface SessionServer {
  stopAll(): Promise<void>;
}

export function serveSessions(connection: MessageConnection): SessionServer {
  const sessions = new Map<string, Session>();
  connection.onRequest(openSessionRequest, (params) => openSession(params, connection, sessions).catch(toResponseError));
  connection.onRequest(closeSessionRequest, async ({ id }) => {
    const session = sessions.get(id);
    sessions.delete(id);
    await session?.stop();
  });
  connection.onRequest(retireSessionRequest, async ({ id }) => {
    const session = sessions.get(id);
    if (session && session.running > 0) return false;
    sessions.delete(id);
    await session?.stop();
    return true;
  });
  return {
    stopAll: async () => {
      await Promise.all([...sessions.values()].map((session) => session.stop()));
    },
  };
}

async function openSession({ id, policyPath, directory }: OpenSessionParams, connection: MessageConnection, sessions: Map<string, Session>): Promise<OpenSessionResult> {
  const host = currentHost();
  const { policy, composition } = policyPath === undefined ? { policy: DEFAULT_POLICY, composition: undefined } : loadPolicy(policyPath, { directory });
  const session = await createSession({ policy, policyFiles: policyPath === undefined ? [] : [absolutePath(policyPath)], ...composition, host, directory: absolutePath(directory) });
  sessions.set(id, session);
  reportViolations(id, session, connection);
  void session.ended.then((error) => {
    if (error) void connection.sendNotification(sessionEndedNotification, { id, reason: error.message });
  });
  return { socket: await session.openSocket(), helper: locateHelper(), home: host.home };
}

/** The first violation is told at once, the next ones together. */
function reportViolations(id: string, session: Session, connection: MessageConnection): void {
  let timer: NodeJS.Timeout | undefined;
  let isStale = false;
  const report = (): void => {
    void connection.sendNotification(sessionViolationsNotification, { id, violations: session.violations.violations });
    isStale = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (isStale) report();
    }, REPORT_INTERVAL_MS);
  };
  session.violations.onViolation(() => {
    isStale = true;
    if (timer === undefined) report();
  });
}

function toResponseError(error: unknown): ResponseError {
  return new ResponseError(ErrorCodes.InternalError, error instanceof SandboxError ? error.message : `unexpected failure: ${String(error)}`);
}
