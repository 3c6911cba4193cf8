/** sandbox-core: run commands under an srt policy. */
export { PolicyRefusedError, SandboxError, type SandboxErrorCode } from './errors';
export { currentHost, type Host } from './host/host';
export type { ExitStatus, SandboxProcess, StandardStreams } from './launch/sandbox-process';
export { createSession, type CommandRequest, type Session, type SessionOptions } from './launch/session';
export type { ViolationListener, ViolationStream } from './monitor/violation-stream';
export type { HostLookup } from './network/dial';
export type { LaunchPlan, MountEntry, MountPoint, Refusal, RefusalCode } from './plan/plan';
