import type { PolicyPlatform } from 'sandbox-core/policy';

const PLATFORMS: Readonly<Partial<Record<NodeJS.Platform, PolicyPlatform>>> = { darwin: 'macos', win32: 'windows' };

/** The platform that the extension host runs on, as policies name it. */
export function policyPlatform(): PolicyPlatform {
  return PLATFORMS[process.platform] ?? 'linux';
}
