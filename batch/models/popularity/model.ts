import { viewName } from '../../../domain/views.ts';
import { columnOf, tableNamed, titlesOf } from '../model-tables.ts';
import type { Model } from '../model.ts';
import { watchedTitlesTable } from '../sides.ts';
import { assertTrainable } from '../training-input.ts';

const NAME = 'popularity';
const TABLE = 'titles';

/**
 * The baseline: a title's score is how many profiles watched it, the same for everybody. Its part `titles` holds title_id
 * and profiles.
 */
export function createPopularityModel(): Model {
  return {
    name: NAME,
    view: viewName('popularity-baseline'),
    train({ interactions }) {
      return Promise.resolve().then(() => {
        assertTrainable(NAME, interactions);
        return [watchedTitlesTable(TABLE, interactions)];
      });
    },
    scorer(tables) {
      const table = tableNamed(NAME, tables, TABLE);
      const popular = Float32Array.from(columnOf(NAME, table, 'profiles', 'INTEGER'));
      return {
        titles: titlesOf(NAME, table),
        score: (_history, scores) => {
          scores.set(popular);
        },
      };
    },
  };
}
