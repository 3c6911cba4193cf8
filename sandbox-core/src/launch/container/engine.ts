import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { containerEngineMissing, containerImageMissing, PolicyRefusedError } from '../../errors';
import { describeEngine } from '../../host/container-engine';
import type { EngineKind, HeldLimits, ImageFacts } from '../../host/facts';
import type { Host } from '../../host/host';
import { locateEngine, type EngineHere } from '../../host/locate';
import { engineRefusals } from '../../plan/container/refusals';
import type { ContainerSettings } from '../../plan/container/settings';
import { printable, type AbsolutePath } from '../../policy';

/** An engine answers in tenths of a second; its storage may be locked for a while. */
export const ANSWER_TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** An engine that can hold a policy, and the image that commands get. */
export interface ContainerEngine {
  readonly kind: EngineKind;
  readonly program: AbsolutePath;
  readonly isRootless: boolean;
  readonly image: ImageFacts;
  /** The engine finds its configuration by it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: ContainerSettings;
  /** Known if the policy asks for some. */
  readonly limits?: HeldLimits;
}

/** Throws a SandboxError that says what is missing. */
export async function openEngine(settings: ContainerSettings, host: Host): Promise<ContainerEngine> {
  const { engine: wanted, image: name, cpuLimit, memoryLimit, pidsLimit } = settings.values;
  const found = locateEngine(wanted);
  const refusals = engineRefusals(settings, found?.kind ?? 'podman', host);
  if (refusals.length > 0) throw new PolicyRefusedError(refusals);
  if (!found) throw containerEngineMissing(wanted);
  const asksForLimits = [cpuLimit, memoryLimit, pidsLimit].some((limit) => limit !== undefined);
  const [image, description] = await Promise.all([inspectImage(found, name, host), asksForLimits ? describeEngine(found, host.environment) : undefined]);
  return { ...found, isRootless: host.user !== 0, image, environment: host.environment, settings, ...(description && { limits: description.limits }) };
}

async function inspectImage({ kind, program }: EngineHere, image: string, host: Host): Promise<ImageFacts> {
  try {
    const { stdout } = await promisify(execFile)(program, ['image', 'inspect', '--', image], { env: { ...host.environment }, timeout: ANSWER_TIMEOUT_MS, maxBuffer: MAX_ANSWER_BYTES });
    return parseImage(stdout);
  } catch (error) {
    throw containerImageMissing(image, kind, printable(error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error), 300));
  }
}

interface ImageDescription {
  readonly Id?: unknown;
  readonly Config?: { readonly Env?: unknown; readonly Volumes?: unknown } | null;
}

function parseImage(text: string): ImageFacts {
  const [{ Id: id, Config: config } = {}] = JSON.parse(text) as readonly ImageDescription[];
  if (typeof id !== 'string' || !/^(sha256:)?[0-9a-f]{64}$/.test(id)) throw new Error('the engine names no image');
  const variables = Array.isArray(config?.Env) ? config.Env.filter((entry): entry is string => typeof entry === 'string' && entry.includes('=')) : [];
  const volumes = typeof config?.Volumes === 'object' && config.Volumes !== null ? Object.keys(config.Volumes) : [];
  return { id, volumes, environment: Object.fromEntries(variables.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)])) };
}
