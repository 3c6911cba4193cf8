import type { PolicyRule } from '../validate';
import { allowUnderDeny } from './allow-under-deny';
import { awsPairs } from './aws-pairs';
import { broadWrite } from './broad-write';
import { brokerEntries } from './broker-entries';
import { conflictingKeys } from './conflicting-keys';
import { containerSocket } from './container-socket';
import { credentialHosts } from './credential-hosts';
import { credentialShape } from './credential-shape';
import { deadAllowRead } from './dead-allow-read';
import { deadDenyWrite } from './dead-deny-write';
import { deniedAndAllowed } from './denied-and-allowed';
import { denyAll } from './deny-all';
import { duplicateRule } from './duplicate-rule';
import { extensionKey } from './extension-key';
import { gitSafeDirectories } from './git-safe-directories';
import { hiddenDirectory } from './hidden-directory';
import { ignorePattern } from './ignore-pattern';
import { ignoredGlob } from './ignored-glob';
import { inertDenyGlob } from './inert-deny-glob';
import { inertDomain } from './inert-domain';
import { inertKey } from './inert-key';
import { leftoverList } from './leftover-list';
import { liftedDeny } from './lifted-deny';
import { liftedProtection } from './lifted-protection';
import { literalName } from './literal-name';
import { literalPattern } from './literal-pattern';
import { metadataAddress } from './metadata-address';
import { misreadGlob } from './misread-glob';
import { missingPath } from './missing-path';
import { opaqueTunnelsRefused } from './opaque-tunnels-refused';
import { orphanReason } from './orphan-reason';
import { pairedSettings } from './paired-settings';
import { unknownPreset } from './unknown-preset';
import { unrestrictedNetwork } from './unrestricted-network';
import { platformKey } from './platform-key';
import { policyWritable } from './policy-writable';
import { portableDifference } from './portable-difference';
import { protectedPath } from './protected-path';
import { publicSuffixWildcard } from './public-suffix-wildcard';
import { secretsReadable } from './secrets-readable';
import { shadowedRule } from './shadowed-rule';
import { suspiciousPath } from './suspicious-path';
import { unexpandedPath } from './unexpanded-path';
import { weakensSandbox } from './weakens-sandbox';

/** Every rule about what a policy's entries mean together. */
export const rules: readonly PolicyRule[] = [
  inertDenyGlob,
  brokerEntries,
  credentialHosts,
  credentialShape,
  awsPairs,
  pairedSettings,
  conflictingKeys,
  inertDomain,
  unrestrictedNetwork,
  publicSuffixWildcard,
  deniedAndAllowed,
  denyAll,
  metadataAddress,
  orphanReason,
  allowUnderDeny,
  liftedDeny,
  deadAllowRead,
  deadDenyWrite,
  shadowedRule,
  duplicateRule,
  unknownPreset,
  leftoverList,
  ignoredGlob,
  misreadGlob,
  literalPattern,
  literalName,
  unexpandedPath,
  suspiciousPath,
  missingPath,
  broadWrite,
  policyWritable,
  protectedPath,
  liftedProtection,
  hiddenDirectory,
  secretsReadable,
  containerSocket,
  weakensSandbox,
  inertKey,
  platformKey,
  opaqueTunnelsRefused,
  ignorePattern,
  gitSafeDirectories,
  extensionKey,
  portableDifference,
];
