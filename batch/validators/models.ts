/** The rules of the views that models are published under, in the order in which they are asked. */
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { EVALUATION_PART } from '../evaluation/report.ts';
import { createFiniteValues } from './finite-values.ts';
import { createKeys, type PartShape } from './keys.ts';
import { createMinimumRows } from './minimum-rows.ts';
import { createMissingTitles } from './missing-titles.ts';
import { createOfflineScore } from './offline-score.ts';
import { shardsOf, type Validator } from './validator.ts';

export interface ModelLimits {
  /** Rows of the part that a view is about. */
  readonly minRows: number;
  /** The largest share of the previous version's titles that may be missing, 0 to 1. */
  readonly maxMissingTitles: number;
}

/** Titles leave a catalogue by the month; a third at once is a broken input. */
export const MODEL_LIMITS: ModelLimits = { minRows: 1, maxMissingTitles: 0.33 };

/** By the view's name. What ranks titles for profiles is held against the current model and popularity as well. */
export function createModelValidators(
  duckdb: DuckDb,
  { minRows, maxMissingTitles }: ModelLimits = MODEL_LIMITS,
): Readonly<Record<string, readonly Validator[]>> {
  const key = (...keys: string[]): PartShape => ({ keys, values: [] });
  // How good a candidate is over another may be infinite: the report is not held to this.
  const finite = createFiniteValues(duckdb, [EVALUATION_PART]);
  const rulesOf = (part: string, shapes: Readonly<Record<string, PartShape>>): Validator[] => [
    createMinimumRows(duckdb, { [part]: minRows }),
    createKeys(duckdb, shapes),
    finite,
  ];
  const known = (part: string): Validator => createMissingTitles(duckdb, { part, limit: maxMissingTitles });
  return {
    'item-factors': [
      ...rulesOf('items', { items: key('title_id') }),
      known('items'),
      createOfflineScore(duckdb),
    ],
    'item-weights': [
      ...rulesOf('item-weights', { 'item-weights': key('title_id', 'rank'), titles: key('title_id') }),
      known('titles'),
      createOfflineScore(duckdb),
    ],
    neighbours: [
      ...rulesOf('neighbours', { neighbours: key('title_id', 'rank'), titles: key('title_id') }),
      known('titles'),
    ],
    clusters: [finite],
    'profile-rows': [
      createMinimumRows(duckdb, { 'rows-': minRows }, shardsOf),
      createKeys(duckdb, { 'rows-': { ...key('profile_id', '"row"', 'rank'), shards: 'apart' } }),
      finite,
    ],
  };
}
