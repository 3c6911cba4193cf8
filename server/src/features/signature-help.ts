import type { SignatureHelp, SignatureInformation } from 'vscode-languageserver-types';

import type { PolicyView } from '../policy-view';

/** One construct of the syntax. */
interface Construct {
  readonly label: string;
  readonly meaning: string;
  /** Whether the text just before the cursor is it. */
  readonly endsHere: RegExp;
}

/** The lists whose entries are patterns; other paths are taken as they are. */
const PATTERN_LISTS = /^\/filesystem\/(?:denyRead|allowRead|allowWrite|denyWrite)\/\d+(?:\/path)?$/;

/** In the order of the label; of several that end at the cursor, the first counts. */
const PATH_PATTERN: readonly Construct[] = [
  { label: '~/', meaning: 'Below the home directory.', endsHere: /^~\/?$/ },
  { label: './', meaning: 'Below the directory that the sandbox is started in; so does a path without it.', endsHere: /^\.\/?$/ },
  { label: '/', meaning: 'From the root of the file system.', endsHere: /^\/$/ },
  { label: 'dir/**', meaning: 'At the end: the directory and everything in it, as `dir` alone says too.', endsHere: /[^/*]\/\*\*$/ },
  { label: '**', meaning: 'As a name of its own, any number of directories, also none; within a name, any characters, `/` too.', endsHere: /\*\*\/?$/ },
  { label: '*', meaning: 'Any characters of one name, never a `/`. A name that begins with a dot is matched too.', endsHere: /\*$/ },
  { label: '?', meaning: 'One character of a name.', endsHere: /\?$/ },
  { label: '[abc]', meaning: 'One of these characters; `[a-z]` is a range, and nothing in it negates. For a name that has brackets in it, write `{ "path": …, "literal": true }`.', endsHere: /\[[^\]]*\]?$/ },
];

const HOST_PATTERN: readonly Construct[] = [
  { label: '*.', meaning: 'Every name below the domain, at any depth; not the domain itself.', endsHere: /^\*\.?$/ },
  { label: 'example.com', meaning: 'This name alone, not the names below it.', endsHere: /^(?:\*\.)?[^*:[]+$/ },
  { label: '[::1]', meaning: 'An IPv6 address, in brackets; an IPv4 address stands as it is.', endsHere: /^\[[^\]]*\]?$/ },
  { label: ':443', meaning: 'This port alone; without it, every port.', endsHere: /:\d*$/ },
];

/** What the characters of a pattern mean, and which of them the cursor is at. */
export function signatureHelp(view: PolicyView, offset: number): SignatureHelp | undefined {
  const value = view.valueAt(offset);
  if (!value || value.literal) return undefined;
  const before = view.syntax.text.slice(value.node.offset + 1, offset);
  if (value.kind === 'domain') return help('host', '', HOST_PATTERN, before);
  return PATTERN_LISTS.test(value.pointer) ? help('path', 'Everything else is itself; there are no braces and no negation. A pattern covers what is below a directory that it matches.', PATH_PATTERN, before) : undefined;
}

function help(what: string, documentation: string, constructs: readonly Construct[], before: string): SignatureHelp {
  const prefix = `${what}:  `;
  const active = constructs.findIndex(({ endsHere }) => endsHere.test(before));
  let at = prefix.length;
  const parameters = constructs.map(({ label, meaning }) => {
    const start = at;
    at += label.length + 2;
    return { label: [start, start + label.length] as [number, number], documentation: { kind: 'markdown' as const, value: meaning } };
  });
  const signature: SignatureInformation = { label: prefix + constructs.map(({ label }) => label).join('  '), ...(documentation !== '' && { documentation }), parameters };
  // Past the end: none is highlighted.
  return { signatures: [signature], activeSignature: 0, activeParameter: active === -1 ? constructs.length : active };
}
