import type { SandboxErrorCode } from '../errors';
import type { WrappableCommand } from '../launch/prepare-command';
import type { AbsolutePath, Policy, Violation } from '../policy';

/** What the thread is started with. */
export interface ThreadStart {
  readonly policy: Policy;
  readonly directory: AbsolutePath;
  readonly environment: Readonly<Record<string, string>>;
  readonly asks: boolean;
}

/** To the thread: something to do, which is answered by its number, or the answer to a question. */
export type ToThread =
  | { readonly id: number; readonly wrap: WrappableCommand }
  | { readonly id: number; readonly replace: Policy }
  | { readonly id: number; readonly isSpent: true }
  | { readonly id: number; readonly stop: true }
  | { readonly question: number; readonly agreed: boolean };

export interface ThreadFailure {
  readonly code: SandboxErrorCode | undefined;
  readonly message: string;
}

/** From the thread. `id` 0: the sessions are open, or could not be opened. */
export type FromThread =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: ThreadFailure }
  | { readonly question: number; readonly host: string; readonly port: number }
  | { readonly violation: Violation; readonly added: number };
