/** Half an iteration: all rows of one side, with the factors of the other held. */
import { paddedWidth } from '../../kernels/kernels.ts';
import { cutRows, ridgesOf, rowCount, type SideMatrix } from './matrix.ts';
import { allocated, type Address, type Arena } from './memory.ts';
import type { SolverPool } from './pool.ts';
import { refuse, type AlsSettings } from './settings.ts';
import type { SolveTask } from './tasks.ts';

/** Factors in the arena, rows of `paddedWidth` floats. */
export interface Table {
  readonly address: Address;
  readonly rows: number;
}

/** A side's matrix in the arena, and how it is cut into pieces for threads. */
export interface PlacedSide {
  readonly rows: number;
  readonly rowStarts: Address;
  readonly columns: Address;
  readonly strengths: Address;
  readonly ridges: Address;
  readonly bounds: Address;
  readonly pieces: number;
}

/** What a piece is worth: some milliseconds. */
const PIECE_WORK = 32_768;
/** A row's factorisation costs as much as this many of its entries. */
const ROW_COST = 64;
const GRAM_ROWS = 2048;
const MOST_GRAM_PIECES = 256;

const cut = (matrix: SideMatrix): Uint32Array => cutRows(matrix.rowStarts, PIECE_WORK, ROW_COST);

export const sideBytes = (matrix: SideMatrix): number =>
  [
    matrix.rowStarts.length,
    matrix.columns.length,
    matrix.strengths.length,
    rowCount(matrix),
    cut(matrix).length,
  ]
    .map((count) => allocated(count * 4))
    .reduce((sum, bytes) => sum + bytes, 0);

/** `others` is the number of rows of the other side. */
export function placeSide(
  arena: Arena,
  matrix: SideMatrix,
  others: number,
  settings: AlsSettings,
): PlacedSide {
  const bounds = cut(matrix);
  return {
    rows: rowCount(matrix),
    rowStarts: arena.put(matrix.rowStarts),
    columns: arena.put(matrix.columns),
    strengths: arena.put(matrix.strengths),
    ridges: arena.put(ridgesOf(matrix, others, settings)),
    bounds: arena.put(bounds),
    pieces: bounds.length - 1,
  };
}

export const tableBytes = (rows: number, factors: number): number =>
  allocated(rows * paddedWidth(factors) * 4);

/** Takes rows of `factors` floats, or zeros. */
export function placeTable(arena: Arena, rows: number, factors: number, values?: Float32Array): Table {
  const width = paddedWidth(factors);
  const table = { address: arena.allocate(rows * width * 4), rows };
  if (values === undefined) return table;
  const placed = arena.floatsAt(table.address, rows * width);
  if (width === factors) placed.set(values);
  else
    for (let row = 0; row < rows; row++)
      placed.set(values.subarray(row * factors, (row + 1) * factors), row * width);
  return table;
}

/** A copy of a table's rows, without what they are padded with. */
export function readTable(arena: Arena, { address, rows }: Table, factors: number): Float32Array {
  const width = paddedWidth(factors);
  const placed = arena.floatsAt(address, rows * width);
  const values = new Float32Array(rows * factors);
  for (let row = 0; row < rows; row++)
    values.set(placed.subarray(row * width, row * width + factors), row * factors);
  return values;
}

export interface HalfSteps {
  /** The table that the next sides are solved from. */
  hold(source: Table): Promise<void>;
  /** Writes `target` from what is held. MODEL_INPUT_INVALID where a row has no finite solution. */
  solve(side: PlacedSide, target: Table, onProgress?: (share: number) => void): Promise<void>;
}

/** The most bytes that `createHalfSteps` takes for tables of at most so many rows. */
export const halfStepBytes = (rows: number, factors: number): number => {
  const square = paddedWidth(factors) ** 2 * 4;
  return allocated(4) + allocated(square) + allocated(square * gramPieces(rows).pieces);
};

const gramPieces = (rows: number): { readonly pieces: number; readonly rowsOfPiece: number } => {
  const rowsOfPiece = Math.max(GRAM_ROWS, Math.ceil(rows / MOST_GRAM_PIECES));
  return { rowsOfPiece, pieces: Math.ceil(rows / rowsOfPiece) };
};

/** `mostRows` is the size of the largest source. */
export function createHalfSteps(
  arena: Arena,
  pool: SolverPool,
  settings: AlsSettings,
  mostRows: number,
): HalfSteps {
  const width = paddedWidth(settings.factors);
  const square = width * width;
  const counter = arena.allocate(4);
  const base = arena.allocate(square * 4);
  const sums = arena.allocate(square * 4 * gramPieces(mostRows).pieces);

  let held: Table | undefined;

  return {
    async hold(source) {
      const { address, rows } = source;
      const { pieces, rowsOfPiece } = gramPieces(rows);
      await pool.run({ kind: 'gram', counter, pieces, table: address, rows, rowsOfPiece, sums });
      const total = new Float64Array(square);
      const partial = arena.floatsAt(sums, square * pieces);
      for (let at = 0; at < partial.length; at++) total[at % square]! += partial[at]!;
      const out = arena.floatsAt(base, square);
      for (let i = 0; i < width; i++)
        for (let j = i; j < width; j++) out[i * width + j] = out[j * width + i] = total[i * width + j]!;
      held = source;
    },
    async solve(side, target, onProgress) {
      if (held === undefined) throw new RangeError('nothing is held to solve from');
      const { pieces, bounds, rowStarts, columns, strengths, ridges } = side;
      const task: SolveTask = {
        kind: 'solve',
        counter,
        pieces,
        bounds,
        rowStarts,
        columns,
        strengths,
        ridges,
        source: held.address,
        sourceRows: held.rows,
        base,
        target: target.address,
        steps: settings.solver === 'exact' ? 0 : settings.steps,
      };
      const unsolved = await pool.run(task, onProgress);
      if (unsolved > 0) refuse(`${unsolved} of ${side.rows} rows have no finite factors`);
    },
  };
}
