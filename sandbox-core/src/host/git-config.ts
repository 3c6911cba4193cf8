/** A setting by its name in lower case, without the subsection: "include.path", "includeif.path". */
export interface GitSetting {
  readonly name: string;
  readonly value: string;
}

const SECTION = /^\[\s*([A-Za-z0-9-]+)(?:\.[^\]"]*|\s+"(?:[^"\\]|\\.)*")?\s*\]/;
const KEY = /^([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*|$)/;
/** That one value is written in. */
const MAX_LINES = 20;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b' };

/** The settings in a text of git-config(1), read as git reads them; what git would not read is passed over. */
export function settingsIn(text: string): GitSetting[] {
  const settings: GitSetting[] = [];
  let section = '';
  const lines = text.replace(/\r\n/g, '\n').replace(/^\ufeff/, '').split('\n');
  for (const [index, line] of lines.entries()) {
    let rest = line.trimStart();
    for (let header = SECTION.exec(rest); header; header = SECTION.exec(rest)) {
      section = (header[1] ?? '').toLowerCase();
      rest = rest.slice(header[0].length).trimStart();
    }
    const key = KEY.exec(rest);
    if (key) settings.push({ name: `${section}.${(key[1] ?? '').toLowerCase()}`, value: valueOf([rest.slice(key[0].length), ...lines.slice(index + 1, index + MAX_LINES)].join('\n')) });
  }
  return settings;
}

/** Without quotes, escapes and the comment behind it; a backslash at the end of a line takes the next one along. */
function valueOf(text: string): string {
  let value = '';
  let end = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '\n' || (!isQuoted && /[#;]/.test(character))) break;
    if (character === '"') isQuoted = !isQuoted;
    else if (character !== '\\') value += character;
    else if (text[++at] !== '\n') value += ESCAPES[text[at] ?? ''] ?? text[at] ?? '';
    if (isQuoted || !/\s/.test(character)) end = value.length;
  }
  return value.slice(0, end);
}
