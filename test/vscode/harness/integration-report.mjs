/** The records of a test run inside the extension host: reading them, printing them, judging them. */

/** Parses JSON lines; the last one may still be being written. */
export function parseRecords(text) {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** Prints records as they come, in the manner of mocha's spec reporter. */
export function createSpecPrinter(print) {
  let shownSuites = [];
  const failed = [];
  const indent = (depth) => '  '.repeat(depth + 1);
  const marks = { pass: '✔', skip: '-', note: '·' };

  return function printRecord(record) {
    const { event, suites, title, duration } = record;
    if (event === 'end') return;
    const known = suites.findIndex((suite, depth) => suite !== shownSuites[depth]);
    if (known !== -1) suites.slice(known).forEach((suite, index) => print(indent(known + index) + suite));
    shownSuites = suites;
    if (event === 'fail') failed.push(record);
    const mark = marks[event] ?? `${failed.length})`;
    print(`${indent(suites.length)}${mark} ${title}${duration > 75 ? ` (${duration}ms)` : ''}`);
    if (event === 'fail') print(record.error.replace(/^/gm, indent(suites.length + 1)));
  };
}

/**
 * Why a run is not a success; an empty list means it is one. An exit code of 0 alone proves nothing: VS Code also
 * ends with 0 when no test ran. `ending` is { code } or { trouble }.
 */
export function findFaults(records, ending) {
  const count = (event) => records.filter((record) => record.event === event).length;
  const faults = [];
  if (ending.trouble) faults.push(ending.trouble);
  if (ending.code !== undefined && ending.code !== 0) faults.push(`VS Code ended the tests with code ${ending.code}`);
  if (count('fail') > 0) faults.push(`${count('fail')} failing`);
  if (count('pass') === 0) faults.push('no test passed');
  if (count('end') === 0) faults.push('the tests did not run to their end');
  return faults;
}
