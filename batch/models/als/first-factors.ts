import type { Random } from '../../../domain/random.ts';
import { readFactorTable } from '../factor-table.ts';
import type { ModelTable } from '../model.ts';
import type { AlsSettings } from './settings.ts';

export const ITEMS = 'items';
export const TITLE_ID = 'title_id';

/** Uniform numbers whose sum is close enough to a normal one. */
const DRAWS = 4;

/**
 * The factors that titles begin with: those of the previous version where it has them and has as many, others by chance. As many numbers are drawn in
 * either case.
 */
export function firstFactors(
  titles: readonly string[],
  { factors, deviation }: AlsSettings,
  random: Random,
  previous: readonly ModelTable[] = [],
): Float32Array {
  const scale = (deviation / Math.sqrt(factors)) * Math.sqrt(12 / DRAWS);
  const values = new Float32Array(titles.length * factors);
  for (let at = 0; at < values.length; at++) {
    let sum = -DRAWS / 2;
    for (let draw = 0; draw < DRAWS; draw++) sum += random.next();
    values[at] = sum * scale;
  }
  const table = previous.find(({ name }) => name === ITEMS);
  if (table === undefined) return values;
  const known = readFactorTable(table, TITLE_ID);
  if (known.width !== factors) return values;
  const rows = new Map(known.ids.map((id, row) => [id, row]));
  titles.forEach((title, place) => {
    const row = rows.get(title);
    if (row !== undefined)
      values.set(known.values.subarray(row * factors, (row + 1) * factors), place * factors);
  });
  return values;
}
