import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { containerImageMissing, containerEngineMissing, PolicyRefusedError } from '../../errors';
import type { ImageFacts } from '../../host/facts';
import type { Host } from '../../host/host';
import { locatePodman } from '../../host/locate';
import { engineRefusals } from '../../plan/container/refusals';
import type { ContainerSettings } from '../../plan/container/settings';
import { printable, type AbsolutePath } from '../../policy';

/** An engine answers in tenths of a second; its storage may be locked for a while. */
const ANSWER_TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** An engine that can hold a policy, and the image that commands get. */
export interface ContainerEngine {
  readonly program: AbsolutePath;
  readonly image: ImageFacts;
  /** The engine finds its configuration by it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: ContainerSettings;
}

/** Throws a SandboxError that says what is missing. */
export async function openEngine(settings: ContainerSettings, host: Host): Promise<ContainerEngine> {
  const refusals = engineRefusals(settings, host.user);
  if (refusals.length > 0) throw new PolicyRefusedError(refusals);
  const program = locatePodman();
  if (program === undefined) throw containerEngineMissing();
  return { program, image: await inspectImage(program, settings.values.image, host), environment: host.environment, settings };
}

async function inspectImage(program: AbsolutePath, image: string, host: Host): Promise<ImageFacts> {
  try {
    const { stdout } = await promisify(execFile)(program, ['image', 'inspect', '--', image], { env: { ...host.environment }, timeout: ANSWER_TIMEOUT_MS, maxBuffer: MAX_ANSWER_BYTES });
    return parseImage(stdout);
  } catch (error) {
    throw containerImageMissing(image, printable(error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error), 300));
  }
}

function parseImage(text: string): ImageFacts {
  const [{ Id: id, Config: config } = {}] = JSON.parse(text) as readonly { readonly Id?: unknown; readonly Config?: { readonly Env?: unknown } | null }[];
  if (typeof id !== 'string' || !/^[0-9a-f]{64}$/.test(id)) throw new Error('the engine names no image');
  const variables = Array.isArray(config?.Env) ? config.Env.filter((entry): entry is string => typeof entry === 'string' && entry.includes('=')) : [];
  return { id, environment: Object.fromEntries(variables.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)])) };
}
