import type { Decision, RequestInQuestion } from '../policy';

/** Where a program in the sandbox wants to go, as it said: a name or an address, IPv6 without brackets. */
export interface Destination {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, IPv6 in brackets. */
export function describeDestination({ host, port }: Destination): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The process in the sandbox that wants it, as far as it is known. */
export interface Caller {
  /** Inside the sandbox. */
  readonly pid: number;
  /** Absolute path; hostile text. */
  readonly program: string;
  readonly command: readonly string[];
  readonly task?: string;
}

/** Something the network refused, for whoever records violations. */
export interface NetworkDenial {
  readonly operation: 'resolve' | 'connect' | 'request';
  readonly source: 'dns' | 'network' | 'proxy';
  /** `host`, `host:port`, or `METHOD http://…` without a query. */
  readonly target: string;
  readonly decision: Decision;
  readonly caller?: Caller;
}

/** The one judge of DNS, transparent connections and the proxy; its answers follow the policy in force at the moment. */
export interface NetworkJudge {
  /** By the policy and by what was granted in this session. */
  connect(destination: Destination): Decision;
  /** As connect(); where no rule covers the host and somebody can be asked, with their answer. */
  admit(destination: Destination, caller?: Caller): Promise<Decision>;
  resolve(host: string): Decision;
  report(denial: NetworkDenial): void;
}

/** Where single HTTP requests are seen, they are judged too. */
export interface RequestJudge extends NetworkJudge {
  /** One request to a destination that may be connected to. */
  request(request: RequestInQuestion): Decision;
  /** Whether requests to a destination differ from each other: then each of them has to be seen. */
  hasRequestRules(destination: Destination): boolean;
}
