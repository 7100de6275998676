import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaveLastOut } from '../../../../batch/evaluation/splits.ts';
import type { Interactions } from '../../../../batch/models/model.ts';
import { ratioOf, runContest } from '../../../../bench/lib/evaluate/contest.ts';
import type { Family, Trainable } from '../../../../bench/lib/evaluate/families.ts';
import { GRIDS, PLAIN_IMPLICIT_GRID } from '../../../../bench/lib/evaluate/grids.ts';
import { createRandom } from '../../../../domain/random.ts';
import { tasteInteractions, tasteOf, trainingData } from '../../../batch/models/interactions.ts';

const TASTES = 3;
const RANDOM = createRandom(4);
const WATCHED = tasteInteractions({ seed: 2, profiles: 60, titles: 60, tastes: TASTES, plays: 12 });
const DATA = trainingData({ ...WATCHED, times: WATCHED.times.map(() => RANDOM.next()) }, TASTES);

/** Titles of the taste of most that was watched count `taste`, the others nothing; popular ones first among them. */
function tasteTrainable(taste: number, seen: Interactions[] = []): Trainable {
  return {
    settings: `taste ${taste}`,
    train(interactions) {
      seen.push(interactions);
      const counts = new Float32Array(interactions.titles.length);
      for (const column of interactions.columns) counts[column]! += 1;
      return Promise.resolve({
        titles: interactions.titles,
        score({ columns }, scores) {
          const own = new Float32Array(TASTES);
          for (const column of columns) own[tasteOf(column, TASTES)]! += 1;
          scores.set(counts.map((count, title) => count + taste * own[tasteOf(title, TASTES)]!));
        },
      });
    },
  };
}

const family = (name: string, isOurs: boolean, ...grid: Trainable[]): Family => ({
  name,
  isOurs,
  hasChance: true,
  grid,
  refine: () => [],
});

const OPTIONS = { seeds: [1, 2], foldInPlays: 3, trainingShare: 0.7, say: () => undefined };

test('the best of ours on validation is published, with the settings that were best there', async () => {
  const contest = await runContest(DATA, {
    ...OPTIONS,
    families: [
      family('none', true, tasteTrainable(0)),
      family('taste', true, tasteTrainable(-9), tasteTrainable(9), tasteTrainable(0)),
      family('peer', false, tasteTrainable(9)),
    ],
  });
  assert.equal(contest.published.family.name, 'taste');
  assert.equal(contest.published.trainable.settings, 'taste 9');
  assert.equal(contest.published.tried, 3);
  assert.ok(ratioOf(contest, 'taste', 'popularity')!.low > 1);
  assert.equal(ratioOf(contest, 'taste', 'peer')!.value, 1);
  assert.equal(ratioOf(contest, 'taste', 'nobody'), undefined);
  const candidates = contest.report.filter(({ role }) => role === 'candidate');
  assert.deepEqual([...new Set(candidates.map(({ split }) => split))], ['leave-last-out', 'time']);
});

test('nothing is tuned on what the test split asks', async () => {
  const seen: Interactions[] = [];
  await runContest(DATA, {
    ...OPTIONS,
    families: [family('one', true, tasteTrainable(1, seen), tasteTrainable(2, seen))],
  });
  const last = leaveLastOut(DATA.interactions);
  const validation = leaveLastOut(last.train);
  assert.deepEqual(seen[0], validation.train);
  assert.deepEqual(seen[1], validation.train);
  assert.deepEqual(seen[2], last.train);
});

test('newer plays that are folded in tell of a taste that was not known before', async () => {
  const { foldIn } = await runContest(DATA, {
    ...OPTIONS,
    foldInPlays: 11,
    families: [family('taste', true, tasteTrainable(9))],
  });
  assert.ok(foldIn.ratio.value > 1.05, `${foldIn.ratio.value}`);
});

test('who waits is told how far a long grid has come, and whom the test splits have asked', async () => {
  const said: string[] = [];
  const grid = Array.from({ length: 16 }, (_, taste) => tasteTrainable(taste));
  await runContest(DATA, {
    ...OPTIONS,
    families: [family('long', true, ...grid)],
    say: (line) => said.push(line),
  });
  const told = said.filter((line) => / settings tried, some \d+ s left$/.test(line));
  assert.deepEqual(
    told.map((line) => line.split(' settings')[0]),
    [2, 4, 6, 8, 10, 12, 14].map((tried) => `long: ${tried} of 16`),
  );
  assert.deepEqual(
    said.filter((line) => line.includes('asked on')),
    ['leave-last-out', 'time'].map((split) => `long: asked on ${split}, 2 of its seeds`),
  );
});

test('every family has as many settings to try', () => {
  assert.deepEqual(
    [GRIDS.als, GRIDS.ease, GRIDS.implicit, PLAIN_IMPLICIT_GRID].map(({ length }) => length),
    [48, 48, 48, 48],
  );
});
