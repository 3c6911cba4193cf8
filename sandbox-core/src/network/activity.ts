import { printable } from '../policy';
import type { Caller, Destination } from './destination';
import type { NetworkUses } from './uses';

/** Hosts and commands with totals of their own; what comes beyond is counted under "(others)". */
const MAX_TOTALS = 1000;
const OTHERS = '(others)';
const MAX_TEXT = 256;

/** One line of the network log: a connection or an HTTP request that ended, or something that was refused. Requests are told where they can be read. */
export interface NetworkRecord {
  readonly version: 1;
  /** When it ended, ISO 8601 in UTC. */
  readonly time: string;
  readonly event: 'connection' | 'request' | 'refused';
  /** A name, or an address without brackets. */
  readonly host: string;
  /** Absent for a name that was looked up. */
  readonly port?: number;
  readonly source: 'network' | 'proxy' | 'dns';
  /** Bytes from the sandbox, and to it; of a request, those of the bodies. */
  readonly sent: number;
  readonly received: number;
  readonly milliseconds: number;
  /** Why a connection broke, as errno(3) names it; why one was refused. */
  readonly reason?: string;
  readonly pid?: number;
  readonly program?: string;
  readonly method?: string;
  /** Without a query. */
  readonly path?: string;
  readonly status?: number;
  readonly command?: readonly string[];
}

export interface Totals {
  readonly name: string;
  readonly connections: number;
  readonly requests: number;
  readonly refused: number;
  readonly sent: number;
  readonly received: number;
}

/** What a session's network carried and refused. */
export interface NetworkActivity {
  readonly byHost: readonly Totals[];
  readonly byCommand: readonly Totals[];
  /** What was let through, and by which rule. */
  readonly allowed: NetworkUses;
  /** @returns stops listening */
  onRecord(listener: (record: NetworkRecord) => void): () => void;
}

export interface NetworkRecorder extends Omit<NetworkActivity, 'allowed'> {
  add(entry: { readonly event: NetworkRecord['event']; readonly destination: Partial<Destination> & { readonly host: string }; readonly source: NetworkRecord['source'] } & RecordDetails): void;
}

interface RecordDetails {
  readonly sent?: number;
  readonly received?: number;
  readonly milliseconds?: number;
  readonly reason?: string | undefined;
  readonly request?: { readonly method: string; readonly path: string; readonly status: number };
  readonly caller?: Caller | undefined;
}

export function createNetworkRecorder(now: () => Date = () => new Date()): NetworkRecorder {
  const hosts = new Map<string, Totals>();
  const commands = new Map<string, Totals>();
  const listeners = new Set<(record: NetworkRecord) => void>();
  return {
    get byHost() {
      return [...hosts.values()];
    },
    get byCommand() {
      return [...commands.values()];
    },
    onRecord(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    add({ event, destination, source, sent = 0, received = 0, milliseconds = 0, reason, request, caller }) {
      const record: NetworkRecord = {
        version: 1,
        time: now().toISOString(),
        event,
        host: printable(destination.host, MAX_TEXT),
        ...(destination.port !== undefined && { port: destination.port }),
        source,
        sent,
        received,
        milliseconds,
        ...(reason !== undefined && { reason: printable(reason, MAX_TEXT) }),
        ...(request && { method: printable(request.method, MAX_TEXT), path: printable(request.path, MAX_TEXT), status: request.status }),
        ...(caller && { pid: caller.pid, program: printable(caller.program, MAX_TEXT), command: caller.command.map((word) => printable(word, MAX_TEXT)) }),
      };
      count(hosts, record.host, record);
      if (record.command) count(commands, record.command.join(' '), record);
      for (const listener of listeners) listener(record);
    },
  };
}

function count(totals: Map<string, Totals>, wanted: string, { event, sent, received }: NetworkRecord): void {
  const name = totals.has(wanted) || totals.size < MAX_TOTALS ? wanted : OTHERS;
  const before = totals.get(name) ?? { name, connections: 0, requests: 0, refused: 0, sent: 0, received: 0 };
  const is = (kind: NetworkRecord['event']): number => Number(event === kind);
  totals.set(name, { name, connections: before.connections + is('connection'), requests: before.requests + is('request'), refused: before.refused + is('refused'), sent: before.sent + sent, received: before.received + received });
}
