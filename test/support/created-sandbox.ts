import type { TestContext } from 'node:test';

import { createSandbox, type Policy, type Sandbox, type SandboxOptions } from 'sandbox-core';

import { temporaryDirectory } from './temporary';

export const GROUND: Policy = { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: ['.'], denyWrite: [] } };

export interface Opened {
  readonly sandbox: Sandbox;
  readonly directory: string;
}

/** In a directory of its own, stopped when the test ends. */
export async function open(context: TestContext, policy: Partial<Policy> = {}, files: Readonly<Record<string, string>> = {}, options: SandboxOptions = {}): Promise<Opened> {
  const directory = temporaryDirectory(context, files);
  const sandbox = await createSandbox({ ...GROUND, ...policy }, { directory, ...options });
  context.after(() => sandbox.stop());
  return { sandbox, directory };
}

export function filesystem(lists: Partial<Policy['filesystem']>): Pick<Policy, 'filesystem'> {
  return { filesystem: { ...GROUND.filesystem, ...lists } };
}
