import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { QUIET_PROFILE_MS } from '../../../domain/keyed-fold.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { OPEN_FOR_MS, readWatching, type Watching } from '../../../domain/watching/read.ts';
import { MARKS, type WatchingState } from '../../../domain/watching/state.ts';
import { createWatching, type WatchingLimits } from '../../../domain/watching/watching.ts';
import { inLogOrder, recordOf, type EventOf } from '../../support/profile-records.ts';

const EIGHT = Date.UTC(2026, 5, 1, 20);
const LIMITS: WatchingLimits = { titles: 200, list: 200, ratings: 200 };
const FILM = { rootTitleId: 'f', runtimeSeconds: 6000 };

function watch(records: readonly CleanRecord[], limits = LIMITS): WatchingState {
  const fold = createWatching(limits);
  let state: WatchingState | undefined;
  for (const input of inLogOrder(records)) state = fold.step(state, input).state;
  assert.ok(state !== undefined);
  return state;
}

const read = (records: readonly CleanRecord[], now: number, limits = LIMITS): Watching =>
  readWatching(watch(records, limits), now);

const start = (minutes: number, more: object = {}, title = 'f') =>
  recordOf({ kind: 'play_start', titleId: title, eventTime: EIGHT + minutes * MINUTE_MS, ...more }, FILM);
const at = (kind: EventOf['kind'], minutes: number, position: number, more: object = {}, title = 'f') =>
  recordOf(
    {
      ...{ kind, titleId: title, playId: 'p', eventTime: EIGHT + minutes * MINUTE_MS },
      ...{ positionSeconds: position, viewedSeconds: position, ...more },
    },
    title === 'f' ? FILM : undefined,
  );

const only = ({ watched }: Watching) => {
  assert.equal(watched.length, 1);
  return watched[0]!;
};

test('a play is open until it stops, is gone on with at its position, and is finished near its end', () => {
  const now = EIGHT + 30 * MINUTE_MS;
  const open = only(read([start(0), at('play_pause', 10, 600)], now));
  assert.deepEqual(
    [open.status, open.positionSeconds, open.share, open.startedAt, open.at],
    ['open', 600, 0.1, EIGHT, EIGHT + 10 * MINUTE_MS],
  );
  assert.equal(only(read([start(0), at('play_stop', 10, 600)], now)).status, 'stopped');
  const finished = only(read([start(0), at('play_stop', 95, 5700)], now));
  assert.deepEqual([finished.status, finished.finishedAt], ['finished', EIGHT + 95 * MINUTE_MS]);
});

test('a play of which nothing came for hours is taken to have stopped', () => {
  const records = [start(0), at('play_resume', 10, 600)];
  assert.equal(only(read(records, EIGHT + 10 * MINUTE_MS + OPEN_FOR_MS)).status, 'open');
  assert.equal(only(read(records, EIGHT + 10 * MINUTE_MS + OPEN_FOR_MS + 1)).status, 'stopped');
});

test('what never went past five minutes is abandoned, but not what was far along before', () => {
  const now = EIGHT + DAY_MS;
  assert.equal(only(read([start(0), at('play_stop', 4, 240)], now)).status, 'abandoned');
  const before = [start(-600), at('play_stop', -570, 1800)];
  const again = [start(0, { positionSeconds: 1800 }), at('play_stop', 1, 1860, { viewedSeconds: 60 })];
  assert.equal(only(read([...before, ...again], now)).status, 'stopped');
});

test('what was finished and is started again begins anew, and when it was finished is still known', () => {
  const now = EIGHT + 201 * MINUTE_MS;
  const { status, positionSeconds, finishedAt } = only(
    read([start(0), at('play_stop', 95, 5700), start(200)], now),
  );
  assert.deepEqual([status, positionSeconds, finishedAt], ['open', 0, EIGHT + 95 * MINUTE_MS]);
});

test('a skip goes on where it skipped to, and a runtime that nobody knows leaves the share open', () => {
  const skip = at('play_skip', 5, 300, { toSeconds: 900 }, 'g');
  const watched = only(read([start(0, {}, 'f'), skip].slice(1), EIGHT + HOUR_MS));
  assert.deepEqual([watched.positionSeconds, watched.share, watched.runtimeSeconds], [900, null, null]);
  assert.equal(watched.rootTitleId, 'g');
});

test('episodes name their series, and titles come newest first', () => {
  const episode = (n: number) =>
    recordOf(
      { kind: 'play_start', titleId: `e${n}`, eventTime: EIGHT + n * MINUTE_MS },
      { rootTitleId: 's', runtimeSeconds: 1500 },
    );
  const { watched } = read([episode(2), episode(1), episode(3)], EIGHT + HOUR_MS);
  assert.deepEqual(
    watched.map(({ titleId, rootTitleId }) => `${titleId} ${rootTitleId}`),
    ['e3 s', 'e2 s', 'e1 s'],
  );
});

const listed = (kind: 'list_add' | 'list_remove', title: string, minutes: number, delayMs = 0) =>
  recordOf({ kind, titleId: title, eventTime: EIGHT + minutes * MINUTE_MS }, undefined, delayMs);
const rated = (title: string, rating: number, minutes: number, delayMs = 0) =>
  recordOf(
    { kind: 'rate', titleId: title, rating, eventTime: EIGHT + minutes * MINUTE_MS },
    undefined,
    delayMs,
  );

test('the later word about the list and the later rating win, however late they are logged', () => {
  const { list, ratings } = read(
    [
      ...[listed('list_add', 'a', 0), listed('list_remove', 'a', 2), listed('list_add', 'a', 1, DAY_MS)],
      ...[listed('list_add', 'b', 3), listed('list_add', 'c', 5), listed('list_remove', 'c', 4, HOUR_MS)],
      ...[rated('a', 9, 1), rated('a', 2, 0, DAY_MS), rated('b', 5, 2)],
    ],
    EIGHT + DAY_MS,
  );
  assert.deepEqual(
    list.map(({ titleId }) => titleId),
    ['c', 'b'],
  );
  assert.deepEqual(
    ratings.map(({ titleId, rating }) => `${titleId} ${rating}`),
    ['b 5', 'a 9'],
  );
});

test('what was taken off the list is remembered as long as an older event can still be logged', () => {
  const removed = listed('list_remove', 'a', 0);
  const within = watch([removed, listed('list_add', 'b', 0, 6 * DAY_MS)]);
  assert.deepEqual(within.list.titles, ['a', 'b']);
  const past = watch([removed, listed('list_add', 'b', 8 * 24 * 60)]);
  assert.deepEqual(past.list.titles, ['b']);
});

test('events from the future, and ones logged a week late, say nothing', () => {
  const future = recordOf(
    { kind: 'play_start', titleId: 'x', eventTime: EIGHT + DAY_MS },
    undefined,
    -DAY_MS,
  );
  assert.equal(future.timeStatus, 'future');
  const old = listed('list_add', 'y', 0, 8 * DAY_MS);
  assert.equal(old.timeStatus, 'old');
  const { watched, list } = read([start(0), future, old], EIGHT + HOUR_MS);
  assert.deepEqual([watched.map(({ titleId }) => titleId), list], [['f'], []]);
});

const some = fc.record({
  kind: fc.constantFrom(
    ...(['play_start', 'play_pause', 'play_resume', 'play_skip', 'play_stop'] as const),
    ...(['list_add', 'list_remove', 'rate', 'click', 'browse'] as const),
  ),
  title: fc.constantFrom('a', 'b', 'c', 'd'),
  // Often the same moment.
  tens: fc.nat(30),
  position: fc.constantFrom(undefined, 0, 100, 290, 400, 5600),
  isEnriched: fc.boolean(),
  rating: fc.nat(10),
});
type Some = typeof some extends fc.Arbitrary<infer T> ? T : never;

const toRecord = ({ kind, title, tens, position, isEnriched, rating }: Some): CleanRecord => {
  const from = kind === 'play_start' ? position : (position ?? 50);
  return recordOf(
    {
      ...{ kind, titleId: title, target: 'page', playId: 'p', rating },
      eventTime: EIGHT + tens * 10 * MINUTE_MS,
      ...(from !== undefined && { positionSeconds: from }),
      ...{ toSeconds: (position ?? 0) + 30, viewedSeconds: position ?? 0 },
    },
    isEnriched ? { rootTitleId: `s${tens % 2}`, runtimeSeconds: 6000 + rating } : undefined,
  );
};

/** Shuffled, with some of them twice: each logged within a week of its event, in the order given. */
function logged(records: readonly CleanRecord[], order: readonly number[]): CleanRecord[] {
  const keys = records.map((_, i) => order[i % order.length]! * 1000 + i);
  const shuffled = records.map((record, i) => ({ record, key: keys[i]! })).sort((a, b) => a.key - b.key);
  const late = EIGHT + 2 * DAY_MS;
  return shuffled.map(({ record }, i) => ({ ...record, appendTime: late + i }));
}

test('in whatever order the same events are logged, and however often, the state is the same', () => {
  fc.assert(
    fc.property(
      fc.array(some, { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }),
      fc.nat(40),
      (events, order, twice) => {
        const records = events.map(toRecord);
        const one = fold(logged(records, [0]));
        assert.deepEqual(fold(logged(records, order)), one);
        assert.deepEqual(fold(logged([...records, ...records.slice(0, twice)], order)), one);
      },
    ),
  );
});

function fold(records: readonly CleanRecord[]): WatchingState | undefined {
  const watching = createWatching(LIMITS);
  let state: WatchingState | undefined;
  for (const input of inLogOrder(records)) state = watching.step(state, input).state;
  return state;
}

test('however the topics are interleaved, also past the limits, the state is the same', () => {
  const limits = { titles: 2, list: 2, ratings: 1 };
  fc.assert(
    fc.property(
      fc.array(some, { maxLength: 40 }),
      fc.array(fc.boolean(), { minLength: 1 }),
      (events, turns) => {
        const records = events
          .map(toRecord)
          .map((record, i) => ({ ...record, appendTime: EIGHT + DAY_MS + i }));
        const inputs = inLogOrder(records);
        const plays = inputs.filter(({ topic }) => topic === 'plays');
        const others = inputs.filter(({ topic }) => topic !== 'plays');
        const run = (next: (i: number) => boolean): WatchingState | undefined => {
          const [a, b] = [[...plays], [...others]];
          const watching = createWatching(limits);
          let state: WatchingState | undefined;
          for (let i = 0; a.length + b.length > 0; i++) {
            const first = next(i) ? [a, b] : [b, a];
            const input = first[0]!.shift() ?? first[1]!.shift()!;
            state = watching.step(state, input).state;
          }
          return state;
        };
        assert.deepEqual(
          run((i) => turns[i % turns.length]!),
          run(() => true),
        );
      },
    ),
  );
});

test('a profile keeps so many titles, words and ratings, those with the newest events', () => {
  const limits = { titles: 3, list: 2, ratings: 2 };
  const titles = ['a', 'b', 'c', 'd', 'e'];
  const state = watch(
    titles.flatMap((title, i) => [start(i, {}, title), listed('list_add', title, i), rated(title, i, i)]),
    limits,
  );
  assert.deepEqual(state.titles, ['e', 'd', 'c']);
  assert.deepEqual(state.list.titles, ['e', 'd']);
  assert.deepEqual(state.ratings.titles, ['e', 'd']);
  assert.deepEqual([state.roots.length, state.marks.length], [3, 3 * MARKS]);
});

test('a title costs less than 70 bytes where it is stored', () => {
  const titles = Array.from({ length: 200 }, (_, i) => `title-${i}`);
  const state = watch(
    titles.flatMap((title, i) => [start(i, {}, title), at('play_stop', i + 90, 900, {}, title)]),
  );
  const bytes = new Packr({ structuredClone: true }).pack(state).length;
  assert.ok(bytes < 200 * 70, `${bytes} bytes`);
});

test('a profile of which nothing came for so long is forgotten, and one of which something came is not', () => {
  const watching = createWatching(LIMITS);
  const state = watch([start(0), listed('list_add', 'a', 24 * 60)]);
  const first = watching.wake!('p', state, state.lookAt);
  assert.ok(first.state !== undefined);
  assert.equal(first.wakeAt, EIGHT + DAY_MS + QUIET_PROFILE_MS);
  assert.equal(watching.wake!('p', first.state, first.wakeAt).state, undefined);
});
