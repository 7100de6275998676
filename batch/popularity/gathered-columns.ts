/** Columns of numbers, put together from stretches of their rows. */
import type { Column, ColumnSet, NumericArray } from '../../infra/duckdb/columns.ts';

export interface GatheredColumns {
  /** Some rows, in their order, of `rowCount` in all. Throws TypeError for what is no number, and for NULL. */
  take(rows: ColumnSet, rowCount: number): void;
  /** All that were taken. */
  all(): ColumnSet;
}

export function gatherColumns(): GatheredColumns {
  let gathered: Record<string, NumericArray> = {};
  let at = 0;
  return {
    take(rows, rowCount) {
      const columns = Object.entries(rows.columns).map(
        ([name, column]) => [name, numbersOf(name, column)] as const,
      );
      if (at === 0)
        gathered = Object.fromEntries(
          columns.map(([name, numbers]) => [
            name,
            rows.rowCount === rowCount ? numbers : roomLike(numbers, rowCount),
          ]),
        );
      if (rows.rowCount < rowCount)
        for (const [name, numbers] of columns)
          (gathered[name] as { set(source: unknown, offset: number): void }).set(numbers, at);
      at += rows.rowCount;
    },
    all: () => ({
      rowCount: at,
      columns: Object.fromEntries(
        Object.entries(gathered).map(([name, values]) => [name, { kind: 'numeric', values }]),
      ),
    }),
  };
}

function numbersOf(name: string, column: Column): NumericArray {
  if (column.kind === 'numeric' && column.nulls === undefined) return column.values;
  throw new TypeError(`column ${name} has something else than numbers`);
}

const roomLike = (numbers: NumericArray, length: number): NumericArray =>
  new (numbers.constructor as new (length: number) => NumericArray)(length);
