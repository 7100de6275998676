/**
 * Which rows a page may have, and in what order: by what the policy says of their place, times how they perform beside the
 * mean of all rows,
 *
 *   order · repeat^(rows of the kind before it) · (take rate / mean take rate)^performance
 *
 * The ratio is kept from a quarter to four, so that a row that was hardly shown is neither lost nor enthroned.
 */
import type { Frame } from './frame.ts';
import type { RowRef } from './request.ts';
import { rowName } from './row-name.ts';
import { ROW_MAKERS } from './rows/rows.ts';
import { ROW_KINDS } from './types.ts';

const MOST_RATIO = 4;

/** The rows that there is a reason for, the highest first; ties by kind. Some of them may turn out to be empty. */
export function planRows(frame: Frame): readonly RowRef[] {
  const { policy, titles, request } = frame;
  const { repeat, performance } = policy.page;
  const ratioOf = performanceRatio(request.rowRates);
  const planned: { readonly ref: RowRef; readonly order: number }[] = [];
  for (const kind of ROW_KINDS) {
    const { count, order } = policy.rows[kind];
    if (count === 0) continue;
    ROW_MAKERS[kind].subjects(frame, count).forEach((subject, before) => {
      const ref = { kind, subject };
      const ratio = performance === 0 || ratioOf === undefined ? 1 : ratioOf(rowName(ref, titles), kind);
      planned.push({ ref, order: order * repeat ** before * ratio ** performance });
    });
  }
  return planned.sort((a, b) => b.order - a.order).map(({ ref }) => ref);
}

function performanceRatio(
  rates: ReadonlyMap<string, number> | undefined,
): ((name: string, kind: string) => number) | undefined {
  if (rates === undefined || rates.size === 0) return undefined;
  const known = [...rates.values()].filter((rate) => Number.isFinite(rate) && rate >= 0);
  const mean = known.reduce((sum, rate) => sum + rate, 0) / known.length;
  if (!(mean > 0)) return undefined;
  return (name, kind) => {
    const ratio = (rates.get(name) ?? rates.get(kind) ?? mean) / mean;
    return Number.isNaN(ratio) ? 1 : Math.min(MOST_RATIO, Math.max(1 / MOST_RATIO, ratio));
  };
}
