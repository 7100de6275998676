import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MarqueeError } from '../../../domain/errors.ts';
import { createImpressionMemory } from '../../../domain/impression-memory.ts';
import type { MemoryState } from '../../../domain/memory/state.ts';
import { createNearline } from '../../../domain/nearline/nearline.ts';
import type { SignalName } from '../../../domain/signals/registry.ts';
import type { Signal } from '../../../domain/signals/signal.ts';
import { createTitlePairs, type TitlePairsState } from '../../../domain/title-pairs.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import type { WatchingState } from '../../../domain/watching/state.ts';
import { createWatching } from '../../../domain/watching/watching.ts';
import { errorAnswer } from '../../../serving/api/schemas.ts';
import {
  impressionsAnswer,
  nearlineAnswer,
  signalsAnswer,
  titlePairsAnswer,
  watchingAnswer,
} from '../../../serving/profiles/schemas.ts';
import { nearlineModels } from '../../support/nearline-models.ts';
import { inLogOrder, recordOf, shown } from '../../support/profile-records.ts';
import { createServingBench, entry, NOBODY, NOW } from '../../support/serving.ts';

function memory(): MemoryState {
  const fold = createImpressionMemory({ titles: 10, rowsPerTitle: 2, rowNames: 8, plays: 4 });
  const records = [
    ...[1, 2, 3, 4].map((n) => shown('a', n === 1 ? 'trending' : 'popular', NOW - n * MINUTE_MS)),
    shown('b', 'popular', NOW - HOUR_MS),
    ...[1, 2, 3].map((n) => shown('gone', 'popular', NOW - 3 * HOUR_MS - n)),
    recordOf({ kind: 'play_start', titleId: 'gone', eventTime: NOW - 2 * HOUR_MS }),
  ];
  let state: MemoryState | undefined;
  for (const input of inLogOrder(records)) state = fold.step(state, input).state;
  return state!;
}

test('a profile is told by title and row: decayed counts, last seen, capped or not', async (t) => {
  const bench = await createServingBench(t, [entry('a'), entry('b')]);
  const stored = memory();
  const profiles = {
    ...NOBODY,
    memoryOf: (id: string) => Promise.resolve(id === 'p/1' ? stored : undefined),
  };
  await bench.start({ profiles, settings: { capPerDay: '3' } });
  const { status, body } = await bench.get('/v1/profiles/p%2F1/impressions');
  assert.equal(status, 200);
  const answer = impressionsAnswer.parse(body);
  assert.deepEqual([answer.profileId, answer.asOf, answer.remembered], ['p/1', NOW, 3]);
  const told = answer.titles.map(({ titleId, name, lastDay, capped, playedAt }) => ({
    ...{ titleId, name, lastDay, capped, playedAt },
  }));
  assert.deepEqual(told, [
    { titleId: 'a', name: 'Film a', lastDay: 4, capped: true, playedAt: null },
    { titleId: 'gone', name: null, lastDay: 3, capped: false, playedAt: NOW - 2 * HOUR_MS },
    { titleId: 'b', name: 'Film b', lastDay: 1, capped: false, playedAt: null },
  ]);
  const [first] = answer.titles;
  assert.equal(first!.lastSeen, NOW - MINUTE_MS);
  assert.equal(first!.firstSeen, NOW - 4 * MINUTE_MS);
  assert.ok(first!.counts.day < first!.counts.year && first!.counts.year < 4);
  assert.ok(first!.weight < answer.titles[2]!.weight && answer.titles[2]!.weight < 1);
  assert.deepEqual(
    first!.rows.map(({ row, lastSeen }) => [row, lastSeen]),
    [
      ['popular', NOW - 2 * MINUTE_MS],
      ['trending', NOW - MINUTE_MS],
    ],
  );
  const one = await bench.get('/v1/profiles/p%2F1/impressions?limit=1');
  assert.equal(impressionsAnswer.parse(one.body).titles.length, 1);
});

const away = () => Promise.reject(new MarqueeError('PROFILES_UNAVAILABLE', { reason: 'there is none' }));

test('signals that hold are told, the newest first, and expired ones are not', async (t) => {
  const bench = await createServingBench(t, [entry('a')]);
  const signal = (subject: string, name: SignalName, eventTime: number): Signal => ({
    ...{ name, occurrence: subject, subject, eventTime, value: 3 },
    detail: '{"titles":["a"]}',
  });
  const raised = [
    signal('series:s', 'binge', NOW - DAY_MS),
    signal('series:t', 'binge', NOW - DAY_MS + 1),
    signal('a', 'completion', NOW - HOUR_MS),
  ];
  await bench.start({
    profiles: { ...NOBODY, signalsOf: (id) => Promise.resolve(id === 'p' ? raised : undefined) },
  });
  const { signals } = signalsAnswer.parse((await bench.get('/v1/profiles/p/signals')).body);
  assert.deepEqual(
    signals.map(({ subject, expiresAt, value, detail }) => ({ subject, expiresAt, value, detail })),
    [
      { subject: 'a', expiresAt: NOW - HOUR_MS + 365 * DAY_MS, value: 3, detail: { titles: ['a'] } },
      { subject: 'series:t', expiresAt: NOW + 1, value: 3, detail: { titles: ['a'] } },
    ],
  );
  assert.equal((await bench.get('/v1/profiles/q/signals')).status, 404);
});

test('an unknown profile is 404, a store that is not there 503, a bad limit 400', async (t) => {
  const bench = await createServingBench(t, [entry('a')]);
  await bench.start();
  const unknown = await bench.get('/v1/profiles/nobody/impressions');
  assert.deepEqual([unknown.status, errorAnswer.parse(unknown.body).code], [404, 'PROFILE_NOT_FOUND']);
  assert.equal((await bench.get('/v1/profiles/nobody/impressions?limit=0')).status, 400);
  await bench.stop();
  await bench.start({
    profiles: { memoryOf: away, signalsOf: away, titlePairsOf: away, watchingOf: away, rowsOf: away },
  });
  for (const what of ['impressions', 'signals', 'title-pairs', 'watching', 'nearline']) {
    const { status, body } = await bench.get(`/v1/profiles/nobody/${what}`);
    assert.deepEqual([status, errorAnswer.parse(body).code], [503, 'PROFILES_UNAVAILABLE']);
  }
});

test('title pairs are told strongest first, with names', async (t) => {
  const bench = await createServingBench(t, [entry('a')]);
  const fold = createTitlePairs({ pairs: 10, watches: 10, windowMs: 6 * HOUR_MS, latenessMs: DAY_MS });
  const stop = (title: string, age: number) =>
    recordOf({
      ...{ kind: 'play_stop', titleId: title, playId: title, eventTime: NOW - age },
      ...{ positionSeconds: 900, viewedSeconds: 900 },
    });
  let state: TitlePairsState | undefined;
  const watched = [stop('b', 2 * DAY_MS), stop('c', 2 * DAY_MS), stop('a', DAY_MS), stop('b', DAY_MS)];
  for (const input of inLogOrder(watched)) state = fold.step(state, input).state;
  await bench.start({ profiles: { ...NOBODY, titlePairsOf: () => Promise.resolve(state) } });
  const { pairs } = titlePairsAnswer.parse((await bench.get('/v1/profiles/p/title-pairs')).body);
  assert.deepEqual(
    pairs.map(({ titles, times }) => [...titles.map(({ titleId, name }) => `${titleId} ${name}`), times]),
    [
      ['a Film a', 'b null', 1],
      ['b null', 'c null', 1],
    ],
  );
  assert.ok(pairs[0]!.strength > pairs[1]!.strength);
  const one = await bench.get('/v1/profiles/p/title-pairs?limit=1');
  assert.equal(titlePairsAnswer.parse(one.body).pairs.length, 1);
});

test('what is watched, listed and rated is told newest first, with names, and no more than asked for', async (t) => {
  const bench = await createServingBench(t, [entry('a')]);
  const fold = createWatching({ titles: 10, list: 10, ratings: 10 });
  const records = [
    recordOf({ kind: 'play_start', titleId: 'b', eventTime: NOW - DAY_MS }),
    recordOf({ kind: 'play_start', titleId: 'a', eventTime: NOW - HOUR_MS }, { runtimeSeconds: 6000 }),
    recordOf({
      ...{ kind: 'play_stop', titleId: 'a', playId: 'p', eventTime: NOW - MINUTE_MS },
      ...{ positionSeconds: 3000, viewedSeconds: 3000 },
    }),
    recordOf({ kind: 'list_add', titleId: 'b', eventTime: NOW - HOUR_MS }),
    recordOf({ kind: 'list_add', titleId: 'c', eventTime: NOW - HOUR_MS }),
    recordOf({ kind: 'list_remove', titleId: 'c', eventTime: NOW - MINUTE_MS }),
    recordOf({ kind: 'rate', titleId: 'a', rating: 9, eventTime: NOW - MINUTE_MS }),
  ];
  let state: WatchingState | undefined;
  for (const input of inLogOrder(records)) state = fold.step(state, input).state;
  await bench.start({ profiles: { ...NOBODY, watchingOf: () => Promise.resolve(state) } });
  const answer = watchingAnswer.parse((await bench.get('/v1/profiles/p/watching')).body);
  assert.deepEqual(answer.watched[0], {
    ...{ titleId: 'a', name: 'Film a', rootTitleId: 'a', at: NOW - MINUTE_MS, startedAt: NOW - HOUR_MS },
    ...{ positionSeconds: 3000, runtimeSeconds: 6000, share: 0.5, status: 'stopped', finishedAt: null },
  });
  assert.deepEqual(
    [answer.watched.length, answer.watched[1]!.name, answer.watched[1]!.status],
    [2, null, 'abandoned'],
  );
  assert.deepEqual(answer.list, [{ titleId: 'b', name: null, addedAt: NOW - HOUR_MS }]);
  assert.deepEqual(answer.ratings, [{ titleId: 'a', name: 'Film a', at: NOW - MINUTE_MS, rating: 9 }]);
  const one = watchingAnswer.parse((await bench.get('/v1/profiles/p/watching?limit=1')).body);
  assert.equal(one.watched.length, 1);
});

test('rows ranked before are told with what they were ranked for, and nothing where there are none', async (t) => {
  const bench = await createServingBench(t, [entry('film-2')]);
  const fold = createNearline({
    limits: { history: 10, titlesPerRow: 5, subjects: 1 },
    models: () => nearlineModels(4),
  });
  const watched = { kind: 'play_stop', titleId: 'film-0', playId: 'p', eventTime: NOW - HOUR_MS } as const;
  const record = recordOf(
    { ...watched, positionSeconds: 5900, viewedSeconds: 5900 },
    { runtimeSeconds: 6000 },
  );
  const { state } = fold.step(undefined, inLogOrder([record])[0]!);
  const rows = fold.settle!('p', state!).state!.rows!;
  const rowsOf = (id: string) => Promise.resolve(id === 'p' ? rows : undefined);
  await bench.start({ profiles: { ...NOBODY, rowsOf } });
  const answer = nearlineAnswer.parse((await bench.get('/v1/profiles/p/nearline?limit=2')).body);
  assert.deepEqual(
    answer.rows.map(({ kind, subject, titles }) => [kind, subject?.titleId, titles.length]),
    [
      ['top-picks', undefined, 2],
      ['because-you-watched', 'film-0', 2],
    ],
  );
  assert.deepEqual(answer.rows[0]!.titles[0]!.name, 'Film film-2');
  assert.equal(answer.cause.eventTime, NOW - HOUR_MS);
  assert.deepEqual(answer.versions, { itemFactors: 4, neighbours: 4, rankingPolicy: 4 });
  assert.equal((await bench.get('/v1/profiles/q/nearline')).status, 404);
});

test('a store that does not answer is given up after the deadline', async (t) => {
  const bench = await createServingBench(t, [entry('a')]);
  const silent = () => new Promise<never>(() => undefined);
  await bench.start({
    profiles: {
      memoryOf: silent,
      signalsOf: silent,
      titlePairsOf: silent,
      watchingOf: silent,
      rowsOf: silent,
    },
    settings: { profilesDeadlineMs: '20' },
  });
  for (const what of ['impressions', 'signals', 'title-pairs', 'watching', 'nearline']) {
    const { status, body } = await bench.get(`/v1/profiles/p/${what}`);
    assert.deepEqual([status, errorAnswer.parse(body).code], [503, 'PROFILES_UNAVAILABLE']);
  }
});
