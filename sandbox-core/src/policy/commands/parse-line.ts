import { parse, type ParsedScript } from 'unbash';

export const MAX_LINE = 100_000;

/** Of lines that nobody writes, as none may keep whoever asks waiting: of most a parser takes some milliseconds, of these it took seconds. */
const MAX_DOCUMENTS = 2000;
const MAX_COMMENT_LOOKS = 10_000_000;
const MAX_NESTED_LOOKS = 10_000_000;
/** So deep the parser goes: limits.js in it. */
const PARSED_DEPTH = 256;

/** Or why it cannot be judged, for people. */
export function parseLine(line: string): ParsedScript | string {
  if (line.length > MAX_LINE) return 'the shell line is too long';
  if (occurrences(line, /<</g) > MAX_DOCUMENTS) return 'the shell line has too many here-documents';
  if (commentLooks(line) > MAX_COMMENT_LOOKS) return 'the shell line has too many comments in substitutions';
  if (nestedLooks(line) > MAX_NESTED_LOOKS) return 'the shell line is too long for what it expands';
  try {
    return parse(line);
  } catch (error) {
    if (error instanceof RangeError) return 'the shell line cannot be parsed'; // nested more deeply than the parser can go
    throw error;
  }
}

/** In a substitution, a bracket before a comment has the parser look for the substitution's end from its beginning, within each around it too. */
function commentLooks(line: string): number {
  return Math.min(occurrences(line, /[$<>]\(/g), occurrences(line, /\)(?:[ \t]|\\\r?\n)*#/g)) ** 2 * line.length;
}

/** Of what is nested, everything in it is read once for each level. */
function nestedLooks(line: string): number {
  return Math.min(PARSED_DEPTH, occurrences(line, /\$[({[]|[<>]\(|`/g)) * line.length;
}

function occurrences(line: string, pattern: RegExp): number {
  let count = 0;
  while (pattern.exec(line)) count++;
  return count;
}
