import { describeWindowsPath } from './windows-path';
import { effectivePolicy, type EffectiveKey, type EffectiveValue } from './effective';
import type { LeftOut } from './layers';
import { printable } from './parse';
import { describePointer, parentPointer, pointerSegments } from './pointer';
import type { ResolvedPolicy } from './resolve';
import { describeRule, type PolicyTexts } from './rule-place';
import type { PolicyPlatform } from './schema';

/** @property leftOut what of an untrusted workspace's policy does not count */
export interface EffectiveTextOptions {
  readonly platform: PolicyPlatform;
  readonly texts: PolicyTexts;
  readonly leftOut: readonly LeftOut[];
}

const NAMES: Readonly<Record<PolicyPlatform, string>> = { linux: 'Linux', macos: 'macOS', windows: 'Windows' };

/** What holds when no entry of a list covers something. */
const OTHERWISE: Readonly<Record<string, string>> = {
  '/network/allowedDomains': 'no other host can be reached',
  '/filesystem/denyRead': 'everything else can be read',
  '/filesystem/allowWrite': 'nothing else can be written',
};

/** The policy in force as JSON with comments: every value with where it comes from. For people; not meant to be read back. */
export function effectiveText(policy: ResolvedPolicy, options: EffectiveTextOptions): string {
  const keys = effectivePolicy(policy, options.platform);
  return [...heading(policy, options), '{', ...withCommas(groups(keys).map((group) => groupLines(group, options))), '}', ''].join('\n');
}

function heading(policy: ResolvedPolicy, { platform, texts, leftOut }: EffectiveTextOptions): string[] {
  const from = texts.sources.map(({ id, layer, extendedBy }) => {
    const name = texts.main && id === texts.sources.find(({ path }) => path !== undefined)?.id && texts.sources.length === 1 ? texts.main.name : id.replace(/^preset:/, 'preset ');
    return `//   ${layer === undefined ? '' : `${layer}: `}${printable(name, 400)}${extendedBy === undefined ? '' : `  (extended by ${printable(extendedBy.replace(/^preset:/, 'preset '), 400)})`}`;
  });
  const [base, home] = [policy.context.base, policy.context.home].map((place) => (policy.context.platform === 'windows' ? describeWindowsPath(place) : place));
  return [
    `// The policy in force on ${NAMES[platform]}. Relative paths start from ${printable(base ?? '', 400)}; ~ is ${printable(home ?? '', 400)}.`,
    ...(from.length === 0 ? ['// From no file: the built-in default policy.'] : ['// From, the strongest first:', ...from]),
    ...leftOut.map(({ origin, reason }) => `// Not in force: ${printable(reason, 200)}  (${describeRule({ kind: 'policy', ...origin }, texts)})`),
    ...(policy.filesystem.disabled ? ['// filesystem.disabled lifts every path rule, the built-in ones too.'] : []),
    ...(platform === 'windows' ? ['// On Windows there are no built-in write protections.'] : []),
  ];
}

interface Group {
  /** `network`; absent for keys that stand alone. */
  readonly block?: string;
  readonly keys: readonly EffectiveKey[];
}

function groups(keys: readonly EffectiveKey[]): Group[] {
  const blocks = [...new Set(keys.map(({ pointer }) => parentPointer(pointer)))];
  return blocks.flatMap((block): Group[] => {
    const own = keys.filter(({ pointer }) => parentPointer(pointer) === block);
    return block === '' ? own.map((key) => ({ keys: [key] })) : [{ block: describePointer(block), keys: own }];
  });
}

function groupLines({ block, keys }: Group, options: EffectiveTextOptions): string[] {
  if (block === undefined) return keys.flatMap((key) => keyLines(key, options)).map((line) => `  ${line}`);
  const lines = withCommas(keys.map((key) => keyLines(key, options)));
  return [`  ${jsonText(block)}: {`, ...lines.map((line) => `    ${line}`), '  }'];
}

function keyLines(key: EffectiveKey, options: EffectiveTextOptions): string[] {
  const name = jsonText(pointerSegments(key.pointer).at(-1));
  const without = key.hasEffect ? '' : `no effect on ${NAMES[options.platform]}`;
  if ('single' in key) return [commented(`${name}: ${jsonText(key.single.value)}`, [originText(key.single, options), without])];
  const otherwise = OTHERWISE[key.pointer] ?? '';
  if (key.list.length === 0) return [commented(`${name}: []`, [otherwise, without])];
  const items = withCommas(key.list.map((entry) => [commented(`  ${jsonText(entry.value)}`, [originText(entry, options), entry.note ?? ''])]));
  return [commented(`${name}: [`, [otherwise, without]), ...items, ']'];
}

function originText({ origin }: EffectiveValue, { texts }: EffectiveTextOptions): string {
  if (origin.kind === 'default') return 'default';
  if (origin.kind === 'built-in') return `built-in ${origin.name}`;
  return `${origin.layer === undefined ? '' : `${origin.layer}: `}${describeRule(origin, texts)}`;
}

/** Separates a line from its comment, so that commas can go in between. */
const COMMENT = '  // ';

function commented(text: string, comments: readonly string[]): string {
  const said = comments.filter((comment) => comment !== '');
  return said.length === 0 ? text : text + COMMENT + said.join('; ');
}

/** A comma behind the value of every part but the last, before its comment. */
function withCommas(parts: readonly (readonly string[])[]): string[] {
  return parts.flatMap((lines, index) => (index === parts.length - 1 ? lines : [...lines.slice(0, -1), ...lines.slice(-1).map(withComma)]));
}

function withComma(line: string): string {
  const at = line.lastIndexOf(COMMENT);
  return at === -1 ? `${line},` : `${line.slice(0, at)},${line.slice(at)}`;
}

/** JSON in which nothing can turn the direction of the line or end it. */
function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => [...Array(character.length).keys()].map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''));
}
