/** How rows perform, as the order of rows on a page takes it in. */

/** Sightings and plays of one row, and its rate where every place is looked at as the best one is. */
export interface RowPerformed {
  readonly row: string;
  readonly shown: number;
  readonly taken: number;
  readonly unbiasedRate: number;
}

/** What stands between a row's kind and what it is about. */
const SEPARATOR = ':';

/**
 * Unbiased take rates by row name and by kind of row, drawn towards the rate of all rows as if that had been seen `strength`
 * times more: a row that was hardly shown says little. A kind is what all rows of it did together.
 */
export function rowRatesOf(rows: readonly RowPerformed[], strength: number): ReadonlyMap<string, number> {
  const sums = new Map<string, { shown: number; expected: number }>();
  let [shown, expected] = [0, 0];
  for (const { row, shown: seen, unbiasedRate } of rows) {
    const names = new Set([row, row.split(SEPARATOR, 1)[0]!]);
    for (const name of names) {
      const sum = sums.get(name) ?? { shown: 0, expected: 0 };
      sum.shown += seen;
      sum.expected += seen * unbiasedRate;
      sums.set(name, sum);
    }
    shown += seen;
    expected += seen * unbiasedRate;
  }
  if (shown === 0) return new Map();
  const mean = expected / shown;
  return new Map(
    [...sums].map(([name, sum]) => [name, (sum.expected + strength * mean) / (sum.shown + strength)]),
  );
}
