import { chmodSync, mkdirSync, statSync } from 'node:fs';

import { SandboxError } from '../errors';
import type { PlannedLayers, ThrowawayLayer } from '../host/facts';
import { joinPath, type AbsolutePath } from '../policy';

/**
 * Directories whose changes are thrown away with the session: programs see what they wrote, the host never does.
 *
 * @property directories free of symbolic links; none lies in another, and none holds the directory for temporary files
 * @property kept directories below them that stay the host's own
 */
export interface Throwaway {
  readonly directories: readonly AbsolutePath[];
  readonly kept: readonly AbsolutePath[];
}

/** Makes a layer for each directory, in the session's own directory. */
export function makeLayers({ directories, kept }: Throwaway, sessionDirectory: AbsolutePath): PlannedLayers {
  return { layers: directories.map((directory, index) => makeLayer(directory, joinPath(sessionDirectory, `layer-${index}`))), kept };
}

function makeLayer(directory: AbsolutePath, place: AbsolutePath): ThrowawayLayer {
  const [upper, work] = [joinPath(place, 'upper'), joinPath(place, 'work')];
  try {
    for (const made of [upper, work]) mkdirSync(made, { recursive: true });
    chmodSync(upper, statSync(directory).mode & 0o7777); // the layer's root stands for the directory
  } catch (error) {
    throw new SandboxError('usage', `cannot make a throw-away layer over ${directory}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, { cause: error });
  }
  return { directory, upper, work };
}
