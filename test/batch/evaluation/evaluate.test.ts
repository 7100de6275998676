import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { alignScorer } from '../../../batch/evaluation/align.ts';
import { unpersonalisedScorer } from '../../../batch/evaluation/baselines.ts';
import { evaluate, meanOf } from '../../../batch/evaluation/evaluate.ts';
import { leaveLastOut, timeSplit } from '../../../batch/evaluation/splits.ts';
import type { Scorer } from '../../../batch/models/model.ts';
import { titleId, type TitleId } from '../../../domain/ids.ts';
import { createRandom } from '../../../domain/random.ts';
import { interactionsOf, tasteInteractions } from '../models/interactions.ts';

const fixed = (titles: readonly TitleId[], ...values: number[]): Scorer => ({
  titles,
  score: (_, scores) => {
    scores.set(values);
  },
});

test('each profile is asked for what it watched last, among what it had not watched', async () => {
  // By time: ann a, b, then c; bob b, then d.
  const split = leaveLastOut(interactionsOf({ ann: { a: 1, b: 1, c: 1 }, bob: { b: 1, d: 1 } }));
  const { profiles, rows } = await evaluate(fixed(split.train.titles, 9, 8, 1, 2), split);
  // To ann d stands before c; to bob a before d, before c.
  assert.deepEqual([...profiles.recall_at_20], [1, 1]);
  assert.deepEqual([...profiles.ndcg_at_10], [1 / Math.log2(3), 1 / Math.log2(3)]);
  // Shown are d and c to ann; a, d and c to bob: 1, 0, 2, 2.
  assert.equal(rows.coverage_at_20, 0.75);
  assert.ok(Math.abs(rows.gini_at_20 - 0.35) < 1e-12);
});

/** Says by sorting everything what places, lists and metrics are. */
function byBruteForce(scorer: Scorer, { train, rows, starts, heldOut }: ReturnType<typeof leaveLastOut>) {
  const scores = new Float32Array(train.titles.length);
  return [...rows].map((row, i) => {
    const [from, to] = [train.rowStarts[row], train.rowStarts[row + 1]];
    const seen = new Set(train.columns.subarray(from, to));
    scorer.score(
      {
        columns: train.columns.subarray(from, to),
        weights: train.weights.subarray(from, to),
        times: train.times.subarray(from, to),
      },
      scores,
    );
    const ranking = [...train.titles.keys()]
      .filter((title) => !seen.has(title))
      .sort((a, b) => scores[b]! - scores[a]! || a - b);
    const asked = new Set(heldOut.subarray(starts[i], starts[i + 1]));
    const dcg = (isHit: (title: number, place: number) => boolean): number =>
      ranking
        .slice(0, 10)
        .reduce((sum, title, place) => sum + (isHit(title, place) ? 1 / Math.log2(place + 2) : 0), 0);
    return {
      recall: ranking.slice(0, 20).filter((title) => asked.has(title)).length / Math.min(20, asked.size),
      ndcg: dcg((title) => asked.has(title)) / dcg((_, place) => place < asked.size),
    };
  });
}

test('metrics are those of a ranking that is sorted whole, for any scores', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.boolean(), async (seed, byTime) => {
      const random = createRandom(seed);
      const made = tasteInteractions({ seed, profiles: 12, titles: 40, tastes: 2, plays: 9 });
      const all = { ...made, times: made.times.map(() => random.next()) };
      const split = byTime ? timeSplit(all, 0.5) : leaveLastOut(all);
      const scorer = fixed(all.titles, ...Array.from(all.titles, () => random.below(10)));
      const { profiles } = await evaluate(scorer, split);
      byBruteForce(scorer, split).forEach(({ recall, ndcg }, i) => {
        assert.ok(Math.abs(profiles.recall_at_20[i]! - recall) < 1e-12);
        assert.ok(Math.abs(profiles.ndcg_at_10[i]! - ndcg) < 1e-12);
      });
    }),
    { numRuns: 40 },
  );
});

test('runs of several seeds are averaged profile by profile', async () => {
  const split = leaveLastOut(interactionsOf({ ann: { a: 1, b: 1, c: 1 }, bob: { b: 1, d: 1 } }));
  const of = (...values: number[]) => evaluate(fixed(split.train.titles, ...values), split);
  const [good, bad] = [await of(0, 0, 9, 9), await of(9, 9, 1, 0)];
  const mean = meanOf([good, bad]);
  assert.equal(mean.profiles.ndcg_at_10[1], (good.profiles.ndcg_at_10[1]! + bad.profiles.ndcg_at_10[1]!) / 2);
  assert.throws(() => meanOf([]), RangeError);
});

test('the unpersonalised row counts what was watched lately alone', () => {
  const interactions = interactionsOf({ ann: { a: 1 }, bob: { a: 1, b: 1 }, cid: { b: 1, c: 1 } });
  const scores = new Float32Array(3);
  unpersonalisedScorer(interactions, 3).score(
    { columns: new Uint32Array(0), weights: new Float32Array(0), times: new Float64Array(0) },
    scores,
  );
  assert.deepEqual([...scores], [0, 2, 1]);
});

test('a scorer of another catalogue is told what it knows of a history, and what it does not know stands last', () => {
  const heard: number[][] = [];
  const scorer: Scorer = {
    titles: ['b', 'c', 'e'].map(titleId),
    score({ columns, weights }, scores) {
      heard.push([...columns], [...weights]);
      scores.set([1, 2, 3]);
    },
  };
  const scores = new Float32Array(4);
  const aligned = alignScorer(scorer, ['a', 'b', 'c', 'd'].map(titleId));
  aligned.score(
    { columns: Uint32Array.of(0, 2), weights: Float32Array.of(5, 6), times: Float64Array.of(1, 2) },
    scores,
  );
  assert.deepEqual(heard, [[1], [6]]);
  assert.deepEqual([...scores], [-Infinity, 1, 2, -Infinity]);
  assert.equal(alignScorer(scorer, ['b', 'c', 'e'].map(titleId)), scorer);
});
