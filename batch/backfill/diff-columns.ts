/** Columns of a difference, `before_` and `after_` each measure, as the domain has them. */
import type { MeasureSums } from '../../domain/backfill.ts';
import { MEASURES } from '../../domain/measures.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import { MEASURE_COLUMNS } from '../popularity/measure-columns.ts';

export const numberAt = ({ columns }: ColumnSet, name: string, row: number): number =>
  Number(columns[name]?.values[row]);

/** The measures of a row whose columns are named with the prefix. */
export function sumsAt(set: ColumnSet, prefix: string, row: number): MeasureSums {
  const entries = MEASURES.map((measure) => [
    measure,
    numberAt(set, `${prefix}${MEASURE_COLUMNS[measure]}`, row),
  ]);
  return Object.fromEntries(entries) as MeasureSums;
}
