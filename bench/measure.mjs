// What every benchmark does: take turns, take the median, print a table.

/** Runs the contestants in turn, `rounds` times after a warm-up, so that what slows the machine slows all. Milliseconds each. */
export async function takeTurns(contestants, rounds) {
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      const started = performance.now();
      await run();
      if (round >= 0) times[name].push(performance.now() - started);
    }
  }
  return times;
}

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

export const median = (values) => quantile(values, 0.5);

/** Columns as wide as their widest cell; numbers to the right. */
export function printTable(title, head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const line = (row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('   ');
  console.log(`\n${title}\n  ${line(cells[0])}\n  ${widths.map((width) => '─'.repeat(width)).join('   ')}`);
  for (const row of cells.slice(1)) console.log(`  ${line(row)}`);
}

export const ms = (value) => `${value.toFixed(1)} ms`;
export const times = (value) => `${value.toFixed(2)}×`;

/** A goal of ours, and whether it was met. */
export function printGoal(what, value, goal, direction = 'at most') {
  const isMet = direction === 'at most' ? value <= goal : value >= goal;
  console.log(`  ${isMet ? 'met   ' : 'MISSED'}  ${what}: ${value.toFixed(2)}× (${direction} ${goal}×)`);
}
