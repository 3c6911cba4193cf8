import { randomUUID } from 'node:crypto';

import { createAgentTools, createSession, currentHost, type AgentAnswer, type AgentTools, type Session } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';
import type { CancellationToken } from 'vscode-jsonrpc/node';

import type { AgentCallParams, SessionViolations } from './protocol';

/** The tools of agents, for each policy that they were called under. */
export interface AgentCalls {
  call(params: AgentCallParams, token: CancellationToken): Promise<AgentAnswer>;
  close(): Promise<void>;
}

/**
 * @param follow told of each session that an agent's commands run in, so that what it refuses is shown as any other's
 * @param notice told what such a session has to say to a person
 */
export function createAgentCalls(follow: (id: string, session: Session, place: Pick<SessionViolations, 'directory' | 'policyPath' | 'home'>) => void, retire: (id: string) => Promise<boolean>, notice: (text: string) => void): AgentCalls {
  const byPlace = new Map<string, AgentTools>();
  const toolsFor = ({ directory, policyPath, layers }: AgentCallParams): AgentTools => {
    const key = JSON.stringify([directory, policyPath, layers]);
    const known = byPlace.get(key);
    if (known) return known;
    const host = currentHost();
    let last: string | undefined;
    const tools = createAgentTools({
      host,
      directory: absolutePath(directory),
      ...(policyPath !== undefined && { settings: policyPath }),
      load: { layers, trusted: true },
      notice,
      openSession: async (options) => {
        const session = await createSession(options);
        if (last !== undefined) void retire(last);
        last = `agent-${randomUUID()}`;
        follow(last, session, { directory, home: host.home, ...(policyPath !== undefined && { policyPath }) });
        return session;
      },
    });
    byPlace.set(key, tools);
    return tools;
  };
  return {
    call(params, token) {
      const cancelled = new AbortController();
      token.onCancellationRequested(() => cancelled.abort());
      return toolsFor(params).call(params.tool, params.input, cancelled.signal);
    },
    async close() {
      await Promise.all([...byPlace.values()].map((tools) => tools.close()));
    },
  };
}
