import { composePolicy, effectiveText, resolveWithoutDisk, type AbsolutePath, type PathContext, type PolicyPlatform } from 'sandbox-core/policy';

/** A policy that builds on presets, with lists of its own to fill. */
export function composePolicyText(presets: readonly string[]): string {
  const lists = { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } };
  return `${JSON.stringify({ ...(presets.length > 0 && { extends: presets }), ...lists }, null, 2).replaceAll(/\[\s*\]/g, '[]')}\n`;
}

/** Everything that such a policy puts into force. */
export function presetEffect(presets: readonly string[], context: PathContext, platform: PolicyPlatform): string {
  const path = `${context.base}/.srt-settings.json` as AbsolutePath; // joined to an absolute path
  const result = composePolicy([{ file: { path, text: composePolicyText(presets) } }], { context, read: () => ({ error: 'presets extend no files' }), trusted: true });
  if ('problems' in result) return result.problems.map(({ message }) => `// ${message}`).join('\n');
  const { policy, origins, sources, leftOut } = result.composed;
  return effectiveText(resolveWithoutDisk(policy, { ...context, origins }), { platform, texts: { sources }, leftOut });
}
