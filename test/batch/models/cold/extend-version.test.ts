import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createAlsModel } from '../../../../batch/models/als/model.ts';
import { readAlsSettings } from '../../../../batch/models/als/tables.ts';
import { extendVersion } from '../../../../batch/models/cold/extend-version.ts';
import { readFactorTable } from '../../../../batch/models/factor-table.ts';
import type { ModelTable } from '../../../../batch/models/model.ts';
import { createPopularityModel } from '../../../../batch/models/popularity/model.ts';
import { precomputeRows, profileRange } from '../../../../batch/models/precompute.ts';
import { isMarqueeError } from '../../../../domain/errors.ts';
import { createRandom } from '../../../../domain/random.ts';
import {
  interactionsOf,
  historyOf,
  name,
  tasteInteractions,
  tasteOf,
  trainingData,
  trainOptions,
} from '../interactions.ts';

const TASTES = 3;
const TITLES = 30;
const als = createAlsModel({ factors: 8, iterations: 5 });
const earlier = tasteInteractions({ seed: 7, profiles: 90, titles: TITLES, tastes: TASTES, plays: 8 });

/** The same plays, and three titles more that stand before, between and behind the others, each watched by one taste. */
function later() {
  const random = createRandom(2);
  const ids = ['a-new', 't0015-new', 'z-new'];
  const watched = Object.fromEntries(
    earlier.profiles.map((profile, row) => {
      const { columns } = historyOf(earlier, row);
      const own = Object.fromEntries(Array.from(columns, (column) => [name('t', column), 1]));
      return [profile, random.chance(0.4) ? { ...own, [ids[tasteOf(row, TASTES)]!]: 1 } : own];
    }),
  );
  return interactionsOf(watched, [...earlier.titles, ...ids]);
}

let tables: readonly ModelTable[] = [];
before(async () => {
  tables = await als.train(trainingData(earlier, TASTES), trainOptions());
});

test('new titles take their place in the order, and factors that were there stay', async () => {
  const now = later();
  const extended = await extendVersion(tables, trainingData(now, 1));
  const [before, after] = [tables, extended].map((each) => readFactorTable(each[0]!, 'title_id'));
  assert.deepEqual(after!.ids, now.titles);
  before!.ids.forEach((id, row) => {
    const at = after!.ids.indexOf(id);
    assert.deepEqual(
      after!.values.subarray(at * 8, (at + 1) * 8),
      before!.values.subarray(row * 8, (row + 1) * 8),
    );
  });
  assert.deepEqual(
    extended.map((table) => table.name),
    tables.map((table) => table.name),
  );
});

test('histories go on fading as they did in training', async () => {
  const recency = { fade: 0.5, floor: 0.1 };
  const fading = createAlsModel({ factors: 8, iterations: 5, recency });
  const trained = await fading.train(trainingData(earlier, TASTES), trainOptions());
  const extended = await extendVersion(trained, trainingData(later(), 1));
  assert.deepEqual(readAlsSettings(extended), readAlsSettings(trained));
  assert.deepEqual(readAlsSettings(extended).recency, recency);
});

test('who has the taste of a new title gets it before those who have not, in rows made ahead too', async () => {
  const now = later();
  const scorer = als.scorer(await extendVersion(tables, trainingData(now, 1)));
  const scores = new Float32Array(scorer.titles.length);
  const [first, second, third] = ['a-new', 't0015-new', 'z-new'].map((id) =>
    now.titles.findIndex((title) => title === id),
  );
  const sums = [0, 0, 0];
  now.profiles.forEach((_, row) => {
    scorer.score(historyOf(now, row), scores);
    const own = [first, second, third][tasteOf(row, TASTES)]!;
    const others = [first, second, third].filter((title) => title !== own);
    sums[tasteOf(row, TASTES)]! += scores[own]! - Math.max(...others.map((title) => scores[title!]!));
  });
  assert.ok(
    sums.every((sum) => sum > 0),
    String(sums),
  );
  const rows = await precomputeRows(scorer, now, profileRange(90, 0, 1), { length: 5 });
  assert.equal(rows.rows, 450);
});

test('where no title is new the version is as it was', async () => {
  assert.equal(await extendVersion(tables, trainingData(earlier, TASTES)), tables);
});

test('tables of another model are refused', async () => {
  const data = trainingData(earlier, TASTES);
  const others = await createPopularityModel().train(data, trainOptions());
  await assert.rejects(extendVersion(others, data), (error) => isMarqueeError(error, 'MODEL_INPUT_INVALID'));
});
