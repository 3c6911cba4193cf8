/**
 * How the keys of a policy come together. What is not listed here is one value: the stronger file's counts whole, and an
 * untrusted workspace cannot set it. A new key is thus never merged in a way that nobody thought about.
 */

/** Blocks, merged key by key. */
export const BLOCKS: ReadonlySet<string> = new Set(['', '/network', '/filesystem', '/credentials', '/git', '/commands', '/broker']);

/** Lists of rules: the entries of all files hold. */
export const RULE_LISTS: ReadonlySet<string> = new Set([
  '/network/allowedDomains',
  '/network/deniedDomains',
  '/network/deniedResolvedAddresses',
  '/network/allowUnixSockets',
  '/network/allowMachLookup',
  '/network/stripResponseHeaders',
  '/filesystem/denyRead',
  '/filesystem/allowRead',
  '/filesystem/allowWrite',
  '/filesystem/denyWrite',
  '/filesystem/liftProtections',
  '/credentials/files',
  '/credentials/envVars',
  '/credentials/awsPairs',
  '/git/safeDirectories',
  '/commands/allow',
  '/commands/deny',
  '/commands/ask',
  '/broker/allow',
  '/broker/ask',
  '/broker/deny',
  '/broker/hosts',
  '/broker/environment',
]);

/** Entries by name: the stronger file's counts. */
export const RECORDS: ReadonlySet<string> = new Set(['/network/deniedDomainReasons', '/ignoreViolations']);

/** Switches, by the value that restricts. */
export const RESTRICTIVE_VALUE: ReadonlyMap<string, boolean> = new Map([
  ['/network/strictAllowlist', true],
  ['/network/refuseOpaqueTunnels', true],
  ['/network/requireHostMatch', true],
  ['/network/unrestricted', false],
  ['/network/allowAllUnixSockets', false],
  ['/network/allowLocalBinding', false],
  ['/network/allowPlaintextHeaderSet', false],
  ['/filesystem/allowGitConfig', false],
  ['/filesystem/disabled', false],
  ['/credentials/allowPlaintextInject', false],
  ['/allowPty', false],
  ['/allowAppleEvents', false],
  ['/allowNestedUserNamespaces', false],
  ['/enableWeakerNestedSandbox', false],
  ['/enableWeakerNetworkIsolation', false],
]);

/** Rules that take something away, or (allowRead) give back only what rules of the same layer took. */
export const NARROWING_LISTS: ReadonlySet<string> = new Set([
  '/network/deniedDomains',
  '/network/deniedResolvedAddresses',
  '/network/stripResponseHeaders',
  '/filesystem/denyRead',
  '/filesystem/allowRead',
  '/filesystem/denyWrite',
  '/commands/deny',
  '/commands/ask',
  '/broker/deny',
]);

/** Lists of credentials, of which entries with `"mode": "deny"` take something away. */
export const CREDENTIAL_LISTS: ReadonlySet<string> = new Set(['/credentials/files', '/credentials/envVars']);
