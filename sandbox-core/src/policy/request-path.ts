/** RFC 3986 §2.3: these mean the same whether escaped or not. */
const UNRESERVED = /[A-Za-z0-9._~-]/;

/** A path with the escapes of unreserved characters undone (RFC 3986 §6.2.2.2); all others stay as they are spelled. */
export function normalizeRequestPath(path: string): string {
  return path.replace(/%([0-9A-Fa-f]{2})/g, (escape, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
}

/** What servers take for the end of a segment; some undo the escapes of a path before they resolve it. */
const SEPARATOR = /[/\\]|%2f|%5c/i;
/** Java's servers drop what follows a semicolon before they resolve a path. */
const DOT_SEGMENT = /^(?:\.|%2e){1,2}(?:(?:;|%3b).*)?$/is;

/**
 * Whether servers may disagree about what a request target names: dot segments (`%2e` too), a run of slashes in front, a
 * backslash. A rule could be shown one path and the server serve another.
 */
export function isAmbiguousTarget(target: string): boolean {
  const path = target.replace(/[?#].*$/s, '');
  return path.startsWith('//') || path.includes('\\') || path.split(SEPARATOR).some((segment) => DOT_SEGMENT.test(segment));
}

/** The target with its dot segments, leading slashes and backslashes resolved as URL parsers do; the query stays. */
export function normalizeTarget(target: string): string {
  const [, path = '', query = ''] = /^([^?#]*)(\?[^#]*)?/s.exec(target) ?? [];
  const url = new URL('http://target.invalid');
  url.pathname = path.replace(/\\/g, '/').replace(/^\/{2,}/, '/');
  return url.pathname + query;
}

/**
 * Whether a pattern covers all of a path: `*` is any run without a slash, `**` any run, everything else itself. Takes time
 * in proportion to both lengths whatever the path, which comes from inside the sandbox.
 */
export function matchesWildcard(pattern: string, path: string): boolean {
  let reached = new Uint8Array(path.length + 1); // reached[i]: the pattern so far covers the first i characters
  reached[0] = 1;
  for (const [piece] of pattern.matchAll(/\*{2,}|\*|[^*]/gsu)) {
    const next = new Uint8Array(path.length + 1);
    if (piece.startsWith('*')) spread(reached, next, piece === '*' ? path : undefined);
    else for (let at = 0; at + piece.length <= path.length; at++) if (reached[at] === 1 && path.startsWith(piece, at)) next[at + piece.length] = 1;
    reached = next;
  }
  return reached[path.length] === 1;
}

/** A star reaches every position behind one that was reached; if `path` is given, only up to the next slash. */
function spread(from: Uint8Array, to: Uint8Array, path: string | undefined): void {
  let open = false;
  for (let at = 0; at < from.length; at++) {
    if (at > 0 && path?.[at - 1] === '/') open = false;
    open ||= from[at] === 1;
    if (open) to[at] = 1;
  }
}
