import type { Host } from '../host/host';
import { resolveForPlatform } from '../host/platform-policy';
import { loadPolicy, textsOf } from '../host/policy-file';
import { absolutePath, effectivePolicy, effectiveText, placeOfRule, type EffectiveValue, type PolicyTexts } from '../policy';
import type { ExplainFlags } from './explain';
import { loadOptions } from './layers';
import type { Output } from './output';
import { platformOf } from '../host/questions';

/** `srt effective [--platform P] [--json]`: what holds, from wherever it comes. */
export async function effectiveCommand(options: ExplainFlags, host: Host, output: Output): Promise<number> {
  const loaded = loadPolicy(options.settings, loadOptions(options));
  const platform = options.platform ?? platformOf(host);
  const { policy } = await resolveForPlatform(loaded, platform, absolutePath(process.cwd()), host);
  const texts = textsOf(loaded);
  if (options.json !== true) {
    output.result(effectiveText(policy, { platform, texts, leftOut: loaded.leftOut }).trimEnd());
    return 0;
  }
  const keys = effectivePolicy(policy, platform).map(({ pointer, hasEffect, ...rest }) => ({
    pointer,
    hasEffect,
    ...('list' in rest ? { entries: rest.list.map((entry) => toJson(entry, texts)) } : toJson(rest.single, texts)),
  }));
  const sources = loaded.sources.map(({ id, layer, extendedBy }) => ({ file: id, layer: layer ?? null, extendedBy: extendedBy ?? null }));
  output.result(JSON.stringify({ platform, sources, leftOut: loaded.leftOut, keys }, null, 2));
  return 0;
}

function toJson({ value, origin, note }: EffectiveValue, texts: PolicyTexts): object {
  return { value, origin, position: origin.kind === 'policy' ? (placeOfRule(origin, texts) ?? null) : null, ...(note !== undefined && { note }) };
}
