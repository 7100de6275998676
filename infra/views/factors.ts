/** The view `item-factors`, and factors in other views. */
import type { Manifest } from '../../domain/manifest.ts';
import type { FactorRows, TrainedFactors } from '../../domain/ranking/model-columns.ts';
import { viewName } from '../../domain/views.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { readParts, type PartReader } from './part-columns.ts';

export const ITEM_FACTORS_VIEW = viewName('item-factors');
const ROWS_A_TURN = 2000;
const MOST_FACTORS = 1024;

/** Throws VIEW_CORRUPT where the parts are not what the view is made of, or a factor is not finite. */
export const createFactorsLoader =
  (duckdb: Pick<DuckDb, 'use'>) =>
  (versionDir: string, manifest: Manifest): Promise<TrainedFactors> =>
    readParts(duckdb, versionDir, manifest, async (parts) => {
      const settings = await parts.query(`SELECT name, value FROM ${parts.source('settings')}`);
      const names = settings.texts('name');
      const values = settings.numbers('value', Float64Array);
      const setting = (name: string): number => {
        const at = names.indexOf(name);
        if (at < 0) throw new RangeError(`part settings does not say ${name}`);
        return values[at]!;
      };
      return {
        ...(await readFactors(parts, 'items')),
        regularisation: {
          strength: setting('regularisation'),
          exponent: setting('exponent'),
          unobservedWeight: setting('unobserved_weight'),
        },
      };
    });

/** The columns title_id, f0, f1, … of a part. */
export async function readFactors(parts: PartReader, part: string): Promise<FactorRows> {
  const source = parts.source(part);
  const width = await widthOf(parts, source);
  const columns = factorNames(width);
  const rowCount = await parts.count(source);
  const values = new Float32Array(rowCount * width);
  const ids: string[] = [];
  await parts.slices(
    `SELECT title_id, ${columns.join(', ')} FROM ${source} ORDER BY title_id`,
    ROWS_A_TURN,
    (slice) => {
      const at = ids.length * width;
      ids.push(...slice.texts('title_id'));
      columns.forEach((name, k) => {
        const column = slice.numbers(name, Float32Array);
        for (let row = 0; row < slice.rowCount; row++) {
          if (!Number.isFinite(column[row])) throw new RangeError(`factor ${name} is ${column[row]}`);
          values[at + row * width + k] = column[row]!;
        }
      });
    },
  );
  return { ids, width, values };
}

/** How many of the columns f0, f1, … there are. RangeError where there are none. */
export async function widthOf(parts: PartReader, source: string): Promise<number> {
  const names = new Set((await parts.query(`DESCRIBE SELECT * FROM ${source}`)).texts('column_name'));
  let width = 0;
  while (width < MOST_FACTORS && names.has(`f${width}`)) width++;
  if (width === 0) throw new RangeError('column f0 is not there');
  return width;
}

export const factorNames = (width: number): readonly string[] =>
  Array.from({ length: width }, (_, k) => `f${k}`);
