import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateCandidate } from '../../../batch/evaluation/candidate.ts';
import { reportPage } from '../../../batch/evaluation/page.ts';
import { reportTable, type ReportRow } from '../../../batch/evaluation/report.ts';
import { timeAtShare } from '../../../batch/evaluation/splits.ts';
import type { Model, Scorer } from '../../../batch/models/model.ts';
import { createPopularityModel } from '../../../batch/models/popularity/model.ts';
import { createRandom } from '../../../domain/random.ts';
import { viewName } from '../../../domain/views.ts';
import { tasteInteractions, tasteOf, trainingData } from '../models/interactions.ts';

const TASTES = 3;
const RANDOM = createRandom(8);
const WATCHED = tasteInteractions({ seed: 4, profiles: 90, titles: 60, tastes: TASTES, plays: 12 });
const INTERACTIONS = { ...WATCHED, times: WATCHED.times.map(() => RANDOM.next()) };
const DATA = trainingData(INTERACTIONS, TASTES);
const OPTIONS = { seed: 1, threads: 0, bootstrap: { seed: 1, rounds: 200, level: 0.95 } };

/** Titles of the taste that a history is mostly of, the popular ones first; `sign` −1 turns everything round. */
function tasteModel(sign: 1 | -1): Model {
  const popularity = createPopularityModel();
  return {
    name: sign === 1 ? 'taste' : 'distaste',
    view: viewName('taste'),
    train: popularity.train,
    scorer(tables): Scorer {
      const popular = popularity.scorer(tables);
      return {
        titles: popular.titles,
        score(history, scores) {
          popular.score(history, scores);
          const seen = new Array<number>(TASTES).fill(0);
          for (const title of history.columns) seen[tasteOf(title, TASTES)]! += 1;
          scores.forEach((score, title) => {
            scores[title] = sign * (score + 1000 * seen[tasteOf(title, TASTES)]!);
          });
        },
      };
    },
  };
}

const rowOf = (rows: readonly ReportRow[], split: string, model: string, metric: string): ReportRow =>
  rows.find((row) => row.split === split && row.model === model && row.metric === metric)!;

test('a model that knows tastes is better than what knows none, on both splits, beyond the interval', async () => {
  const rows = await evaluateCandidate(tasteModel(1), DATA, OPTIONS);
  for (const split of ['leave-last-out', 'time']) {
    for (const model of ['popularity', 'unpersonalised']) {
      const row = rowOf(rows, split, model, 'ndcg_at_10');
      assert.equal(row.role, model);
      assert.ok(row.profiles > 40 && row.difference.low > 0 && row.ratio.low > 1, `${split} ${model}`);
    }
    assert.equal(rowOf(rows, split, 'taste', 'ndcg_at_10').ratio.value, 1);
  }
});

test('one that turns tastes round is worse, also than the current model', async () => {
  const trainedUntilMs = timeAtShare(INTERACTIONS, 0.8);
  const model = tasteModel(1);
  const current = model.scorer(await model.train(DATA, { threads: 0, random: RANDOM }));
  const rows = await evaluateCandidate(tasteModel(-1), DATA, {
    ...OPTIONS,
    current: { scorer: current, trainedUntilMs },
  });
  assert.ok(rowOf(rows, 'time', 'current', 'ndcg_at_10').difference.high < 0);
  assert.ok(rowOf(rows, 'leave-last-out', 'popularity', 'ndcg_at_10').difference.high < 0);
  // What it was trained on may not be asked of it.
  assert.equal(rowOf(rows, 'leave-last-out', 'current', 'ndcg_at_10'), undefined);
});

test('the same data and options give the same table, whose key is split, model and metric', async () => {
  const [first, second] = await Promise.all(
    [1, 2].map(async () =>
      reportTable(await evaluateCandidate(tasteModel(1), DATA, { ...OPTIONS, mostProfiles: 20 })),
    ),
  );
  assert.deepEqual(first, second);
  const { profiles, ...columns } = first!.columns;
  const keys = Array.from({ length: first!.rows }, (_, row) =>
    ['split', 'model', 'metric'].map((name) => columns[name]!.values[row]).join(),
  );
  assert.equal(new Set(keys).size, first!.rows);
  assert.equal(Math.max(...(profiles!.values as Int32Array)), 20);
});

test('popularity itself as the candidate stands in the report once', async () => {
  const rows = await evaluateCandidate(createPopularityModel(), DATA, OPTIONS);
  assert.equal(
    rows.filter(({ model, metric }) => model === 'popularity' && metric === 'ndcg_at_10').length,
    2,
  );
});

test('the page has a table for each split with a line for each model', async () => {
  const rows = await evaluateCandidate(tasteModel(1), DATA, OPTIONS);
  const page = reportPage({ title: 'Evaluation of taste', introduction: ['Made up.'] }, rows);
  assert.match(
    page,
    /^# Evaluation of taste\n\nMade up\.\n\n## Leave last out: \d+ profiles\n\n\| model \| Recall@20 \|/,
  );
  assert.match(page, /\n\| \*\*taste\*\* \| 0\.\d+ \(0\.\d+–[01]\.\d+\) \|/);
  assert.match(page, /\n## Time: \d+ profiles\n/);
  assert.equal(page.split('\n').filter((line) => line.startsWith('| popularity |')).length, 2);
});

test('while profiles are asked about others have their turn, and who calls it off is heard', async () => {
  let asked = 0;
  const slow: Model = {
    ...tasteModel(1),
    scorer(tables) {
      const { titles, score } = tasteModel(1).scorer(tables);
      return {
        titles,
        score(history, scores) {
          asked += 1;
          const until = performance.now() + 4;
          while (performance.now() < until);
          score(history, scores);
        },
      };
    },
  };
  const onProgress = (): void => {
    if (asked > 0) throw new Error('called off');
  };
  await assert.rejects(evaluateCandidate(slow, DATA, { ...OPTIONS, onProgress }), /called off/);
  assert.ok(asked < 60, `${asked} of 90 had been asked`);
});
