import { nodeAt, rangeOf, type PolicySyntax } from '../parse';
import { toPointer, type PolicyPointer } from '../pointer';
import { problemSeverities, type Problem, type RelatedPlace } from '../problem';
import { applySeverities, type SeverityMap } from '../severities';
import { rangeAt } from '../validate';
import { isPresetName, type ComposeProblem, type ComposeResult, type PolicySource } from './compose';

/** More faults of one file are not listed: they are seen where it is opened. */
const MAX_RELATED = 5;

/**
 * Why what a policy extends cannot be put together with it: at the entry of its `extends` that leads to the fault, with the
 * place of the fault in the other file.
 *
 * @param main the text of the policy; what is wrong with it alone is found elsewhere
 */
export function extendsProblems({ syntax, file }: { readonly syntax: PolicySyntax; readonly file: string }, result: ComposeResult, severities: SeverityMap = {}): Problem[] {
  const { root } = syntax;
  if (!root || !('problems' in result)) return [];
  const problems = result.problems.flatMap((fault): Problem[] => {
    const pointer = fault.file === file ? fault.pointer : entryTo(fault.file, file, result.sources);
    if (pointer === undefined || isSaidOfName(fault, file, syntax)) return [];
    const isElsewhere = fault.file !== file;
    const related = isElsewhere ? placesIn(fault, result.sources) : [];
    const message = isElsewhere ? `${fault.file} ${fault.checked ? fault.message : `cannot be used: ${fault.message}`}` : fault.message;
    return [{ code: 'broken-extends', severity: problemSeverities['broken-extends'], message, range: rangeOf(rangeAt(root, pointer)), pointer, ...(related.length > 0 && { related }) }];
  });
  return applySeverities(problems.sort((a, b) => a.range.offset - b.range.offset), severities);
}

/** A name that no preset has is found without looking at other files. */
function isSaidOfName({ pointer, file }: ComposeProblem, main: string, { root }: PolicySyntax): boolean {
  if (file !== main || !root || pointer?.startsWith('/extends/') !== true) return false;
  const value: unknown = rangeAt(root, pointer).value;
  return typeof value === 'string' && isPresetName(value);
}

/** The entry of the main file through which a file came in. */
function entryTo(file: string, main: string, sources: readonly PolicySource[]): PolicyPointer | undefined {
  let source = sources.find(({ id }) => id === file);
  while (source?.extendedBy !== undefined && source.extendedBy !== main) {
    const { extendedBy } = source;
    source = sources.find(({ id }) => id === extendedBy);
  }
  return source?.extendedAt;
}

function placesIn({ file, pointer, message, checked }: ComposeProblem, sources: readonly PolicySource[]): RelatedPlace[] {
  if (checked) return checked.problems.filter(({ severity }) => severity === 'error').slice(0, MAX_RELATED).map((fault) => ({ file, text: checked.syntax.text, range: fault.range, message: fault.message }));
  const syntax = sources.find(({ id }) => id === file)?.checked.syntax;
  return syntax?.root ? [{ file, text: syntax.text, range: rangeOf(rangeAt(syntax.root, pointer ?? toPointer([]))), message }] : [];
}

/** Whether the policy extends others: they may have faults, and what they say may not go together with it. */
export function extendsOthers({ root }: PolicySyntax): boolean {
  return (root && nodeAt(root, toPointer(['extends'])))?.children !== undefined;
}

/** Whether there are files among them. */
export function extendsFiles({ root }: PolicySyntax): boolean {
  const entries = root && nodeAt(root, toPointer(['extends']));
  return entries?.children?.some(({ value }) => typeof value === 'string' && !isPresetName(value)) === true;
}
