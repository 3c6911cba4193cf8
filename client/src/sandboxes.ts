import { randomUUID } from 'node:crypto';

import type { AgentAnswer, HostAnswer, HostQuestion, Learned, ToolName } from 'sandbox-core';
import type { PolicyEdit } from 'sandbox-core/policy';
import * as vscode from 'vscode';
import type { MessageConnection } from 'vscode-jsonrpc/node';

import { auditLogFile } from './audit-log-file';
import { choosePolicy, policyKey, type PolicyChoice } from './policy-choice';
import { fingerprintOf, watchFiles } from './policy-fingerprint';
import { shellFilesOnHost, shownShellFiles, type ShellFiles } from './shell-command';
import { findSessionHost, sessionHostPlace, startSessionHost, type SessionHostPlace } from './session-host-client';
import { agentCallRequest, askHostRequest, openSessionRequest, recordOutputNotification, recordPolicyRequest, retireSessionRequest, sessionEndedNotification, sessionNoticeNotification, sessionViolationsNotification, updateSessionRequest, writeLearnedRequest, type OpenSessionResult, type PolicyPlaceParams, type RecordPolicyParams, type SessionViolations, type UpdateSessionResult } from './session-host/protocol';
import { createViolationStore, type SandboxViolations, type ViolationStore } from './violation-store';

/** A session that terminals and tasks can be started in. */
export interface OpenSandbox extends OpenSessionResult {
  readonly policy: PolicyChoice;
}

/** How the sandbox of a policy is: `stale`: what runs keeps an earlier policy; `failed`: nothing can be started. */
export interface SandboxState {
  readonly kind: 'idle' | 'ready' | 'stale' | 'failed';
  readonly detail: string;
}

/** Puts a question to the user; cancelled when an answer no longer counts. */
export type AskUser = (question: HostQuestion, policy: PolicyChoice, lapsed: vscode.CancellationToken) => Promise<HostAnswer>;

/** The sessions of this window, opened when first needed, which follow their policy as far as a running session can. */
export interface Sandboxes {
  dispose(): void;
  /**
   * Rejects with an error whose message can be shown; in an untrusted workspace always.
   *
   * @param policyFile a policy other than the folder's, absolute or relative to it
   */
  open(folder: vscode.WorkspaceFolder | undefined, policyFile?: string): Promise<OpenSandbox>;
  /** Lets something pass until the window closes, without a change of the file. Resolves with how what runs took it. */
  grant(policy: PolicyChoice, edit: PolicyEdit): Promise<UpdateSessionResult>;
  callTool(folder: vscode.WorkspaceFolder | undefined, tool: ToolName, input: Readonly<Record<string, unknown>>, token: vscode.CancellationToken): Promise<AgentAnswer>;
  /** Runs a command to learn which policy it needs. Cancelling ends the command; what was seen until then is proposed. */
  recordPolicy(params: RecordPolicyParams, token: vscode.CancellationToken): Promise<Learned>;
  /** What the command that is recorded prints. */
  readonly onRecordOutput: vscode.Event<string>;
  writeLearned(learned: Learned): Promise<void>;
  stateOf(policy: PolicyChoice): SandboxState;
  readonly onDidChangeState: vscode.Event<void>;
  readonly onViolations: vscode.Event<SandboxViolations>;
  clearViolations(): void;
}

interface KnownSession {
  readonly id: string;
  readonly policy: PolicyChoice;
  readonly opened: Promise<OpenSandbox>;
  /** Of the policy's files and grants, as the session has them or as it could not take them. */
  fingerprint: string;
  state: SandboxState;
  watcher: vscode.Disposable | undefined;
}

const READY: SandboxState = { kind: 'ready', detail: '' };

export function createSandboxes(context: vscode.ExtensionContext, log: vscode.LogOutputChannel, ask: AskUser): Sandboxes {
  return new SessionHostSandboxes(sessionHostPlace(context), shellFilesOnHost(vscode.env.appRoot, context.asAbsolutePath('client/shells')), log, ask);
}

class SessionHostSandboxes implements Sandboxes {
  private readonly sessions = new Map<string, KnownSession>();
  private readonly grants = new Map<string, readonly PolicyEdit[]>();
  private readonly failures = new Map<string, string>();
  private readonly policies = new Map<string, PolicyChoice>();
  private readonly stateChanged = new vscode.EventEmitter<void>();
  private readonly recordOutput = new vscode.EventEmitter<string>();
  private readonly store: ViolationStore = createViolationStore();
  private connecting: Promise<MessageConnection> | undefined;
  private disposed = false;

  readonly onViolations = this.store.onViolations;
  readonly onDidChangeState = this.stateChanged.event;
  readonly onRecordOutput = this.recordOutput.event;

  constructor(
    private readonly place: SessionHostPlace,
    private readonly shellFiles: ShellFiles,
    private readonly log: vscode.LogOutputChannel,
    private readonly ask: AskUser,
  ) {
    void this.rejoin();
  }

  async open(folder: vscode.WorkspaceFolder | undefined, policyFile?: string): Promise<OpenSandbox> {
    requireTrust();
    const policy = choosePolicy(folder, policyFile);
    const known = this.sessions.get(policyKey(policy));
    if (known) {
      const { outcome, reason } = await this.refresh(known);
      if (outcome === 'applied') return known.opened;
      if (outcome === 'unusable') throw new Error(reason);
      this.retire(known);
    }
    return this.openSession(policy);
  }

  async grant(policy: PolicyChoice, edit: PolicyEdit): Promise<UpdateSessionResult> {
    const key = policyKey(policy);
    this.grants.set(key, [...(this.grants.get(key) ?? []), edit]);
    const known = this.sessions.get(key);
    return known ? this.refresh(known) : { outcome: 'applied', reason: '', running: 0 };
  }

  async callTool(folder: vscode.WorkspaceFolder | undefined, tool: ToolName, input: Readonly<Record<string, unknown>>, token: vscode.CancellationToken): Promise<AgentAnswer> {
    requireTrust();
    const { grants: _, ...params } = this.placeOf(choosePolicy(folder));
    return (await this.connect()).sendRequest(agentCallRequest, { ...params, tool, input }, token);
  }

  async recordPolicy(params: RecordPolicyParams, token: vscode.CancellationToken): Promise<Learned> {
    requireTrust();
    return (await this.connect()).sendRequest(recordPolicyRequest, params, token);
  }

  async writeLearned(learned: Learned): Promise<void> {
    requireTrust();
    await (await this.connect()).sendRequest(writeLearnedRequest, learned);
  }

  stateOf(policy: PolicyChoice): SandboxState {
    const failure = this.failures.get(policyKey(policy));
    if (failure !== undefined) return { kind: 'failed', detail: failure };
    return this.sessions.get(policyKey(policy))?.state ?? { kind: 'idle', detail: '' };
  }

  clearViolations(): void {
    this.store.clear();
  }

  dispose(): void {
    this.disposed = true;
    this.sessions.forEach(({ watcher }) => void watcher?.dispose());
    this.store.dispose();
    this.stateChanged.dispose();
    this.recordOutput.dispose();
    // The host notices, and ends when nothing runs in it any more.
    void this.connecting?.then((connection) => connection.dispose(), () => undefined);
  }

  private placeOf(policy: PolicyChoice): PolicyPlaceParams {
    const { path, directory, layers } = policy;
    return { directory, layers, grants: this.grants.get(policyKey(policy)) ?? [], ...(path !== undefined && { policyPath: path }) };
  }

  private async openSession(policy: PolicyChoice): Promise<OpenSandbox> {
    const id = randomUUID();
    const key = policyKey(policy);
    const place = this.placeOf(policy);
    const auditLog = auditLogFile();
    const opened = this.connect().then(async (connection) => ({ ...(await connection.sendRequest(openSessionRequest, { ...place, id, asks: asksAboutHosts(), shown: shownShellFiles(this.shellFiles), ...(auditLog !== undefined && { auditLog }) })), policy }));
    const known: KnownSession = { id, policy, opened, fingerprint: fingerprintOf(filesOf(policy), place.grants), state: READY, watcher: undefined };
    this.sessions.set(key, known);
    this.policies.set(id, policy);
    try {
      const { files } = await opened;
      this.failures.delete(key);
      const watched = [...new Set([...filesOf(policy), ...files])];
      known.fingerprint = fingerprintOf(watched, place.grants);
      known.watcher = watchFiles(watched, () => void this.refresh(known));
      this.log.info(`session ${id}: ${policy.path ?? 'default policy'} in ${policy.directory}`);
      return await opened;
    } catch (error) {
      this.sessions.delete(key);
      this.failures.set(key, error instanceof Error ? error.message : String(error));
      throw error;
    } finally {
      this.stateChanged.fire();
    }
  }

  /** Puts the policy as it is now into force, where it differs from what the session has. */
  private async refresh(known: KnownSession): Promise<UpdateSessionResult> {
    const place = this.placeOf(known.policy);
    const { files } = await known.opened;
    const fingerprint = fingerprintOf([...new Set([...filesOf(known.policy), ...files])], place.grants);
    if (fingerprint === known.fingerprint && known.state.kind === 'ready') return { outcome: 'applied', reason: '', running: 0 };
    const result = await (await this.connect()).sendRequest(updateSessionRequest, { ...place, id: known.id });
    known.fingerprint = fingerprint;
    known.state = result.outcome === 'applied' ? READY : { kind: 'stale', detail: result.reason };
    this.log.info(`session ${known.id}: the policy changed: ${result.outcome} ${result.reason}`);
    if (result.outcome === 'restart' && result.running === 0) this.retire(known);
    if (result.outcome === 'applied') vscode.window.setStatusBarMessage(vscode.l10n.t('$(check) The changed network lists are in force'), 5_000);
    this.stateChanged.fire();
    return result;
  }

  /** It ends now or, if something runs in it, with its window. */
  private retire(known: KnownSession): void {
    known.watcher?.dispose();
    const key = policyKey(known.policy);
    if (this.sessions.get(key) === known) this.sessions.delete(key);
    void this.connecting?.then((connection) => connection.sendRequest(retireSessionRequest, { id: known.id })).catch(() => undefined);
  }

  /** The host of the window before a reload, if it still runs. */
  private async rejoin(): Promise<void> {
    const connection = await findSessionHost(this.place);
    if (!connection) return;
    if (this.connecting || this.disposed) connection.dispose();
    else this.connecting = Promise.resolve(this.follow(connection));
  }

  private connect(): Promise<MessageConnection> {
    if (!this.connecting) {
      this.connecting = startSessionHost(this.place).then((connection) => this.follow(connection));
      this.connecting.catch(() => (this.connecting = undefined));
    }
    return this.connecting;
  }

  private follow(connection: MessageConnection): MessageConnection {
    connection.onNotification(sessionViolationsNotification, (told) => this.receive(told));
    connection.onNotification(sessionEndedNotification, ({ id, reason }) => this.forget([id], reason));
    connection.onNotification(sessionNoticeNotification, ({ text }) => void this.showNotice(text));
    connection.onNotification(recordOutputNotification, ({ text }) => this.recordOutput.fire(text));
    connection.onRequest(askHostRequest, ({ id, question }, token) => this.ask(question, this.policies.get(id) ?? choosePolicy(undefined), token));
    connection.onClose(() => this.hostEnded());
    connection.listen();
    return connection;
  }

  /** Not in the notification itself, which would show names that commands chose as links. */
  private async showNotice(text: string): Promise<void> {
    this.log.warn(text);
    const show = vscode.l10n.t('Show Log');
    if ((await vscode.window.showWarningMessage(vscode.l10n.t('A sandbox session has something to tell you.'), show)) === show) this.log.show();
  }

  private receive({ id, violations, directory, policyPath, home }: SessionViolations): void {
    const policy = this.policies.get(id) ?? { directory, layers: 'single', ...(policyPath !== undefined && { path: policyPath }) };
    this.store.receive({ session: id, policy, home, violations });
  }

  private forget(ids: readonly string[], reason: string): void {
    for (const [key, known] of this.sessions) {
      if (!ids.includes(known.id)) continue;
      known.watcher?.dispose();
      this.sessions.delete(key);
    }
    this.log.error(`sessions ${ids.join(', ')} ended: ${reason}`);
    void vscode.window.showErrorMessage(vscode.l10n.t('A sandbox ended, and what ran in it: {0}', reason));
    this.stateChanged.fire();
  }

  private hostEnded(): void {
    this.connecting = undefined;
    const ids = [...this.sessions.values()].map(({ id }) => id);
    if (!this.disposed && ids.length > 0) this.forget(ids, vscode.l10n.t('the session host ended'));
  }
}

function requireTrust(): void {
  if (!vscode.workspace.isTrusted) throw new Error(vscode.l10n.t('Commands run only in a trusted workspace.'));
}

function asksAboutHosts(): boolean {
  return vscode.workspace.getConfiguration('srt').get<boolean>('askAboutHosts', true);
}

function filesOf({ path }: PolicyChoice): string[] {
  return path === undefined ? [] : [path];
}
