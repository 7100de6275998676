import { ROW_PERFORMANCE_PARTS } from '../../domain/row-performance.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { createFiniteValues } from './finite-values.ts';
import { createKeys } from './keys.ts';
import { createMinimumRows } from './minimum-rows.ts';
import type { Validator } from './validator.ts';

const values = ['shown', 'taken'];

/** The rules of the view `row-performance`, in the order in which they are asked. */
export function createRowPerformanceValidators(duckdb: DuckDb): Validator[] {
  const { rows, positions, rowPositions, promotions } = ROW_PERFORMANCE_PARTS;
  return [
    createMinimumRows(duckdb, { [rows]: 1 }),
    createKeys(duckdb, {
      [rows]: { keys: ['row_id'], values },
      [positions]: { keys: ['position'], values },
      [rowPositions]: { keys: ['row_id', 'position'], values },
      [promotions]: { keys: ['promotion_id'], values },
    }),
    createFiniteValues(duckdb),
  ];
}
