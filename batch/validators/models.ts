/** The rules of the views that models are published under, in the order in which they are asked. */
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { EVALUATION_PART } from '../evaluation/report.ts';
import type { Model } from '../models/model.ts';
import { MODELS } from '../models/models.ts';
import { createDrift } from './drift.ts';
import { createEmptiedTitles } from './emptied-titles.ts';
import { createFiniteValues } from './finite-values.ts';
import { createFreshness } from './freshness.ts';
import { createKeys, type PartShape } from './keys.ts';
import { createMinimumRows } from './minimum-rows.ts';
import { createLostRows } from './lost-rows.ts';
import { createMissingTitles } from './missing-titles.ts';
import { createOfflineScore } from './offline-score.ts';
import { createOrder } from './order.ts';
import { shardsOf, type Validator } from './validator.ts';

export interface ModelLimits {
  /** Rows of the part that a view is about. */
  readonly minRows: number;
  /** The largest share of the previous version's titles that may be missing, 0 to 1. */
  readonly maxMissingTitles: number;
  /** By what share there may be fewer pairs, weights or rows made ahead than in the previous version, 0 to 1. */
  readonly maxLostRows: number;
  /** The largest share of them that may be there and say nothing any more, 0 to 1. */
  readonly maxEmptiedTitles: number;
  /** How many times as long or as short factors may become on average; above 1. */
  readonly mostDrift: number;
}

/** Titles leave a catalogue by the month; a third at once is a broken input. */
const MODEL_LIMITS: ModelLimits = {
  minRows: 1,
  maxMissingTitles: 0.33,
  maxLostRows: 0.4,
  maxEmptiedTitles: 0.33,
  mostDrift: 4,
};

/**
 * By the view's name. What ranks titles for profiles is held against the current model and popularity as well; what is
 * there for something else, against the current one alone. Models without rules of their own have those of any model.
 */
export function createModelValidators(
  duckdb: DuckDb,
  { minRows, maxMissingTitles, maxLostRows, maxEmptiedTitles, mostDrift }: ModelLimits = MODEL_LIMITS,
  models: Readonly<Record<string, () => Pick<Model, 'view'>>> = MODELS,
): Readonly<Record<string, readonly Validator[]>> {
  const key = (...keys: string[]): PartShape => ({ keys, values: [] });
  // How good a candidate is over another may be infinite: the report is not held to this.
  const finite = createFiniteValues(duckdb, [EVALUATION_PART]);
  const fresh = createFreshness();
  const rulesOf = (part: string, shapes: Readonly<Record<string, PartShape>>): Validator[] => [
    createMinimumRows(duckdb, { [part]: minRows }),
    createKeys(duckdb, shapes),
    finite,
    fresh,
  ];
  const byRank = (part: string): Validator =>
    createOrder(duckdb, { [part]: { columns: ['title_id', 'rank'] } });
  const known = (part: string): Validator => createMissingTitles(duckdb, { part, limit: maxMissingTitles });
  const kept = (part: string): Validator => createLostRows(duckdb, { part, limit: maxLostRows });
  const ofAny = [finite, fresh, createOfflineScore(duckdb)];
  const notWorse = createOfflineScore(duckdb, ['current']);
  return {
    ...Object.fromEntries(Object.values(models).map((create) => [create().view, ofAny])),
    'popularity-baseline': [finite, fresh, notWorse],
    'item-factors': [
      ...rulesOf('items', { items: key('title_id') }),
      known('items'),
      createEmptiedTitles(duckdb, { part: 'items', limit: maxEmptiedTitles }),
      createDrift(duckdb, { part: 'items', limit: mostDrift }),
      createOfflineScore(duckdb),
    ],
    'item-weights': [
      ...rulesOf('item-weights', { 'item-weights': key('title_id', 'rank'), titles: key('title_id') }),
      byRank('item-weights'),
      kept('item-weights'),
      known('titles'),
      createOfflineScore(duckdb),
    ],
    neighbours: [
      ...rulesOf('neighbours', { neighbours: key('title_id', 'rank'), titles: key('title_id') }),
      byRank('neighbours'),
      kept('neighbours'),
      known('titles'),
      notWorse,
    ],
    clusters: [
      ...rulesOf('centres', {
        centres: key('cluster'),
        'best-titles': key('cluster', 'rank'),
        titles: key('title_id'),
      }),
      createOrder(duckdb, { 'best-titles': { columns: ['cluster', 'rank'] } }),
      kept('best-titles'),
      known('titles'),
      notWorse,
    ],
    'profile-rows': [
      createMinimumRows(duckdb, { 'rows-': minRows }, shardsOf),
      createKeys(duckdb, { 'rows-': { ...key('profile_id', '"row"', 'rank'), shards: 'apart' } }),
      finite,
      fresh,
      createOrder(duckdb, { 'rows-': { columns: ['profile_id', '"row"', 'rank'], isSharded: true } }),
      kept('rows-'),
    ],
  };
}
