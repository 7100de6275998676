/** What every model must do: the tests that each one in the list, and the one of the guide, is put through. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Model } from '../../../batch/models/model.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import {
  EMPTY_HISTORY,
  historyOf,
  interactionsOf,
  tasteInteractions,
  trainingData,
  trainOptions,
} from './interactions.ts';

const refused = (error: unknown): boolean => isMarqueeError(error, 'MODEL_INPUT_INVALID');

const TASTES = tasteInteractions({ seed: 3, profiles: 60, titles: 24, tastes: 3, plays: 6 });

export function describeModel(name: string, create: () => Model): void {
  describe(`the model ${name}`, () => {
    test('is named as it is listed', () => {
      assert.equal(create().name, name);
    });

    test('gives the same tables from the same data and seed', async () => {
      const [first, second] = await Promise.all(
        [1, 2].map(() => create().train(trainingData(TASTES, 3), trainOptions(9))),
      );
      assert.deepEqual(second, first);
    });

    test('has as many values in every column as its table has rows, and none that is not finite', async () => {
      for (const table of await create().train(trainingData(TASTES, 3), trainOptions())) {
        for (const [column, { values }] of Object.entries(table.columns)) {
          assert.equal(values.length, table.rows, `${table.name}.${column}`);
          for (const value of values) assert.ok(typeof value === 'string' || Number.isFinite(value));
        }
      }
    });

    test('scores every title with a number, for a profile that watched much and for one that watched nothing', async () => {
      const model = create();
      const scorer = model.scorer(await model.train(trainingData(TASTES, 3), trainOptions()));
      const scores = new Float32Array(scorer.titles.length);
      for (const history of [historyOf(TASTES, 0), EMPTY_HISTORY]) {
        scores.fill(NaN);
        scorer.score(history, scores);
        assert.ok(scores.every(Number.isFinite));
      }
    });

    test('refuses no titles, no profiles, and profiles that watched nothing', async () => {
      for (const empty of [
        interactionsOf({}),
        interactionsOf({}, ['a']),
        interactionsOf({ ann: {} }, ['a', 'b']),
      ])
        await assert.rejects(create().train(trainingData(empty), trainOptions()), refused);
    });

    test('learns from one event, and from one title', async () => {
      for (const small of [
        interactionsOf({ ann: { a: 1 } }),
        interactionsOf({ ann: { a: 1 }, bob: { a: 2 } }),
      ]) {
        const model = create();
        const scorer = model.scorer(await model.train(trainingData(small), trainOptions()));
        const scores = new Float32Array(scorer.titles.length);
        scorer.score(historyOf(small, 0), scores);
        assert.ok(scores.every(Number.isFinite));
      }
    });

    test('refuses weights that are not above 0 and columns that are out of order', async () => {
      const sound = interactionsOf({ ann: { a: 1, b: 1 } });
      for (const torn of [
        { ...sound, weights: Float32Array.of(1, NaN) },
        { ...sound, weights: Float32Array.of(1, 0) },
        { ...sound, columns: Uint32Array.of(1, 0) },
        { ...sound, columns: Uint32Array.of(0, 2) },
        { ...sound, rowStarts: Uint32Array.of(0, 1) },
        { ...sound, times: Float64Array.of(1) },
      ])
        await assert.rejects(create().train(trainingData(torn), trainOptions()), refused);
    });
  });
}
