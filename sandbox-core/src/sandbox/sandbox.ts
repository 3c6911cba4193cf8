import { currentHost, type Host } from '../host/host';
import type { LoadedPolicy } from '../host/policy-file';
import { platformOf } from '../host/questions';
import type { Session, SessionOptions } from '../launch/session';
import type { ViolationStream } from '../monitor/violation-stream';
import { absolutePath, expandPath, type AbsolutePath, type Policy } from '../policy';
import { checkedPolicy } from './checked-policy';
import { checkedEnvironment, isRecord, usage } from './checked-request';
import { evaluate, type AccessDecision, type AccessRequest } from './evaluate';
import { commandWords, directoryOf, executeCommand, executeForBytes, startCommand, type ExecuteOptions, type ExecuteResult, type RunningCommand, type SandboxCommand, type StartOptions } from './execute';
import { createFiles, type SandboxFiles } from './files';
import { createSessionLine, type PolicySource, type SessionLine } from './session-line';
import { openTerminal, type SandboxTerminal, type TerminalOptions } from './terminal';

/**
 * @property directory what the policy's relative paths are relative to, and where commands start; absolute; the working directory unless given
 * @property host the machine; the one that this runs on unless given
 */
export interface SandboxOptions extends Pick<SessionOptions, 'lookup' | 'ask' | 'askTimeout' | 'askCommand' | 'brokered' | 'filterRequest' | 'audit' | 'notice'> {
  readonly directory?: string;
  readonly host?: Host;
}

/** One policy in force, and what runs under it. Several, with different policies, live in one process and do not meet. */
export interface Sandbox extends AsyncDisposable {
  readonly policy: Policy;
  readonly directory: string;
  /** Everything that was refused since the sandbox was created, under earlier policies too. */
  readonly violations: Omit<ViolationStream, 'add'>;
  readonly files: SandboxFiles;
  /** Runs a command to its end; a failing command is a result, not an error. Rejects with a SandboxError if it could not be run. */
  execute(command: SandboxCommand, options?: ExecuteOptions): Promise<ExecuteResult>;
  /** Starts a command, for those that talk to it while it runs. */
  start(command: SandboxCommand, options?: StartOptions): Promise<RunningCommand>;
  /** Starts a command on a terminal of its own. Needs the package node-pty; Linux. */
  openTerminal(command: SandboxCommand, options?: TerminalOptions): Promise<SandboxTerminal>;
  /** What the sandbox would say to something; nothing is run. */
  evaluate(request: AccessRequest): Promise<AccessDecision>;
  /**
   * Puts another policy into force. Network lists and ignoreViolations count for commands that run, too; anything else counts
   * for commands that start from now on, which then share neither loopback nor /tmp with those that run.
   */
  updatePolicy(policy: Policy | LoadedPolicy): Promise<void>;
  /** Ends everything that runs, and removes everything that was made for it. */
  stop(): Promise<void>;
}

/** Puts a policy into force, as an object or as `loadPolicy` read it. Throws a SandboxError that names what keeps it from being held. */
export async function createSandbox(policy: Policy | LoadedPolicy, options: SandboxOptions = {}): Promise<Sandbox> {
  const { directory = process.cwd(), host = currentHost(), ...rest } = options;
  if (!isAbsolute(directory)) throw usage("the sandbox's directory as an absolute path", directory);
  const place = { host, directory: absolutePath(directory) };
  const line = await createSessionLine(policySource(policy, place.directory), { ...rest, ...place });
  return new RunningSandbox(line, place, options.ask !== undefined);
}

class RunningSandbox implements Sandbox {
  readonly files: SandboxFiles;
  private commands = 0;
  private readonly labels = new Set<string>();

  constructor(
    private readonly line: SessionLine,
    private readonly place: { readonly host: Host; readonly directory: AbsolutePath },
    private readonly asks: boolean,
  ) {
    this.files = createFiles({
      evaluate: (request) => this.evaluate(request),
      expand: (path) => expandPath(path, this.context),
      run: (words, run) => this.named(undefined, (label) => this.line.use((session) => executeForBytes(session, { ...run, words, label, isOwn: true, endsWhenTruncated: true }, this.context))),
    });
  }

  get policy(): Policy {
    return this.line.policy;
  }

  get directory(): string {
    return this.place.directory;
  }

  get violations(): Omit<ViolationStream, 'add'> {
    return this.line.violations;
  }

  execute(command: SandboxCommand, options: ExecuteOptions = {}): Promise<ExecuteResult> {
    return this.named(options.label, (label) => this.line.use((session) => executeCommand(session, { ...options, words: commandWords(command), label }, this.context)));
  }

  start(command: SandboxCommand, options: StartOptions = {}): Promise<RunningCommand> {
    return this.started(options.label, (session, label) => startCommand(session, { ...options, words: commandWords(command), label }, this.context));
  }

  async openTerminal(command: SandboxCommand, options: TerminalOptions = {}): Promise<SandboxTerminal> {
    const directory = directoryOf(options, this.context);
    const environment = checkedEnvironment(options.environment) ?? this.place.host.environment;
    return this.started(options.label, (session, label) => openTerminal(session, { ...options, directory, words: commandWords(command), label, environment }));
  }

  evaluate(request: AccessRequest): Promise<AccessDecision> {
    return this.line.use(async (session) => evaluate(await session.resolved(), request, { ...this.context, runsOn: platformOf(this.place.host), asks: this.asks }));
  }

  async updatePolicy(policy: Policy | LoadedPolicy): Promise<void> {
    await this.line.replace(policySource(policy, this.place.directory));
  }

  stop(): Promise<void> {
    return this.line.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private get context(): { readonly base: AbsolutePath; readonly home: AbsolutePath } {
    return { base: this.place.directory, home: this.place.host.home };
  }

  private async named<Result>(label: string | undefined, run: (label: string) => Promise<Result>): Promise<Result> {
    const claimed = this.claim(label);
    return run(claimed).finally(() => this.labels.delete(claimed));
  }

  /** Resolves once it runs; its name and its session are held until it has ended. */
  private started<Running extends { readonly result: Promise<unknown> }>(label: string | undefined, start: (session: Session, label: string) => Promise<Running>): Promise<Running> {
    return new Promise((resolve, reject) => {
      const whole = this.named(label, (claimed) =>
        this.line.use(async (session) => {
          const running = await start(session, claimed);
          resolve(running);
          await running.result;
        }),
      );
      whole.catch(reject); // of no effect once it runs: its result tells
    });
  }

  /** Violations name their command by its label, so no two that run have the same. */
  private claim(label: string | undefined): string {
    const number = ++this.commands;
    const claimed = label === undefined ? `command ${number}` : this.labels.has(label) ? `${label} (${number})` : label;
    this.labels.add(claimed);
    return claimed;
  }
}

function isAbsolute(given: unknown): boolean {
  return typeof given === 'string' && given.startsWith('/') && !given.includes('\0');
}

function policySource(given: Policy | LoadedPolicy, directory: AbsolutePath): PolicySource {
  const plain: unknown = given;
  if (!isRecord(plain)) throw usage('a policy as an object, or loadPolicy("FILE")', plain);
  if ('sources' in given) return { policy: given.policy, policyFiles: given.file ? [expandPath(given.file.path, { base: directory, home: directory })] : [], ...given.composition };
  return { policy: checkedPolicy(given) };
}
