import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sidesOf } from '../../../../batch/models/als/both-sides.ts';
import { firstFactors } from '../../../../batch/models/als/first-factors.ts';
import { createLocalTraining, type LocalTraining } from '../../../../batch/models/als/local-training.ts';
import { ridgesOf } from '../../../../batch/models/als/matrix.ts';
import { alsSettings, type AlsSettings } from '../../../../batch/models/als/settings.ts';
import { alsScorer, alsTables } from '../../../../batch/models/als/tables.ts';
import { createRandom } from '../../../../domain/random.ts';
import { dotScores } from '../../../../domain/scores.ts';
import { historyOf, tasteInteractions } from '../interactions.ts';
import { solveDense } from './dense.ts';

const interactions = tasteInteractions({ seed: 5, profiles: 1500, titles: 400, tastes: 8, plays: 24 });

function open(given: Partial<AlsSettings>, threads = 0): Promise<LocalTraining> {
  const settings = alsSettings({ factors: 20, ...given });
  return createLocalTraining({
    ...sidesOf({ interactions }, settings),
    first: firstFactors(interactions.titles, settings, createRandom(1)),
    settings,
    threads,
  });
}

for (const solver of ['exact', 'conjugate-gradient'] as const) {
  test(`the loss falls with each iteration (${solver})`, async () => {
    const training = await open({ solver });
    const losses: number[] = [];
    for (let iteration = 0; iteration < 8; iteration++) {
      await training.iterate();
      losses.push(training.loss());
    }
    await training.close();
    losses.slice(1).forEach((loss, before) => {
      assert.ok(loss < losses[before]!, `${loss} after ${losses[before]}`);
    });
  });

  test(`threads do not change a byte (${solver})`, async () => {
    const results = [];
    for (const threads of [0, 1, 3]) {
      const training = await open({ solver }, threads);
      await training.iterate();
      await training.iterate();
      results.push(training.factors());
      await training.close();
    }
    assert.ok(results[0]!.titles.some((value) => value !== 0));
    assert.deepEqual(results[1], results[0]);
    assert.deepEqual(results[2], results[0]);
  });
}

test('every row solves its normal equations', async () => {
  const settings = alsSettings({ factors: 20 });
  const training = await open({});
  await training.iterate();
  const { profiles, titles } = training.factors();
  await training.close();
  const side = sidesOf({ interactions }, settings).titles;
  const ridges = ridgesOf(side, interactions.profiles.length, settings);
  for (let row = 0; row < interactions.titles.length; row += 37) {
    const [from, to] = [side.rowStarts[row]!, side.rowStarts[row + 1]!];
    const expected = solveDense(
      profiles,
      20,
      side.columns.subarray(from, to),
      side.strengths.subarray(from, to),
      ridges[row]!,
    );
    const scale = Math.max(...expected.map(Math.abs));
    for (let k = 0; k < 20; k++)
      assert.ok(Math.abs(titles[row * 20 + k]! - expected[k]!) < 1e-4 * scale, `row ${row}, factor ${k}`);
  }
});

test('a profile that is folded in gets what training gives it', async () => {
  const settings = alsSettings({ factors: 20 });
  const training = await open({});
  await training.iterate();
  const { titles } = training.factors();
  await training.iterate();
  const { profiles } = training.factors();
  await training.close();
  const scorer = alsScorer(alsTables(interactions.titles, titles, settings));
  const scores = new Float32Array(interactions.titles.length);
  const expected = new Float32Array(interactions.titles.length);
  for (let profile = 0; profile < interactions.profiles.length; profile += 101) {
    scorer.score(historyOf(interactions, profile), scores);
    dotScores(titles, 20, profiles.subarray(profile * 20, profile * 20 + 20), expected);
    scores.forEach((score, title) => {
      assert.ok(Math.abs(score - expected[title]!) < 1e-4, `${score} instead of ${expected[title]}`);
    });
  }
});

test('enough conjugate-gradient steps give what the exact solver gives', async () => {
  const trainings = [await open({}), await open({ solver: 'conjugate-gradient', steps: 60 })];
  for (const training of trainings) await training.iterate();
  const [exact, approached] = trainings.map((training) => training.loss());
  await Promise.all(trainings.map((training) => training.close()));
  assert.ok(Math.abs(approached! / exact! - 1) < 1e-4, `${approached} and ${exact}`);
});

test('a training that is told to stop rests, and can be closed', async () => {
  const training = await open({}, 2);
  const stop = new Error('stop');
  await assert.rejects(
    training.iterate(() => {
      throw stop;
    }),
    stop,
  );
  await training.iterate();
  await training.close();
});

test('progress rises to 1', async () => {
  const training = await open({}, 1);
  const shares: number[] = [];
  await training.iterate((share) => shares.push(share));
  await training.close();
  assert.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
  );
  assert.ok(shares.every((share) => share > 0 && share <= 1));
});
