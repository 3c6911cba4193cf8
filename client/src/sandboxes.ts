import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { Violation } from 'sandbox-core/policy';
import * as vscode from 'vscode';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter, type MessageConnection } from 'vscode-jsonrpc/node';

import { choosePolicy, type PolicyChoice } from './policy-choice';
import { openSessionRequest, retireSessionRequest, sessionEndedNotification, sessionViolationsNotification, type OpenSessionResult } from './session-host/protocol';

/** A session that terminals and tasks can be started in. */
export interface OpenSandbox extends OpenSessionResult {
  readonly policy: PolicyChoice;
}

export interface SandboxViolations {
  /** The session's id. */
  readonly session: string;
  readonly policy: PolicyChoice;
  readonly home: string;
  readonly violations: readonly Violation[];
}

/** The sessions of this window, opened when first needed and kept while their policy stays as it is. */
export interface Sandboxes {
  dispose(): void;
  /**
   * Rejects with an error whose message can be shown; in an untrusted workspace always.
   *
   * @param policyFile a policy other than the folder's, absolute or relative to it
   */
  open(folder: vscode.WorkspaceFolder | undefined, policyFile?: string): Promise<OpenSandbox>;
  readonly onViolations: vscode.Event<SandboxViolations>;
  clearViolations(): void;
}

interface KnownSession {
  readonly policy: PolicyChoice;
  readonly opened: Promise<OpenSandbox>;
  violations: readonly Violation[];
  /** Violations before this count were cleared by the user. */
  cleared: ReadonlySet<string>;
}

export function createSandboxes(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Sandboxes {
  return new SessionHostSandboxes(context.asAbsolutePath('dist/session-host.js'), log);
}

class SessionHostSandboxes implements Sandboxes {
  private readonly sessions = new Map<string, KnownSession>();
  private readonly emitter = new vscode.EventEmitter<SandboxViolations>();
  private host: { readonly process: ChildProcess; readonly connection: MessageConnection } | undefined;

  readonly onViolations = this.emitter.event;

  constructor(
    private readonly hostModule: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  open(folder: vscode.WorkspaceFolder | undefined, policyFile?: string): Promise<OpenSandbox> {
    if (!vscode.workspace.isTrusted) return Promise.reject(new Error(vscode.l10n.t('Commands run only in a trusted workspace.')));
    const policy = choosePolicy(folder, policyFile);
    const id = sessionId(policy);
    const known = this.sessions.get(id);
    if (known) return known.opened;
    this.retireOthers(policy);
    const opened = this.openSession(id, policy);
    this.sessions.set(id, { policy, opened, violations: [], cleared: new Set() });
    opened.catch(() => this.sessions.delete(id));
    return opened;
  }

  clearViolations(): void {
    for (const [id, session] of this.sessions) {
      session.cleared = new Set(session.violations.map(occurrence));
      void this.announce(id, session);
    }
  }

  dispose(): void {
    this.emitter.dispose();
    this.host?.connection.dispose();
    // Its channel closes with this; it ends its sessions and itself.
    this.host?.process.disconnect();
  }

  private async openSession(id: string, policy: PolicyChoice): Promise<OpenSandbox> {
    const { connection } = this.startHost();
    const result = await connection.sendRequest(openSessionRequest, { id, directory: policy.directory, ...(policy.path !== undefined && { policyPath: policy.path }) });
    this.log.info(`session ${id}: ${policy.path ?? 'default policy'} in ${policy.directory}`);
    return { ...result, policy };
  }

  /** Sessions of the same policy file as it was before end, unless something still runs in them. */
  private retireOthers(policy: PolicyChoice): void {
    for (const [id, session] of this.sessions) {
      if (session.policy.path !== policy.path || session.policy.directory !== policy.directory) continue;
      void this.host?.connection.sendRequest(retireSessionRequest, { id }).then(
        (ended) => ended && this.sessions.delete(id),
        () => undefined,
      );
    }
  }

  private startHost(): { readonly process: ChildProcess; readonly connection: MessageConnection } {
    if (this.host) return this.host;
    const process_ = fork(this.hostModule, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } });
    const connection = createMessageConnection(new IPCMessageReader(process_), new IPCMessageWriter(process_));
    connection.onNotification(sessionViolationsNotification, ({ id, violations }) => this.receive(id, violations));
    connection.onNotification(sessionEndedNotification, ({ id, reason }) => this.forget(id, reason));
    process_.stderr?.on('data', (text: Buffer) => this.log.warn(`session host: ${text.toString('utf8').trim()}`));
    process_.once('exit', (code) => this.hostEnded(code));
    connection.listen();
    this.host = { process: process_, connection };
    return this.host;
  }

  private receive(id: string, violations: readonly Violation[]): void {
    const session = this.sessions.get(id);
    if (!session) return;
    session.violations = violations;
    void this.announce(id, session);
  }

  private async announce(id: string, session: KnownSession): Promise<void> {
    const { home } = await session.opened;
    this.emitter.fire({ session: id, policy: session.policy, home, violations: session.violations.filter((violation) => !session.cleared.has(occurrence(violation))) });
  }

  private forget(id: string, reason: string): void {
    this.sessions.delete(id);
    this.log.error(`session ${id} ended: ${reason}`);
    void vscode.window.showErrorMessage(vscode.l10n.t('A sandbox ended, and what ran in it: {0}', reason));
  }

  private hostEnded(code: number | null): void {
    this.host?.connection.dispose();
    this.host = undefined;
    if (this.sessions.size > 0) this.forget([...this.sessions.keys()].join(', '), `the session host exited with status ${code}`);
    this.sessions.clear();
  }
}

/** The same policy text in the same place is the same session; a changed policy is a new one. */
function sessionId({ path, directory }: PolicyChoice): string {
  const hash = createHash('sha256').update(directory).update('\0').update(path ?? '').update('\0');
  try {
    if (path !== undefined) hash.update(readFileSync(path));
  } catch {
    // Opening the session says what is wrong with the file.
  }
  return hash.digest('hex').slice(0, 16);
}

/** Happening again, with a higher count or a later time, is news. */
function occurrence({ kind, operation, target, rule, time, count }: Violation): string {
  return JSON.stringify([kind, operation, target, rule, time, count]);
}
