import { pointerSegments, validatePolicy, type PointerSegment } from '../policy';
import type { SandboxRuntimeConfig } from './api';

/** One thing that is wrong, and where, as zod has it. */
export interface ConfigIssue {
  readonly code: string;
  readonly path: PointerSegment[];
  readonly message: string;
}

/** What `parse` throws. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly issues: ConfigIssue[]) {
    super(issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('\n'));
  }
}

export type ConfigResult<Config> = { readonly success: true; readonly data: Config } | { readonly success: false; readonly error: ConfigError };

/** What programs use of sandbox-runtime's schemas, which are zod's; here the engine's own validator answers. */
export interface ConfigSchema<Config> {
  /** Throws a ConfigError. */
  parse(given: unknown): Config;
  safeParse(given: unknown): ConfigResult<Config>;
}

const NOTHING = { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } };

export const SandboxRuntimeConfigSchema: ConfigSchema<SandboxRuntimeConfig> = schemaOf(undefined);
export const NetworkConfigSchema: ConfigSchema<SandboxRuntimeConfig['network']> = schemaOf('network');
export const FilesystemConfigSchema: ConfigSchema<SandboxRuntimeConfig['filesystem']> = schemaOf('filesystem');
export const CredentialsConfigSchema: ConfigSchema<NonNullable<SandboxRuntimeConfig['credentials']>> = schemaOf('credentials');
export const IgnoreViolationsConfigSchema: ConfigSchema<NonNullable<SandboxRuntimeConfig['ignoreViolations']>> = schemaOf('ignoreViolations');
export const RipgrepConfigSchema: ConfigSchema<NonNullable<SandboxRuntimeConfig['ripgrep']>> = schemaOf('ripgrep');

/** @param key of the configuration; all of it unless given */
function schemaOf<Config>(key: keyof SandboxRuntimeConfig | undefined): ConfigSchema<Config> {
  const safeParse = (given: unknown): ConfigResult<Config> => {
    const issues = issuesOf(given, key);
    return issues.length === 0 ? { success: true, data: copied(given) as Config } : { success: false, error: new ConfigError(issues) }; // nothing is wrong with it
  };
  return {
    safeParse,
    parse(given) {
      const result = safeParse(given);
      if (!result.success) throw result.error;
      return result.data;
    },
  };
}

function issuesOf(given: unknown, key: string | undefined): ConfigIssue[] {
  if (typeof given !== 'object' || given === null) return [{ code: 'invalid_type', path: [], message: `expected an object, got ${given === null ? 'null' : typeof given}` }];
  const text = JSON.stringify(key === undefined ? given : { ...NOTHING, [key]: given }, (_name, value: unknown) => (typeof value === 'function' ? undefined : value));
  const { problems } = validatePolicy(text, { errorsOnly: true });
  return problems.flatMap(({ severity, code, message, pointer = '' }) => {
    const path = pointerSegments(pointer);
    return severity === 'error' && (key === undefined || path[0] === key) ? [{ code, path: key === undefined ? path : path.slice(1), message }] : [];
  });
}

/** Functions, which a configuration may have, stay the same ones. */
function copied(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(copied);
  if (typeof given !== 'object' || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, copied(value)]));
}
