/** Who watched and passed over what, as the solver wants it. */
import { regularisationOf } from '../../../domain/fold-in.ts';
import type { AlsSettings } from './settings.ts';

/**
 * Rows of one side; `columns` are rows of the other side, rising. Strengths are confidences less 1, negated where a title was
 * passed over.
 */
export interface SideMatrix {
  readonly rowStarts: Uint32Array;
  readonly columns: Uint32Array;
  readonly strengths: Float32Array;
}

export const rowCount = ({ rowStarts }: SideMatrix): number => rowStarts.length - 1;
/** And not passed over. */
export const isWatched = (strength: number): boolean => strength >= 0;

/** The same entries from the other side, which has `others` rows. */
export function transposed(matrix: SideMatrix, others: number): SideMatrix {
  const { rowStarts, columns, strengths } = matrix;
  const starts = new Uint32Array(others + 1);
  for (const column of columns) starts[column + 1]! += 1;
  for (let row = 0; row < others; row++) starts[row + 1]! += starts[row]!;
  const next = starts.slice(0, others);
  const rows = new Uint32Array(columns.length);
  const theirs = new Float32Array(columns.length);
  for (let row = 0; row < rowCount(matrix); row++)
    for (let entry = rowStarts[row]!; entry < rowStarts[row + 1]!; entry++) {
      const place = next[columns[entry]!]!++;
      rows[place] = row;
      theirs[place] = strengths[entry]!;
    }
  return { rowStarts: starts, columns: rows, strengths: theirs };
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

/**
 * What is added to the diagonal of each row's equations: λ of the row, by how much of it was watched, on the scale on which what
 * was not watched weighs 1.
 */
export function ridgesOf(matrix: SideMatrix, others: number, settings: AlsSettings): Float32Array {
  const { regularisation, unobservedWeight } = settings;
  const { rowStarts, strengths } = matrix;
  const scaled = { ...regularisation, unobservedWeight };
  return Float32Array.from({ length: rowCount(matrix) }, (_, row) => {
    let watched = 0;
    for (let entry = rowStarts[row]!; entry < rowStarts[row + 1]!; entry++)
      if (isWatched(strengths[entry]!)) watched += 1;
    return regularisationOf(scaled, watched, others) / unobservedWeight;
  });
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
