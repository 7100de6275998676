import { compareTexts } from '../../../domain/text-order.ts';
import { ITEMS, TITLE_ID } from '../als/first-factors.ts';
import { ALS, ALS_DEFAULTS } from '../als/settings.ts';
import { alsTables, readAlsSettings } from '../als/tables.ts';
import { readFactorTable, type FactorRows } from '../factor-table.ts';
import { tableNamed } from '../model-tables.ts';
import type { ModelTable, TrainingData } from '../model.ts';
import { fadedInteractions } from '../recent.ts';
import { foldInNewTitles, type NewTitlesOptions } from './new-titles.ts';

/**
 * A version of `item-factors` with the titles that came since: the same tables with more rows, for the same scorer. The
 * factors that were there stay, bit for bit. Gives `tables` itself where no title is new. MODEL_INPUT_INVALID for tables
 * that are not a version of ALS.
 */
export async function extendVersion(
  tables: readonly ModelTable[],
  data: TrainingData,
  options: Partial<NewTitlesOptions> = {},
): Promise<readonly ModelTable[]> {
  const known = readFactorTable(tableNamed(ALS, tables, ITEMS), TITLE_ID);
  const { unobservedWeight, recency, ...regularisation } = readAlsSettings(tables);
  const interactions =
    recency === undefined ? data.interactions : fadedInteractions(data.interactions, recency);
  const held = { ...regularisation, unobservedWeight };
  const { columns, moved } = await foldInNewTitles(known, held, { ...data, interactions }, options);
  if (columns.length === 0) return tables;
  const { titles } = data.interactions;
  const added = Array.from(columns, (column) => titles[column]!);
  const { ids, values, width } = inTextOrder(known, { ids: added, width: known.width, values: moved });
  const settings = { ...ALS_DEFAULTS, factors: width, regularisation, unobservedWeight, recency };
  return alsTables(ids, values, settings);
}

function inTextOrder(first: FactorRows, second: FactorRows): FactorRows {
  const { width } = first;
  const ids = [...first.ids, ...second.ids];
  const order = [...ids.keys()].sort((a, b) => compareTexts(ids[a]!, ids[b]!));
  const values = new Float32Array(ids.length * width);
  order.forEach((from, row) => {
    const [side, at] = from < first.ids.length ? [first, from] : [second, from - first.ids.length];
    values.set(side.values.subarray(at * width, (at + 1) * width), row * width);
  });
  return { ids: order.map((from) => ids[from]!), width, values };
}
