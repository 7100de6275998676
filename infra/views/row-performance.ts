/** The view `row-performance`. */
import { findPart, type Manifest } from '../../domain/manifest.ts';
import { ROW_PERFORMANCE_PARTS } from '../../domain/row-performance.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { readPart, type PartColumns, type PartShape } from '../side-inputs/columns.ts';

/** Sightings, takes, and the rate that is rid of position; `unbiasedError` is its standard error. */
export interface Performed {
  readonly shown: number;
  readonly taken: number;
  readonly unbiasedRate: number;
  readonly unbiasedError: number;
}

export interface RowPerformance {
  readonly rows: readonly (Performed & { readonly row: string })[];
  readonly positions: readonly (Performed & { readonly position: number; readonly propensity: number })[];
  readonly rowPositions: readonly (Performed & { readonly row: string; readonly position: number })[];
  /** Empty for versions from before promotions were counted. */
  readonly promotions: readonly {
    readonly promotion: string;
    readonly shown: number;
    readonly taken: number;
  }[];
}

const COUNTED = { shown: 'number', taken: 'number' } as const;
const MEASURED = { ...COUNTED, unbiased_rate: 'number', unbiased_error: 'number' } as const;

/** Parts in their order. Throws VIEW_CORRUPT where they are not what the view is made of. */
export const createPerformanceLoader =
  (duckdb: Pick<DuckDb, 'use'>) =>
  async (versionDir: string, manifest: Manifest): Promise<RowPerformance> => {
    const { rows, positions, rowPositions, promotions } = ROW_PERFORMANCE_PARTS;
    const read = <S extends PartShape, T>(
      part: string,
      shape: S,
      of: (columns: PartColumns<S>, row: number) => T,
    ): Promise<readonly T[]> =>
      readPart(duckdb, { versionDir, manifest, part }, shape, (columns) =>
        Array.from({ length: columns.rowCount }, (_, row) => of(columns, row)),
      );
    return {
      rows: await read(rows, { row_id: 'text', ...MEASURED }, (columns, row) => ({
        row: columns.text('row_id', row),
        ...performed(columns, row),
      })),
      positions: await read(
        positions,
        { position: 'number', propensity: 'number', ...MEASURED },
        (columns, row) => ({
          position: columns.number('position', row),
          propensity: columns.number('propensity', row),
          ...performed(columns, row),
        }),
      ),
      rowPositions: await read(
        rowPositions,
        { row_id: 'text', position: 'number', ...MEASURED },
        (columns, row) => ({
          row: columns.text('row_id', row),
          position: columns.number('position', row),
          ...performed(columns, row),
        }),
      ),
      promotions:
        findPart(manifest, promotions) === undefined
          ? []
          : await read(promotions, { promotion_id: 'text', ...COUNTED }, (columns, row) => ({
              promotion: columns.text('promotion_id', row),
              shown: columns.number('shown', row),
              taken: columns.number('taken', row),
            })),
    };
  };

const performed = (columns: PartColumns<typeof MEASURED>, row: number): Performed => ({
  shown: columns.number('shown', row),
  taken: columns.number('taken', row),
  unbiasedRate: columns.number('unbiased_rate', row),
  unbiasedError: columns.number('unbiased_error', row),
});
