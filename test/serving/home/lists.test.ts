import assert from 'node:assert/strict';
import { test } from 'node:test';
import { titleId } from '../../../domain/ids.ts';
import { MEASURE_COUNT } from '../../../domain/measures.ts';
import { NO_COUNTS, type CountSource } from '../../../domain/merge.ts';
import { silentLog } from '../../../infra/log.ts';
import { createListsKeeper } from '../../../serving/home/lists.ts';
import { NO_LOG_ENDS } from '../../../serving/log-end.ts';
import type { Library } from '../../../serving/library/library.ts';
import type { NumberedTitles } from '../../../serving/library/titles.ts';
import type { Standing } from '../../../serving/standing.ts';
import { NOW } from '../../support/serving.ts';

const ids = [titleId('seldom'), titleId('often')];
const titles = {
  ids,
  count: ids.length,
  numberOf: (id: string) => ids.indexOf(titleId(id)),
  availability: { at: () => new Uint32Array([0b11]) },
} as unknown as NumberedTitles;
const PLAYS = [2, 20];
const visitAll: CountSource['eachTotal'] = (_of, visit) =>
  ids.forEach((id, n) =>
    visit(id, new Float64Array(MEASURE_COUNT).fill(PLAYS[n]!), 0, undefined as never, n),
  );
const batch: CountSource = {
  ...NO_COUNTS,
  addEverything: (out) => PLAYS.forEach((plays) => out.forEach((_, m) => (out[m]! += plays))),
  eachTotal: visitAll,
  eachInBuckets: (_from, _to, of, visit) => visitAll(of, visit),
};
const standing = {
  ...{ batch, speed: NO_COUNTS, windowsEnd: NOW, complete: true, incompleteReason: null },
  ...{ source: 'merged', fallbackReason: null, later: [], holes: [], silent: [] },
  logEnds: NO_LOG_ENDS,
  ...{ cut: { plays: [], impressions: [] }, watermark: { plays: [], impressions: [] } },
} as unknown as Standing;

const libraryOf = (minimum: number): Library =>
  ({ titles, policy: { rows: { trending: { minimum_plays: minimum } } } }) as unknown as Library;

test('two policies that are served beside each other have each the lists of its own least plays', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const keeper = createListsKeeper({
    standings: { current: () => standing },
    rules: { minPlays: 1, smoothing: 1, takeRateStrength: 10 },
    ...{ maxAgeMs: 1000, refreshMs: 700, mostCountries: 10 },
    ...{ clock: () => 0, log: silentLog() },
  });
  const [current, tried] = [libraryOf(1), libraryOf(10)];
  const trending = (library: Library): readonly string[] =>
    Array.from(keeper.of(library, null).lists.trending.titles, (n) => ids[n]!);
  for (let turn = 0; turn < 3; turn += 1) {
    assert.deepEqual([...trending(current)].sort(), ['often', 'seldom']);
    assert.deepEqual(trending(tried), ['often']);
  }
  // One that takes the place of the current one finds its lists made.
  const next = libraryOf(5);
  await keeper.prepare(next);
  assert.deepEqual(trending(next), ['often']);
  keeper.close();
});

test('nobody is answered from lists of a second ago: whoever finds them so has them made anew', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let now = 0;
  const keeper = createListsKeeper({
    standings: { current: () => standing },
    rules: { minPlays: 1, smoothing: 1, takeRateStrength: 10 },
    ...{ maxAgeMs: 1000, refreshMs: 700, mostCountries: 10 },
    ...{ clock: () => now, log: silentLog() },
  });
  const library = libraryOf(1);
  const first = keeper.of(library, null);
  now = 999;
  assert.equal(keeper.of(library, null), first);
  now = 1000;
  const next = keeper.of(library, null);
  assert.notEqual(next, first);
  assert.deepEqual([first.madeAt, next.madeAt], [0, 1000]);
  keeper.close();
});
