import { applyEdits, modify, parseTree, findNodeAtLocation, getNodeValue } from 'jsonc-parser';

/** A server entry of mcp.json that starts a program. */
export interface McpServerEntry {
  /** `servers`, or `mcpServers` in files of other clients. */
  readonly block: string;
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** It has been wrapped already. */
  readonly isWrapped: boolean;
}

const BLOCKS = ['servers', 'mcpServers'];
/** Marks an entry as wrapped, for whoever reads the file too. */
const SRT = 'srt';

/** Entries that start a program; those that name an address have nothing to sandbox. */
export function mcpServers(text: string): McpServerEntry[] {
  const root = parseTree(text);
  if (!root) return [];
  return BLOCKS.flatMap((block) =>
    (findNodeAtLocation(root, [block])?.children ?? []).flatMap((property) => {
      const [key, value] = property.children ?? [];
      const entry: unknown = value && getNodeValue(value);
      if (!isEntry(entry)) return [];
      const args = Array.isArray(entry.args) ? entry.args.filter((argument) => typeof argument === 'string') : [];
      const env = Object.fromEntries(Object.entries(entry.env ?? {}).filter((variable): variable is [string, string] => typeof variable[1] === 'string'));
      return [{ block, name: String(key?.value), command: entry.command, args, env, isWrapped: args.includes(SRT_SEPARATOR) && (entry.command === SRT || args.some((argument) => argument.endsWith('/srt.js'))) }];
    }),
  );
}

/** Between what is `srt`'s and what is the server's. */
const SRT_SEPARATOR = '--';

/** The text with the server started under a policy; comments and everything else stay. */
export function wrapMcpServer(text: string, { block, name, command, args }: McpServerEntry, srt: readonly string[]): string {
  const [program = SRT, ...options] = srt;
  return withEntry(text, block, name, program, [...options, SRT_SEPARATOR, command, ...args]);
}

/** The text with the server started as it was before. */
export function unwrapMcpServer(text: string, { block, name, args }: McpServerEntry): string {
  const [command = '', ...rest] = args.slice(args.indexOf(SRT_SEPARATOR) + 1);
  return withEntry(text, block, name, command, rest);
}

function withEntry(text: string, block: string, name: string, command: string, args: readonly string[]): string {
  const formattingOptions = { insertSpaces: !/^\t/m.test(text), tabSize: /^( +)\S/m.exec(text)?.[1]?.length ?? 2 };
  const withCommand = applyEdits(text, modify(text, [block, name, 'command'], command, { formattingOptions }));
  return applyEdits(withCommand, modify(withCommand, [block, name, 'args'], args, { formattingOptions }));
}

function isEntry(value: unknown): value is { readonly command: string; readonly args?: unknown; readonly env?: object } {
  return typeof value === 'object' && value !== null && 'command' in value && typeof value.command === 'string';
}
