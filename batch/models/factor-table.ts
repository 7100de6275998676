/** Factors as a part of a version: a key, then the FLOAT columns f0, f1, … */
import { MarqueeError } from '../../domain/errors.ts';
import type { ModelTable, TableColumn } from './model.ts';

/** Rows of factors by id; `values` is row-major with `width` factors to a row. */
export interface FactorRows {
  readonly ids: readonly string[];
  readonly width: number;
  readonly values: Float32Array;
}

/** `key` names the column of ids: `title_id`, `profile_id`. */
export function factorTable(name: string, key: string, { ids, width, values }: FactorRows): ModelTable {
  const columns: Record<string, TableColumn> = { [key]: { type: 'VARCHAR', values: ids } };
  for (let k = 0; k < width; k++) {
    const column = new Float32Array(ids.length);
    for (let row = 0; row < ids.length; row++) column[row] = values[row * width + k]!;
    columns[`f${k}`] = { type: 'FLOAT', values: column };
  }
  return { name, rows: ids.length, columns };
}

/** Reads what `factorTable` wrote, whatever other columns there are. MODEL_INPUT_INVALID where a factor is missing or not finite. */
export function readFactorTable(table: ModelTable, key: string): FactorRows {
  const refuse = (reason: string): never => {
    throw new MarqueeError('MODEL_INPUT_INVALID', { model: table.name, reason });
  };
  const ids = table.columns[key];
  if (ids?.type !== 'VARCHAR') return refuse(`column ${key} is not there`);
  const factors: Float32Array[] = [];
  for (
    let column = table.columns['f0'];
    column?.type === 'FLOAT';
    column = table.columns[`f${factors.length}`]
  )
    factors.push(column.values);
  const width = factors.length;
  if (width === 0) return refuse('column f0 is not there');
  const values = new Float32Array(table.rows * width);
  factors.forEach((column, k) => {
    for (let row = 0; row < table.rows; row++) {
      const value = column[row]!;
      if (!Number.isFinite(value)) refuse(`factor f${k} of ${ids.values[row]} is ${value}`);
      values[row * width + k] = value;
    }
  });
  return { ids: ids.values.slice(0, table.rows).map((id) => id ?? refuse(`an id is null`)), width, values };
}
