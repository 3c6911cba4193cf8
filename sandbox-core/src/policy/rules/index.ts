import type { PolicyRule } from '../validate';
import { allowUnderDeny } from './allow-under-deny';
import { awsPairs } from './aws-pairs';
import { credentialHosts } from './credential-hosts';
import { credentialShape } from './credential-shape';
import { deniedAndAllowed } from './denied-and-allowed';
import { duplicateRule } from './duplicate-rule';
import { inertDenyGlob } from './inert-deny-glob';
import { inertDomain } from './inert-domain';
import { liftedProtection } from './lifted-protection';
import { orphanReason } from './orphan-reason';
import { pairedSettings } from './paired-settings';
import { unknownPreset } from './unknown-preset';
import { unrestrictedNetwork } from './unrestricted-network';

/** Every rule about what a policy's entries mean together. */
export const rules: readonly PolicyRule[] = [
  inertDenyGlob,
  credentialHosts,
  credentialShape,
  awsPairs,
  pairedSettings,
  inertDomain,
  unrestrictedNetwork,
  deniedAndAllowed,
  orphanReason,
  allowUnderDeny,
  liftedProtection,
  duplicateRule,
  unknownPreset,
];
