/**
 * A JSON pointer (RFC 6901) into a policy document: `/filesystem/denyRead/2`. It is set once, when the policy is parsed,
 * carried by every plan entry and violation, and turned into a range only when something is shown in an editor.
 */
export type PolicyPointer = string & { readonly brand: 'PolicyPointer' };

export type PointerSegment = string | number;

export const ROOT_POINTER = '' as PolicyPointer; // the empty string is the pointer to the whole document

export function toPointer(segments: readonly PointerSegment[]): PolicyPointer {
  return segments.map((segment) => '/' + escapeSegment(segment)).join('') as PolicyPointer; // built by the RFC's rules
}

export function childPointer(pointer: PolicyPointer, segment: PointerSegment): PolicyPointer {
  return (pointer + '/' + escapeSegment(segment)) as PolicyPointer; // as above
}

/** The pointer to what holds the value; of the root, the root. */
export function parentPointer(pointer: PolicyPointer): PolicyPointer {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/'))) as PolicyPointer; // cut at a separator
}

/** Array indexes come back as numbers, as jsonc-parser's paths want them. */
export function pointerSegments(pointer: string): PointerSegment[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((escaped) => escaped.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((segment) => (/^(0|[1-9][0-9]*)$/.test(segment) ? Number(segment) : segment));
}

/** `/filesystem/denyRead/2` for people: `filesystem.denyRead[2]`. */
export function describePointer(pointer: string): string {
  const text = pointerSegments(pointer)
    .map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${segment}`))
    .join('');
  return text === '' ? '(root)' : text.replace(/^\./, '');
}

function escapeSegment(segment: PointerSegment): string {
  if (typeof segment === 'number' || !/[~/]/.test(segment)) return String(segment);
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
