import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { recordOf } from '../../support/profile-records.ts';
import { playSignals, runSignals, standingOf, toldBy } from '../../support/signal-runs.ts';
import { episode, film, playOf, T0 } from './play-cases.ts';

interface Case {
  readonly name: string;
  readonly records: readonly CleanRecord[];
  /** What is put out, in order; of one signal alone where `only` is said. */
  readonly told: readonly string[];
  readonly only?: string;
}

const MINUTES = MINUTE_MS;
const ep = (n: number, at: number, more: object = {}) =>
  playOf({ title: `e${n}`, at: T0 + at, viewed: 300, enriched: episode('s'), ...more });
const movie = (title: string, at: number, more: object = {}) =>
  playOf({ title, at: T0 + at, viewed: 1800, enriched: film(title), ...more });

const BINGE: readonly Case[] = [
  {
    name: 'the third distinct episode of a series in a sitting is a binge',
    records: [...ep(1, 0), ...ep(2, 6 * MINUTES), ...ep(3, 12 * MINUTES), ...ep(4, 18 * MINUTES)],
    told: ['raised binge series:s 3', 'raised binge series:s 4'],
  },
  {
    name: 'the same episode three times is none',
    records: [...ep(1, 0), ...ep(1, 6 * MINUTES), ...ep(1, 12 * MINUTES)],
    told: [],
  },
  {
    name: 'three films of one genre are a binge of the genre',
    records: [...movie('a', 0), ...movie('b', 40 * MINUTES), ...movie('c', 80 * MINUTES)],
    told: ['raised binge genre:Drama 3'],
  },
  {
    name: 'three episodes of one series are no binge of its genre, and nothing without enrichment is one',
    records: [
      ...[1, 2, 3].flatMap((n) => ep(n, n * 6 * MINUTES, { enriched: undefined })),
      ...[1, 2].flatMap((n) => ep(n, n * 6 * MINUTES + 2 * HOUR_MS)),
    ],
    told: [],
  },
  {
    name: 'more than the gap between two plays parts sittings',
    records: [...ep(1, 0), ...ep(2, 6 * MINUTES), ...ep(3, 42 * MINUTES)],
    told: [],
  },
  {
    name: 'exactly the gap does not',
    records: [...ep(1, 0), ...ep(2, 6 * MINUTES), ...ep(3, 41 * MINUTES)],
    told: ['raised binge series:s 3'],
  },
  {
    name: 'plays that do not qualify are not counted',
    records: [...ep(1, 0), ...ep(2, 6 * MINUTES), ...ep(3, 12 * MINUTES, { viewed: 119 })],
    told: [],
  },
  {
    name: 'a late play fills the gap between two sittings',
    records: [
      ...ep(1, 0),
      ...ep(3, 40 * MINUTES),
      ...ep(2, 20 * MINUTES, { startDelay: 5 * HOUR_MS, stopDelay: 5 * HOUR_MS }),
    ],
    told: ['raised binge series:s 3'],
  },
  {
    name: 'a late play that joins two sittings withdraws the binge of the second for one of the first',
    records: [
      ...ep(1, 0),
      ...[3, 4, 5].flatMap((n) => ep(n, (40 + 6 * n) * MINUTES)),
      ...ep(2, 30 * MINUTES, { startDelay: 5 * HOUR_MS, stopDelay: 5 * HOUR_MS }),
    ],
    told: [
      'raised binge series:s 3',
      // The start alone joins them, the stop makes it the fifth episode.
      'raised binge series:s 4',
      'withdrawn binge series:s',
      'raised binge series:s 5',
    ],
  },
  {
    name: 'a late stop that shortens a play splits a sitting, and withdraws its binge',
    records: [
      ...ep(1, 0),
      ...ep(2, 6 * MINUTES, { id: 'two', lasts: 40 * MINUTES }),
      ...ep(3, 50 * MINUTES),
      recordOf(
        {
          kind: 'play_stop',
          titleId: 'e2',
          playId: 'two',
          eventTime: T0 + 12 * MINUTES,
          positionSeconds: 300,
          viewedSeconds: 300,
        },
        episode('s'),
        5 * HOUR_MS,
      ),
    ],
    told: ['raised binge series:s 3', 'withdrawn binge series:s'],
  },
  {
    name: 'what comes later than the bound changes nothing',
    records: [
      ...ep(1, 0),
      ...ep(3, 40 * MINUTES),
      ...ep(2, 20 * MINUTES, { startDelay: DAY_MS + 1, stopDelay: DAY_MS + 1 }),
    ],
    told: [],
  },
].map((one) => ({ ...one, only: 'binge' }));

const pause = (id: string, title: string, at: number, viewed: number, delay: number): CleanRecord =>
  recordOf(
    {
      kind: 'play_pause',
      titleId: title,
      playId: id,
      eventTime: T0 + at,
      positionSeconds: viewed,
      viewedSeconds: viewed,
    },
    undefined,
    delay,
  );

const ABANDONMENT: readonly Case[] = [
  {
    name: 'a film left within five minutes is abandoned',
    records: movie('a', 0, { viewed: 299 }),
    told: ['raised abandonment a 299'],
  },
  { name: 'five minutes are not within', records: movie('a', 0, { viewed: 300 }), told: [] },
  {
    name: 'near its end it is not abandoned',
    records: movie('a', 0, { viewed: 100, from: 5601 }),
    told: [],
  },
  {
    name: 'an episode is not, a title of unknown kind is',
    records: [
      ...ep(1, 0, { viewed: 10 }),
      ...playOf({ title: 'x', at: T0 + HOUR_MS, viewed: 10, enriched: undefined }),
    ],
    told: ['raised abandonment x 10'],
  },
  {
    name: 'coming back in the same sitting withdraws it',
    records: [...movie('a', 0, { viewed: 200 }), ...movie('a', 10 * MINUTES, { viewed: 100, from: 200 })],
    told: ['raised abandonment a 200', 'withdrawn abandonment a'],
  },
  {
    name: 'coming back in another does not',
    records: [...movie('a', 0, { viewed: 200 }), ...movie('a', HOUR_MS, { viewed: 400, from: 200 })],
    told: ['raised abandonment a 200'],
  },
  {
    name: 'a late pause that proves more seconds withdraws it',
    records: [
      ...movie('a', 0, { id: 'p1', viewed: 200, lasts: 10 * MINUTES }),
      pause('p1', 'a', 5 * MINUTES, 301, 3 * HOUR_MS),
    ],
    told: ['raised abandonment a 200', 'withdrawn abandonment a'],
  },
  {
    name: 'a start that comes after its stop raises it all the same',
    records: movie('a', 0, { viewed: 200, startDelay: HOUR_MS }),
    told: ['raised abandonment a 200'],
  },
].map((one) => ({ ...one, only: 'abandonment' }));

const COMPLETION: readonly Case[] = [
  {
    name: 'nine tenths of the runtime complete a title',
    records: movie('a', 0, { viewed: 5400 }),
    told: ['raised completion a 0.9'],
  },
  { name: 'less does not', records: movie('a', 0, { viewed: 5399 }), told: [] },
  {
    name: 'a play that goes on where another was left counts what was before',
    records: [...movie('a', 0, { viewed: 3000 }), ...movie('a', DAY_MS, { viewed: 2900, from: 3000 })],
    told: ['raised completion a 0.983'],
  },
  {
    name: 'skipping to the end completes nothing',
    records: movie('a', 0, { viewed: 600, to: 6000 }),
    told: [],
  },
  {
    name: 'seeing the first half twice completes nothing',
    records: movie('a', 0, { viewed: 6000, to: 3000 }),
    told: [],
  },
  {
    name: 'without a runtime nothing is complete',
    records: movie('a', 0, { viewed: 6000, enriched: { knownKind: 'film' } }),
    told: [],
  },
  {
    name: 'a late start gives the play its beginning',
    records: movie('a', 0, { viewed: 2900, from: 3000, startDelay: 3 * HOUR_MS }),
    told: ['raised completion a 0.983'],
  },
  {
    name: 'a late stop before the other ends the play there, and withdraws it',
    records: [
      ...movie('a', 0, { id: 'p1', viewed: 5800 }),
      recordOf(
        {
          kind: 'play_stop',
          titleId: 'a',
          playId: 'p1',
          eventTime: T0 + HOUR_MS,
          positionSeconds: 3600,
          viewedSeconds: 3600,
        },
        film('a'),
        6 * HOUR_MS,
      ),
    ],
    told: ['raised completion a 0.967', 'withdrawn completion a'],
  },
  {
    name: 'a stop without its start says nothing',
    records: movie('a', 0, { viewed: 5800 }).slice(1),
    told: [],
  },
].map((one) => ({ ...one, only: 'completion' }));

const REWATCH: readonly Case[] = [
  {
    name: 'a completed title begun again is watched again',
    records: [...movie('a', 0, { viewed: 5800 }), ...movie('a', 2 * HOUR_MS, { viewed: 60 })],
    told: ['raised rewatch a 0.016'],
  },
  {
    name: 'seeing its last tenth on the same day is not',
    records: [...movie('a', 0, { viewed: 5500 }), ...movie('a', 2 * HOUR_MS, { viewed: 500, from: 5500 })],
    told: [],
  },
  {
    name: 'a day later it is, wherever it goes on',
    records: [
      ...movie('a', 0, { viewed: 5400 }),
      ...movie('a', 5400_000 + DAY_MS, { viewed: 60, from: 3000 }),
    ],
    told: ['raised rewatch a 1'],
  },
  {
    name: 'months later, when the play itself is forgotten, too',
    records: [...movie('a', 0, { viewed: 5400 }), ...movie('a', 5400_000 + 90 * DAY_MS, { viewed: 60 })],
    told: ['raised rewatch a 90'],
  },
  {
    name: 'a title that was not completed is not watched again',
    records: [...movie('a', 0, { viewed: 5000 }), ...movie('a', 2 * DAY_MS, { viewed: 6000 })],
    told: [],
  },
  {
    name: 'a late stop that completes the first play raises it',
    records: [
      ...movie('a', 0, { viewed: 5800, stopDelay: 10 * HOUR_MS }),
      ...movie('a', 3 * HOUR_MS, { viewed: 60 }),
    ],
    told: ['raised rewatch a 0.058'],
  },
  {
    name: 'a late stop that takes the completion back withdraws it',
    records: [
      ...movie('a', 0, { id: 'p1', viewed: 5800 }),
      ...movie('a', 3 * HOUR_MS, { viewed: 60 }),
      recordOf(
        {
          kind: 'play_stop',
          titleId: 'a',
          playId: 'p1',
          eventTime: T0 + HOUR_MS,
          positionSeconds: 3600,
          viewedSeconds: 3600,
        },
        film('a'),
        6 * HOUR_MS,
      ),
    ],
    told: ['raised rewatch a 0.058', 'withdrawn rewatch a'],
  },
].map((one) => ({ ...one, only: 'rewatch' }));

/** Plays of ten minutes: every day at 8 UTC news, at 20 UTC horror; only the first `horror` days for the latter. */
const habits = (days: number, horror: number, more: object = {}): CleanRecord[] =>
  Array.from({ length: days }, (_, day) => [
    ...[0, 1].flatMap((n) =>
      movie(`news${day}-${n}`, day * DAY_MS - 12 * HOUR_MS + n * 20 * MINUTES, {
        enriched: film('n', 6000, 'News'),
        viewed: 600,
      }),
    ),
    ...(day < horror
      ? movie(`horror${day}`, day * DAY_MS, { enriched: film('h', 6000, 'Horror'), viewed: 600, ...more })
      : []),
  ]).flat();

const SHIFT: readonly Case[] = [
  {
    name: 'an hour of another genre than usual is a shift, once there is evidence',
    records: habits(5, 5),
    // 5 of 5 against 5 of 15 at large.
    told: ['raised genre-shift hour:20 2'],
  },
  { name: 'four plays are no evidence', records: habits(9, 4), told: [] },
  {
    name: 'the same genre at all hours is none',
    records: habits(9, 9).map((record) => ({ ...record, enriched: { ...record.enriched, genres: 'News' } })),
    told: [],
  },
  {
    name: 'a late play counts as if it had been on time',
    records: habits(5, 4).concat(
      movie('late', 4 * DAY_MS, {
        enriched: film('h', 6000, 'Horror'),
        viewed: 600,
        startDelay: 20 * HOUR_MS,
        stopDelay: 20 * HOUR_MS,
      }),
    ),
    told: ['raised genre-shift hour:20 2'],
  },
  {
    name: 'a late play of the usual genre in that hour can withdraw it',
    records: habits(5, 5).concat(
      movie('other', 4 * DAY_MS + 15 * MINUTES, {
        enriched: film('x', 6000, 'News'),
        viewed: 600,
        startDelay: 10 * HOUR_MS,
        stopDelay: 10 * HOUR_MS,
      }),
    ),
    told: ['raised genre-shift hour:20 2', 'withdrawn genre-shift hour:20'],
  },
].map((one) => ({ ...one, only: 'genre-shift' }));

for (const { name, records, told, only } of [...BINGE, ...ABANDONMENT, ...COMPLETION, ...REWATCH, ...SHIFT]) {
  test(`${only}: ${name}`, () => {
    const { outputs } = runSignals(playSignals(), records);
    assert.deepEqual(toldBy(outputs.filter(({ signal }) => signal === only)), told);
  });
}

test('an upsert names profile, signal and occurrence, and its version is the raw offset that led to it', () => {
  const { outputs } = runSignals(playSignals(), movie('a', 0, { viewed: 5400 }));
  const [only, ...more] = outputs;
  assert.deepEqual(more, []);
  assert.deepEqual(only, {
    upsertKey: `1/p/completion/a@${T0}`,
    version: 1,
    appendTime: T0 + 5_400_000,
    profileId: 'p',
    signal: 'completion',
    subject: 'a',
    state: 'raised',
    eventTime: T0 + 5_400_000,
    expiresAt: T0 + 5_400_000 + 365 * DAY_MS,
    value: 0.9,
    detail: '{"runtimeSeconds":6000}',
  });
});

test('past the bound in plays the oldest are forgotten, and what was told of them stands', () => {
  const many = Array.from({ length: 40 }, (_, n) => ep(n, n * 6 * MINUTES)).flat();
  const { outputs, state } = runSignals(playSignals({ plays: 8, playEvents: 4 }), many);
  assert.ok(state!.plays.length <= 8);
  assert.ok(Object.keys(standingOf(outputs)).length > 0);
  assert.ok(outputs.every(({ state: said }) => said === 'raised'));
});
