/** sandbox-core: run commands under an srt policy. */
export { PolicyRefusedError, SandboxError, type SandboxErrorCode } from './errors';
export { currentHost, type Host } from './host/host';
export { locateHelper } from './host/locate';
export { DEFAULT_POLICY, DEFAULT_POLICY_NAME, loadPolicy, PolicyFileError, type LoadedPolicy } from './host/policy-file';
export type { ExitStatus } from './launch/command-channel';
export type { PlannableCommand } from './launch/prepare-command';
export type { SandboxProcess, StandardStreams } from './launch/sandbox-process';
export type { PublishedPort } from './launch/publish';
export { createSession, type CommandRequest, type Session, type SessionOptions } from './launch/session';
export type { AuditOptions } from './monitor/audit-log';
export type { RuleTotal, ViolationListener, ViolationStream, ViolationTotals } from './monitor/violation-stream';
export type { NetworkActivity, NetworkRecord, Totals } from './network/activity';
export type { AskAboutHost, HostAnswer, HostQuestion } from './network/ask';
export type { Caller } from './network/destination';
export type { HostLookup } from './network/dial';
export type { FilterContext, FilterResult, RequestFilter } from './network/http/filter';
export type { LaunchPlan, MountEntry, MountPoint, Refusal, RefusalCode } from './plan/plan';
export type { SeatbeltPlan } from './plan/seatbelt/plan';
