import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createExactComparer,
  createFinalComparer,
  type DerivedComparer,
} from '../../../streaming/replay/compare-derived.ts';
import type { LiveSide, LiveWord } from '../../../streaming/replay/live-side.ts';

const TOPIC = 'user-behavior-features';

interface Word {
  readonly partition?: number;
  readonly at: number;
  readonly version?: number;
  readonly value?: string;
}

/** What a key's word says: the key is its profile's, before the slash. */
function wordOf(key: string, { partition = 0, at, version = at, value = 'v' }: Word): LiveWord {
  const [profileId] = key.split('/');
  const record = { upsertKey: key, version, appendTime: at, profileId, row: value };
  return {
    ...{ partition, record: record },
    ...{ key: Buffer.from(profileId!), value: Buffer.from(JSON.stringify(record)) },
  };
}

const words = (...all: readonly (readonly [string, Word])[]): LiveWord[] =>
  all.map(([key, word]) => wordOf(key, word));

interface Live {
  readonly goingOn?: readonly number[];
  readonly touched?: readonly string[];
  readonly truncated?: readonly number[];
}

/** The differences between what was replayed and what is live. */
async function compare(
  comparer: DerivedComparer,
  replayed: readonly LiveWord[],
  live: readonly LiveWord[],
  { goingOn = [], touched = [], truncated = [] }: Live = {},
) {
  await comparer.take(
    replayed.map(({ partition, record, key, value }) => ({
      ...{ topic: TOPIC, partition, key: String(key), value, record },
    })),
  );
  const side: LiveSide = {
    words: (visit) => Promise.resolve(live.forEach(visit)),
    goingOn: () => Promise.resolve(new Set(goingOn)),
    touched: () => Promise.resolve(new Set(touched)),
    truncated: () => Promise.resolve(new Set(truncated)),
  };
  const lastTimes = new Map<number, number>();
  for (const { partition, record } of replayed)
    lastTimes.set(partition, Math.max(lastTimes.get(partition) ?? 0, record.appendTime));
  const { compared, examples } = await comparer.compare(side, lastTimes);
  return { compared, examples };
}

test('what the live lane said past the end of a partition in the lake is no difference', async () => {
  const replayed = words(['a/1', { at: 10 }], ['b/1', { partition: 1, at: 90 }]);
  const live = [
    ...replayed,
    ...words(['a/2', { at: 10, version: 11 }], ['a/3', { at: 50 }], ['b/2', { partition: 1, at: 95 }]),
  ];
  assert.deepEqual(await compare(createExactComparer(), replayed, live, { goingOn: [0, 1] }), {
    compared: 2,
    examples: [],
  });
});

test('what is live and not replayed is a difference before the end, and anywhere where the lake has all', async () => {
  const replayed = words(['a/1', { at: 10 }], ['a/2', { at: 20 }]);
  const live = [...replayed, ...words(['a/3', { at: 15 }], ['a/4', { at: 20, version: 21 }])];
  const known = await compare(createExactComparer(), replayed, live, { goingOn: [0] });
  assert.deepEqual(known.examples, ['a/3 version 15 is live and not replayed']);
  const all = await compare(createExactComparer(), replayed, live, { goingOn: [1] });
  assert.equal(all.examples.length, 2);
});

test('other bytes, and what is missing live, are differences; sent again it counts once', async () => {
  const replayed = words(['a/1', { at: 10 }], ['a/2', { at: 20 }], ['a/3', { at: 30 }]);
  const live = words(['a/1', { at: 10 }], ['a/1', { at: 10 }], ['a/2', { at: 20, value: 'other' }]);
  assert.deepEqual(await compare(createExactComparer(), replayed, live), {
    compared: 3,
    examples: ['a/2 version 20 has other bytes', 'a/3 version 30 is replayed and not live'],
  });
});

test('nothing is missing before what a live topic without its beginning has', async () => {
  const replayed = words(...[10, 20, 30, 40].map((at) => [`a/${at}`, { at }] as const), [
    'b/1',
    { partition: 1, at: 10 },
  ]);
  const live = words(['a/20', { at: 20 }], ['a/40', { at: 40 }]);
  const cut = await compare(createExactComparer(), replayed, live, { truncated: [0, 1] });
  assert.deepEqual(cut.examples, ['a/30 version 30 is replayed and not live']);
  const whole = await compare(createExactComparer(), replayed, live, { truncated: [0] });
  assert.equal(whole.examples.length, 2);
});

test('of two topics the last words are compared, but not of profiles that the lake knows less about', async () => {
  const replayed = words(['a/1', { at: 10 }], ['b/1', { at: 20 }]);
  const live = words(
    ...([
      ['a/1', { at: 10 }],
      ['b/1', { at: 25, value: 'later' }],
      ['b/2', { at: 26 }],
    ] as const),
  );
  assert.deepEqual(await compare(createFinalComparer(), replayed, live, { touched: ['b'] }), {
    compared: 1,
    examples: [],
  });
  const all = await compare(createFinalComparer(), replayed, live);
  assert.deepEqual(all.examples, ['b/1: row is v, live later', 'b/2 is live and not replayed']);
});

test('of two topics no key is missing that is older than what is left of the live topic', async () => {
  const HOUR = 3_600_000;
  const replayed = words(['a/1', { at: HOUR }], ['a/2', { at: 3 * HOUR }], ['a/3', { at: 4 * HOUR }]);
  const live = words(['a/3', { at: 2 * HOUR, version: 1 }], ['a/3', { at: 4 * HOUR }]);
  const cut = await compare(createFinalComparer(), replayed, live, { truncated: [0] });
  assert.deepEqual(cut.examples, ['a/2 is replayed and not live']);
  assert.equal((await compare(createFinalComparer(), replayed, live)).examples.length, 2);
});
