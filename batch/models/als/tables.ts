/** The parts of a version of `item-factors`, and the scorer that reads them. */
import { createFoldIn, gramOf, regularisationOf, type Regularisation } from '../../../domain/fold-in.ts';
import type { Recency } from '../../../domain/recency.ts';
import { createTitleScores } from '../../../domain/title-scores.ts';
import { factorTable, readFactorTable } from '../factor-table.ts';
import { columnOf, tableNamed, titlesOf } from '../model-tables.ts';
import type { ModelTable, Scorer } from '../model.ts';
import { faded } from '../recent.ts';
import { ITEMS, TITLE_ID } from './first-factors.ts';
import { ALS, refuse, type AlsSettings } from './settings.ts';

const GRAM = 'gram';
export const SETTINGS = 'settings';

/**
 * `items`: title_id, f0, f1, …; `gram`: factor, then a row of YᵀY over all titles, in the columns g0, g1, …; `settings`: name and value of what a fold-in
 * needs beside them; `fade` and `floor` where histories fade (domain/recency.ts).
 */
export function alsTables(
  titles: readonly string[],
  values: Float32Array,
  settings: AlsSettings,
): readonly ModelTable[] {
  const { factors, regularisation, unobservedWeight, recency } = settings;
  const gram = gramOf(values, factors);
  const row = (from: number): Float64Array => gram.slice(from * factors, (from + 1) * factors);
  const known: Readonly<Record<string, number>> = {
    exponent: regularisation.exponent,
    factors,
    ...(recency && { fade: recency.fade, floor: recency.floor }),
    regularisation: regularisation.strength,
    titles: titles.length,
    unobserved_weight: unobservedWeight,
  };
  const indices = Array.from({ length: factors }, (_, k) => k);
  return [
    factorTable(ITEMS, TITLE_ID, { ids: titles, width: factors, values }),
    {
      name: GRAM,
      rows: factors,
      columns: {
        factor: { type: 'INTEGER', values: Int32Array.from(indices) },
        ...Object.fromEntries(indices.map((k) => [`g${k}`, { type: 'DOUBLE' as const, values: row(k) }])),
      },
    },
    {
      name: SETTINGS,
      rows: Object.keys(known).length,
      columns: {
        name: { type: 'VARCHAR', values: Object.keys(known) },
        value: { type: 'DOUBLE', values: Float64Array.from(Object.values(known)) },
      },
    },
  ];
}

/** What a fold-in into a version's factors takes beside them. */
export interface FoldInSettings extends Regularisation {
  /** Absent where a history weighs alike from end to end. */
  readonly recency?: Recency;
}

/** How rows of this version were held back, and how they faded. MODEL_INPUT_INVALID where the table does not say. */
export function readAlsSettings(tables: readonly ModelTable[]): FoldInSettings {
  const table = tableNamed(ALS, tables, SETTINGS);
  const names = columnOf(ALS, table, 'name', 'VARCHAR');
  const values = columnOf(ALS, table, 'value', 'DOUBLE');
  const value = (name: string): number =>
    values[names.indexOf(name)] ?? refuse(`table ${SETTINGS} does not say ${name}`);
  return {
    strength: value('regularisation'),
    exponent: value('exponent'),
    unobservedWeight: value('unobserved_weight'),
    ...(names.includes('fade') ? { recency: { fade: value('fade'), floor: value('floor') } } : {}),
  };
}

/** Scores are x · y, x folded in from the history: for a profile of the training data, what one more half step would give it. */
export function alsScorer(tables: readonly ModelTable[]): Scorer {
  const items = tableNamed(ALS, tables, ITEMS);
  const titles = titlesOf(ALS, items);
  const { values, width } = readFactorTable(items, TITLE_ID);
  const settings = readAlsSettings(tables);
  const { unobservedWeight, recency } = settings;
  const foldIn = createFoldIn({ values, width });
  const titleScores = createTitleScores(values, width);
  const factors = new Float32Array(width);
  return {
    titles,
    score(history, scores) {
      const { columns, weights } = recency === undefined ? history : faded(history, recency);
      const confidences = weights.map((weight) => 1 + weight / unobservedWeight);
      const ridge = regularisationOf(settings, columns.length, titles.length) / unobservedWeight;
      foldIn.solve(columns, confidences, columns.length, ridge, factors);
      titleScores.score(factors, scores);
    },
  };
}
