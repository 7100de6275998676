/** What was passed over, in one matrix with what was watched. */
import type { SparseRows } from '../model.ts';
import { rowCount, type SideMatrix } from './matrix.ts';
import { refuse } from './settings.ts';

/** How the weights of what was passed over become strengths, and how many titles there are. */
export interface PassedOverScale {
  readonly titles: number;
  readonly strengthOf: (weight: number) => number;
}

/**
 * The profiles' side with the titles that each passed over, their strengths negated. A pair of a profile that watched nothing or
 * a title that nobody watched is left out: the factors of those are 0 whatever was passed over. MODEL_INPUT_INVALID where
 * the rows are torn, or a title was both watched and passed over.
 */
export function withPassedOver(
  watched: SideMatrix,
  passedOver: SparseRows,
  scale: PassedOverScale,
): SideMatrix {
  assertRows(passedOver, rowCount(watched), scale.titles);
  const everWatched = new Uint8Array(scale.titles);
  for (const column of watched.columns) everWatched[column] = 1;
  const most = watched.columns.length + passedOver.columns.length;
  const rowStarts = new Uint32Array(watched.rowStarts.length);
  const columns = new Uint32Array(most);
  const strengths = new Float32Array(most);
  let size = 0;
  const keep = (column: number, strength: number): void => {
    columns[size] = column;
    strengths[size] = strength;
    size += 1;
  };
  for (let row = 0; row < rowCount(watched); row++) {
    let next = watched.rowStarts[row]!;
    const end = watched.rowStarts[row + 1]!;
    const watchedAny = next < end;
    const keepBefore = (column: number): void => {
      for (; next < end && watched.columns[next]! < column; next++)
        keep(watched.columns[next]!, watched.strengths[next]!);
    };
    for (let entry = passedOver.rowStarts[row]!; entry < passedOver.rowStarts[row + 1]!; entry++) {
      const column = passedOver.columns[entry]!;
      keepBefore(column);
      if (next < end && watched.columns[next] === column)
        refuse(`row ${row} has column ${column} both watched and passed over`);
      // A strength too small for 32 bits would have lost its sign.
      const strength = Math.fround(scale.strengthOf(passedOver.weights[entry]!));
      if (watchedAny && everWatched[column] === 1 && strength > 0) keep(column, -strength);
    }
    keepBefore(scale.titles);
    rowStarts[row + 1] = size;
  }
  return { rowStarts, columns: columns.subarray(0, size), strengths: strengths.subarray(0, size) };
}

function assertRows({ rowStarts, columns, weights }: SparseRows, rows: number, titles: number): void {
  const entries = columns.length;
  if (rowStarts.length !== rows + 1 || rowStarts[0] !== 0 || rowStarts[rows] !== entries)
    refuse(`the rows of ${rows} profiles do not hold ${entries} entries that were passed over`);
  if (weights.length !== entries)
    refuse(`${entries} entries that were passed over have ${weights.length} weights`);
  for (let row = 0; row < rows; row++) {
    if (rowStarts[row + 1]! < rowStarts[row]!)
      refuse(`row ${row} of what was passed over ends before it starts`);
    let last = -1;
    for (let entry = rowStarts[row]!; entry < rowStarts[row + 1]!; entry++) {
      const [column, weight] = [columns[entry]!, weights[entry]!];
      if (column <= last || column >= titles)
        refuse(`row ${row} of what was passed over has column ${column} after ${last}, of ${titles} titles`);
      if (!(weight > 0) || weight === Infinity)
        refuse(`row ${row} has weight ${weight} for column ${column}, which was passed over`);
      last = column;
    }
  }
}
