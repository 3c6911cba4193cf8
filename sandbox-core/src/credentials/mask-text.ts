import { makePlaceholder, maskToken, type MaskedPart, type Mint } from './placeholder';

/** How a text is searched for what to hide: the keys that masked files and variables share. */
export interface MaskRule {
  readonly extract?: string;
  readonly decode?: 'jwt';
  readonly maskClaims?: readonly string[];
  readonly maskDuplicates?: boolean;
}

export interface MaskedText {
  readonly text: string;
  readonly parts: readonly MaskedPart[];
}

/** Three parts of base64url, the first of which begins a JSON object. */
const TOKEN_SOURCE = '(eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*)';

/** The text with a placeholder for every secret in it. Undefined: nothing was found to hide. */
export function maskText(text: string, rule: MaskRule, mint: Mint): MaskedText | undefined {
  const found = findSecrets(text, rule);
  const parts: MaskedPart[] = [];
  let masked = '';
  let end = 0;
  for (const { at, secret } of found) {
    const replacement = maskOne(secret, rule, mint);
    if (replacement === undefined || at < end) continue;
    parts.push(...replacement.parts);
    masked += text.slice(end, at) + replacement.text;
    end = at + secret.length;
  }
  if (parts.length === 0) return undefined;
  const whole = masked + text.slice(end);
  return { text: rule.maskDuplicates === true ? withoutCopies(whole, parts) : whole, parts };
}

interface FoundSecret {
  readonly at: number;
  readonly secret: string;
}

function findSecrets(text: string, { extract, decode }: MaskRule): FoundSecret[] {
  const source = extract ?? (decode === 'jwt' ? TOKEN_SOURCE : undefined);
  // The line end behind a token in a file is none of it: programs drop it before they send the token.
  if (source === undefined) return text.trim() === '' ? [] : [{ at: text.length - text.trimStart().length, secret: text.trim() }];
  return [...text.matchAll(new RegExp(source, 'dg'))].flatMap((match): FoundSecret[] => {
    const [secret, at] = [match[1], match.indices?.[1]?.[0]];
    return secret === undefined || secret === '' || at === undefined ? [] : [{ at, secret }];
  });
}

function maskOne(secret: string, { decode, maskClaims }: MaskRule, mint: Mint): MaskedText | undefined {
  if (decode === 'jwt') {
    const masked = maskToken(secret, maskClaims, mint);
    return masked && { text: masked.token, parts: masked.parts };
  }
  const placeholder = mint(secret, makePlaceholder);
  return { text: placeholder, parts: [{ secret, placeholder }] };
}

function withoutCopies(text: string, parts: readonly MaskedPart[]): string {
  return parts.reduce((whole, { secret, placeholder }) => whole.replaceAll(secret, placeholder), text);
}
