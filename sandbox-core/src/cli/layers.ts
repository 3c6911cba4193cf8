import type { Command } from 'commander';

import type { LoadedPolicy, LoadOptions } from '../host/policy-file';
import { printable } from '../policy';
import type { Output } from './output';
import { positionOf } from './position';

/** The options that say which files are put together; every command that reads a policy has them. */
export interface LayerFlags {
  readonly settings?: string;
  readonly layers?: boolean;
  readonly trustWorkspace?: boolean;
}

export function loadOptions({ layers, trustWorkspace }: LayerFlags): LoadOptions {
  return { layers: layers === true ? 'merged' : 'single', trusted: trustWorkspace === true };
}

/** What of the workspace's policy does not hold is said, or its author would look for the fault elsewhere. */
export function reportLeftOut(loaded: LoadedPolicy, output: Output): void {
  for (const { origin, reason } of loaded.leftOut) output.error(`srt: not in force: ${printable(reason, 200)} (${positionOf({ kind: 'policy', ...origin }, loaded)}); --trust-workspace lets it hold`);
}

/** Every command that reads a policy finds it in the same way. */
export function withLayerOptions(command: Command): Command {
  return command
    .option('-s, --settings <file>', 'the policy (default: ~/.srt-settings.json)')
    .option('--layers', 'put the workspace\'s .srt-settings.json on top: it can forbid more, but allow nothing more')
    .option('--trust-workspace', 'with --layers: let it allow more too, but nothing that the user\'s policy denies');
}
