import type { RequestFilter } from '../network/http/filter';
import type { Policy } from '../policy';
import type { SandboxDependencyCheck } from './environment';
import type { SandboxViolationStore } from './violation-store';

/** sandbox-runtime's configuration: a policy, whose lists may be of any array, and in whose network a function may stand. */
export type SandboxRuntimeConfig = Mutable<Omit<Policy, 'network'>> & { network: Mutable<Policy['network']> & { filterRequest?: RequestFilter | undefined } };
type Mutable<T> = T extends (...args: never[]) => unknown ? T : T extends readonly (infer Item)[] ? Mutable<Item>[] : T extends object ? { -readonly [Key in keyof T]: Mutable<T[Key]> | Extract<T[Key], undefined> } : T;

export type SandboxAskCallback = (host: { host: string; port: number | undefined }) => Promise<boolean | { allow: boolean; reason?: string }>;

export interface WrapWithSandboxOptions {
  /** What the command's violations are found by; the command unless given. */
  commandId?: string;
  /** What is reported as the violation's command; the command unless given. */
  commandText?: string;
}

export interface FsReadRestrictionConfig {
  denyOnly: string[];
  allowWithinDeny?: string[];
}

export interface FsWriteRestrictionConfig {
  allowOnly: string[];
  denyWithinAllow: string[];
}

export interface NetworkRestrictionConfig {
  allowedHosts?: string[];
  deniedHosts?: string[];
}

/** One policy for a whole process, as sandbox-runtime has it. */
export interface SandboxManagerApi {
  /** Rejects if the policy is not valid: there, it would be used as far as it goes. A second call keeps the first one's policy. */
  initialize(config: SandboxRuntimeConfig, askCallback?: SandboxAskCallback, enableLogMonitor?: boolean): Promise<void>;
  isSupportedPlatform(): boolean;
  isSandboxingEnabled(): boolean;
  checkDependencies(): SandboxDependencyCheck;
  checkDependenciesAsync(): Promise<SandboxDependencyCheck>;
  getFsReadConfig(): FsReadRestrictionConfig;
  getFsWriteConfig(): FsWriteRestrictionConfig;
  getNetworkRestrictionConfig(): NetworkRestrictionConfig;
  getAllowUnixSockets(): string[] | undefined;
  getAllowLocalBinding(): boolean | undefined;
  getAllowMachLookup(): string[] | undefined;
  getIgnoreViolations(): Record<string, string[]> | undefined;
  getEnableWeakerNestedSandbox(): boolean | undefined;
  /** Undefined: commands have a network of their own on Linux, and no proxy to be told about. The same goes for the next four. */
  getProxyPort(): number | undefined;
  getProxyAuthToken(): string | undefined;
  getSocksProxyPort(): number | undefined;
  getLinuxHttpSocketPath(): string | undefined;
  getLinuxSocksSocketPath(): string | undefined;
  waitForNetworkInitialization(): Promise<boolean>;
  /** A command line for a POSIX shell, which runs the command in the sandbox, in the directory and environment that it is run in. */
  wrapWithSandbox(command: string, binShell?: string, customConfig?: Partial<SandboxRuntimeConfig>, abortSignal?: AbortSignal, options?: WrapWithSandboxOptions): Promise<string>;
  /** The same without a shell around it. */
  wrapWithSandboxArgv(command: string, binShell?: string, customConfig?: Partial<SandboxRuntimeConfig>, abortSignal?: AbortSignal, cwd?: string, options?: WrapWithSandboxOptions): Promise<{ argv: string[]; env: NodeJS.ProcessEnv }>;
  getSandboxViolationStore(): SandboxViolationStore;
  annotateStderrWithSandboxFailures(command: string, stderr: string): string;
  /** None: patterns are enforced on Linux too. */
  getLinuxGlobPatternWarnings(): string[];
  getConfig(): SandboxRuntimeConfig | undefined;
  /** Network lists count for commands that run, too; anything else for those that are wrapped from now on. Throws if the policy is not valid; the one before stays in force. Before `initialize`, it is what `getConfig` and its like tell of, and no more. */
  updateConfig(config: SandboxRuntimeConfig): void;
  /** Nothing to do: what a command needed on the disk goes with it. */
  cleanupAfterCommand(): void;
  /** Ends the sandbox and everything in it; on macOS, the network of what still runs. */
  reset(): Promise<void>;
}
