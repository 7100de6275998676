/** Interactions as the solver wants them: from one side, with strengths for weights. */
import { regularisationOf } from '../../../domain/fold-in.ts';
import type { Interactions } from '../model.ts';
import { watchersOf } from '../sides.ts';
import type { AlsSettings } from './settings.ts';

/** Rows of one side; `columns` are rows of the other side, rising. Strengths are confidences less 1. */
export interface SideMatrix {
  readonly rowStarts: Uint32Array;
  readonly columns: Uint32Array;
  readonly strengths: Float32Array;
}

export const rowCount = ({ rowStarts }: SideMatrix): number => rowStarts.length - 1;

export const profilesSide = (
  { rowStarts, columns, weights }: Interactions,
  { unobservedWeight }: AlsSettings,
): SideMatrix => ({
  rowStarts,
  columns,
  strengths: Float32Array.from(weights, (weight) => weight / unobservedWeight),
});

export function titlesSide(interactions: Interactions, { unobservedWeight }: AlsSettings): SideMatrix {
  const { columnStarts, profiles, entries } = watchersOf(interactions);
  const { weights } = interactions;
  const strengths = new Float32Array(entries.length);
  for (let place = 0; place < entries.length; place++)
    strengths[place] = weights[entries[place]!]! / unobservedWeight;
  return { rowStarts: columnStarts, columns: profiles, strengths };
}

/** Rows [from, to), with starts that begin at 0 again; arrays are not copied but for the starts. */
export function rowsOf({ rowStarts, columns, strengths }: SideMatrix, from: number, to: number): SideMatrix {
  const first = rowStarts[from]!;
  const end = rowStarts[to]!;
  return {
    rowStarts: Uint32Array.from(rowStarts.subarray(from, to + 1), (start) => start - first),
    columns: columns.subarray(first, end),
    strengths: strengths.subarray(first, end),
  };
}

/** What is added to the diagonal of each row's equations: λ of the row, on the scale on which what was not watched weighs 1. */
export function ridgesOf({ rowStarts }: SideMatrix, others: number, settings: AlsSettings): Float32Array {
  const { regularisation, unobservedWeight } = settings;
  const scaled = { ...regularisation, unobservedWeight };
  return Float32Array.from(
    { length: rowStarts.length - 1 },
    (_, row) => regularisationOf(scaled, rowStarts[row + 1]! - rowStarts[row]!, others) / unobservedWeight,
  );
}

/**
 * Cuts rows into runs of about this much work, where a row costs as many entries as `rowCost` beside its own; gives the first row of each run, and
 * the number of rows at the end.
 */
export function cutRows(rowStarts: Uint32Array, work: number, rowCost: number): Uint32Array {
  const bounds = [0];
  const rows = rowStarts.length - 1;
  let begun = 0;
  for (let row = 1; row < rows; row++) {
    if (rowStarts[row]! - rowStarts[begun]! + (row - begun) * rowCost < work) continue;
    bounds.push(row);
    begun = row;
  }
  return Uint32Array.from([...bounds, rows]);
}
