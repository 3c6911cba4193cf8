/** `sandbox-core/compat`: the calls of sandbox-runtime's library, on this engine. docs/library.md has the differences. */
export { ConfigError, CredentialsConfigSchema, FilesystemConfigSchema, IgnoreViolationsConfigSchema, NetworkConfigSchema, RipgrepConfigSchema, SandboxRuntimeConfigSchema, type ConfigIssue, type ConfigResult, type ConfigSchema } from './config-schema';
export { getDefaultWritePaths, getWslVersion, type SandboxDependencyCheck } from './environment';
export type { FsReadRestrictionConfig, FsWriteRestrictionConfig, NetworkRestrictionConfig, SandboxAskCallback, SandboxManagerApi, SandboxRuntimeConfig, WrapWithSandboxOptions } from './api';
export { createSandboxManager, SandboxManager } from './manager';
export { SandboxViolationStore, type SandboxViolationEvent } from './violation-store';
