import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnOf } from '../../../../batch/models/model-tables.ts';
import type { Interactions, ModelTable } from '../../../../batch/models/model.ts';
import { createNeighboursModel } from '../../../../batch/models/neighbours/model.ts';
import { logLikelihoodRatio } from '../../../../batch/models/neighbours/significance.ts';
import {
  historyOf,
  interactionsOf,
  tasteInteractions,
  tasteOf,
  trainingData,
  trainOptions,
} from '../interactions.ts';

const trainOn = async (interactions: Interactions, options = {}): Promise<readonly ModelTable[]> =>
  createNeighboursModel(options).train(trainingData(interactions), trainOptions());

interface Neighbour {
  readonly title: string;
  readonly rank: number;
  readonly neighbour: string;
  readonly score: number;
  readonly times: number;
}

function rowsOf([table]: readonly ModelTable[]): Neighbour[] {
  const read = <T extends 'VARCHAR' | 'INTEGER' | 'FLOAT'>(name: string, type: T) =>
    columnOf('neighbours', table!, name, type);
  return read('title_id', 'VARCHAR').map((title, row) => ({
    title: title ?? '',
    rank: read('rank', 'INTEGER')[row]!,
    neighbour: read('neighbour_id', 'VARCHAR')[row] ?? '',
    score: read('score', 'FLOAT')[row]!,
    times: read('times', 'INTEGER')[row]!,
  }));
}

/** Every pair counted by comparing sets. */
function plainNeighbours({ profiles, titles, rowStarts, columns }: Interactions, kept: number): Neighbour[] {
  const watchers = titles.map(
    (_, title) =>
      new Set(
        profiles.flatMap((_id, profile) =>
          columns.slice(rowStarts[profile], rowStarts[profile + 1]).includes(title) ? [profile] : [],
        ),
      ),
  );
  return titles.flatMap((title, first) =>
    titles
      .flatMap((neighbour, second) => {
        const both = [...watchers[first]!].filter((profile) => watchers[second]!.has(profile)).length;
        if (first === second || both === 0) return [];
        const score = logLikelihoodRatio({
          both,
          first: watchers[first]!.size,
          second: watchers[second]!.size,
          profiles: profiles.length,
        });
        return score >= 0.5 ? [{ title, neighbour, score: Math.fround(score), times: both }] : [];
      })
      .sort((a, b) => b.score - a.score || (a.neighbour < b.neighbour ? -1 : 1))
      .slice(0, kept)
      .map((row, rank) => ({ ...row, rank: rank + 1 })),
  );
}

test('finds what comparing all pairs finds, in its order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 6 }), async (seed, kept) => {
      const interactions = tasteInteractions({ seed, profiles: 20, titles: 12, tastes: 3, plays: 4 });
      const tables = await trainOn(interactions, { kept, leastSignificance: 0.5, leastTimes: 1 });
      const byName = (rows: Neighbour[]) => rows.map((row) => Object.entries(row).sort());
      assert.deepEqual(byName(rowsOf(tables)), byName(plainNeighbours(interactions, kept)));
    }),
    { numRuns: 25 },
  );
});

test('neighbours are of one taste, though other titles are watched by more', async () => {
  const interactions = tasteInteractions({ seed: 5, profiles: 400, titles: 30, tastes: 3, plays: 6 });
  const rows = rowsOf(await trainOn(interactions));
  assert.ok(rows.length > 30);
  for (const { title, neighbour } of rows.filter(({ rank }) => rank === 1))
    assert.equal(tasteOf(Number(title.slice(1)), 3), tasteOf(Number(neighbour.slice(1)), 3));
});

test('what everybody watches is nobody’s neighbour', async () => {
  const interactions = interactionsOf(
    Object.fromEntries(
      Array.from({ length: 20 }, (_, profile) => [
        `p${10 + profile}`,
        { hit: 1, [profile % 2 === 0 ? 'a' : 'b']: 1, [profile % 2 === 0 ? 'c' : 'd']: 1 },
      ]),
    ),
  );
  const rows = rowsOf(await trainOn(interactions));
  assert.deepEqual(
    rows.map(({ title, neighbour, times }) => [title, neighbour, times]),
    [
      ['a', 'c', 10],
      ['b', 'd', 10],
      ['c', 'a', 10],
      ['d', 'b', 10],
    ],
  );
});

test('few pairs are not enough, however unlikely', async () => {
  const interactions = interactionsOf({
    ...Object.fromEntries(Array.from({ length: 500 }, (_, profile) => [`p${1000 + profile}`, { hit: 1 }])),
    x: { rare: 1, odd: 1 },
    y: { rare: 1, odd: 1 },
  });
  assert.deepEqual(rowsOf(await trainOn(interactions)), []);
  assert.equal(rowsOf(await trainOn(interactions, { leastTimes: 2 })).length, 2);
});

test('one profile that watched everything makes pairs of its newest titles only', async () => {
  const watched = Object.fromEntries(Array.from({ length: 9 }, (_, title) => [`t${title}`, 1]));
  const tables = await trainOn(interactionsOf({ ann: watched, bob: { t8: 1 } }, []), {
    mostEntries: 3,
    leastTimes: 1,
    leastSignificance: 0,
  });
  const titles = new Set(rowsOf(tables).map(({ title }) => title));
  assert.deepEqual([...titles].sort(), ['t6', 't7', 't8']);
});

test('a profile is given the neighbours of what it watched', async () => {
  const interactions = tasteInteractions({ seed: 8, profiles: 300, titles: 30, tastes: 3, plays: 6 });
  const scorer = createNeighboursModel().scorer(await trainOn(interactions));
  const scores = new Float32Array(scorer.titles.length);
  assert.deepEqual(scorer.titles, interactions.titles);
  scorer.score(historyOf(interactions, 1), scores);
  const byTaste = [0, 0, 0];
  scores.forEach((score, title) => (byTaste[tasteOf(title, 3)]! += score));
  assert.ok(byTaste[1]! > 2 * Math.max(byTaste[0]!, byTaste[2]!), String(byTaste));
});
