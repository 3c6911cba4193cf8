import { spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';

import { createSession, currentHost, type AskAboutCommand, type AskAboutHost, type BrokeredCall, type CommandRequest, type ExitStatus, type HostLookup, type Session } from 'sandbox-core';
import { absolutePath, type Policy, type Violation } from 'sandbox-core/policy';

import { temporaryDirectory, type Cleanup } from './temporary';

/** Why nothing can be enforced here, or undefined if it can. */
export function whyNotEnforced(): string | undefined {
  if (process.platform !== 'linux') return `enforcement is tested on Linux, this is ${process.platform}`;
  const probe = spawnSync('bwrap', ['--unshare-user', '--unshare-net', '--ro-bind', '/', '/', 'true'], { encoding: 'utf8' });
  if (probe.error) return 'bubblewrap is not installed (apt install bubblewrap)';
  return probe.status === 0 ? undefined : `bubblewrap may not make namespaces here: ${probe.stderr.trim()}`;
}

export interface Outcome extends ExitStatus {
  readonly stdout: string;
  readonly stderr: string;
}

/** A session in a directory of its own, stopped when the test ends. */
export interface TestSandbox {
  readonly session: Session;
  readonly directory: string;
  /** Runs a bash script. */
  script(source: string, options?: Partial<CommandRequest>): Promise<Outcome>;
  run(argv: readonly string[], options?: Partial<CommandRequest>): Promise<Outcome>;
  /** `operation target rule`, in the order of their last time. */
  violations(): string[];
}

export interface TestSandboxOptions {
  readonly policy: Policy;
  readonly files?: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly lookup?: HostLookup;
  readonly ask?: AskAboutHost;
  readonly askCommand?: AskAboutCommand;
  readonly brokered?: (call: BrokeredCall) => void;
  readonly audit?: { readonly file: string };
  readonly notice?: (text: string) => void;
  readonly environment?: Readonly<Record<string, string>>;
  readonly home?: string;
  /** In place of the host's directory for temporary files. */
  readonly temporary?: string;
  readonly shown?: Readonly<Record<string, string>>;
}

export interface AsyncCleanup {
  after(undo: () => void | Promise<void>): void;
}

export async function openSandbox(context: AsyncCleanup & Cleanup, options: TestSandboxOptions): Promise<TestSandbox> {
  const directory = options.directory ?? temporaryDirectory(context, options.files);
  const host = currentHost();
  const session = await createSession({
    policy: options.policy,
    host: { ...host, ...(options.home !== undefined && { home: absolutePath(options.home) }), ...(options.temporary !== undefined && { temporary: absolutePath(options.temporary) }), environment: options.environment ?? host.environment },
    directory: absolutePath(directory),
    ...(options.lookup && { lookup: options.lookup }),
    ...(options.ask && { ask: options.ask }),
    ...(options.askCommand && { askCommand: options.askCommand }),
    ...(options.brokered && { brokered: options.brokered }),
    ...(options.audit && { audit: options.audit }),
    ...(options.notice && { notice: options.notice }),
    ...(options.shown && { shown: Object.fromEntries(Object.entries(options.shown).map(([name, path]) => [name, absolutePath(path)])) }),
  });
  context.after(() => session.stop());
  const run: TestSandbox['run'] = async (argv, request = {}) => {
    const process_ = await session.run({ argv, directory: absolutePath(directory), streams: ['ignore', 'pipe', 'pipe'], terminal: 'none', ...request });
    const [status, stdout, stderr] = await Promise.all([process_.exited, text(process_.stdout!), text(process_.stderr!)]);
    return { ...status, stdout, stderr };
  };
  return {
    session,
    directory,
    run,
    script: (source, request) => run(['bash', '-c', source], request),
    violations: () => session.violations.violations.map(describe),
  };
}

function describe({ operation, target, rule }: Violation): string {
  return `${operation} ${target} ${rule.kind === 'built-in' ? rule.name : rule.pointer}`;
}
