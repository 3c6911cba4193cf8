import { careful, offline, strict, workspace } from './ground';
import type { Preset } from './preset';
import { agent, webDev } from './roles';
import { github, go, node, python, rust } from './tools';

export type { Preset } from './preset';

/** What `extends` can name, by name. docs/layers.md lists them. */
export const presets: Readonly<Record<string, Preset>> = { strict, workspace, offline, careful, github, node, python, go, rust, 'web-dev': webDev, agent };
