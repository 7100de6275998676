import { viewName } from '../../../domain/views.ts';
import { columnOf, tableNamed, titlesOf } from '../model-tables.ts';
import type { Model } from '../model.ts';
import { assertTrainable } from '../training-input.ts';

const NAME = 'popularity';
const TABLE = 'titles';

/**
 * The baseline: a title's score is how many profiles watched it, the same for everybody. Its part `titles` holds title_id,
 * profiles and weight, the sum of their confidences.
 */
export function createPopularityModel(): Model {
  return {
    name: NAME,
    view: viewName('popularity-baseline'),
    train({ interactions }) {
      return Promise.resolve().then(() => {
        assertTrainable(NAME, interactions);
        const { titles, columns, weights } = interactions;
        const profiles = new Int32Array(titles.length);
        const weight = new Float64Array(titles.length);
        for (let entry = 0; entry < columns.length; entry++) {
          profiles[columns[entry]!]! += 1;
          weight[columns[entry]!]! += weights[entry]!;
        }
        return [
          {
            name: TABLE,
            rows: titles.length,
            columns: {
              title_id: { type: 'VARCHAR', values: titles },
              profiles: { type: 'INTEGER', values: profiles },
              weight: { type: 'DOUBLE', values: weight },
            },
          },
        ];
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
