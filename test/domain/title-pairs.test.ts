import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CleanRecord } from '../../domain/events/event.ts';
import { QUIET_PROFILE_MS } from '../../domain/keyed-fold.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import {
  createTitlePairs,
  PAIR_TAU_MS,
  readTitlePairs,
  type TitlePair,
  type TitlePairLimits,
  type TitlePairsState,
} from '../../domain/title-pairs.ts';
import { inLogOrder, recordOf } from '../support/profile-records.ts';

const EIGHT = Date.UTC(2026, 5, 1, 20);
const LIMITS: TitlePairLimits = { pairs: 500, watches: 500, windowMs: 6 * HOUR_MS, latenessMs: DAY_MS };

interface Stop {
  readonly viewed?: number;
  readonly series?: string;
  readonly delayMs?: number;
}

const stop = (title: string, time: number, { viewed = 3000, series, delayMs = 0 }: Stop = {}): CleanRecord =>
  recordOf(
    {
      ...{ kind: 'play_stop', titleId: title, playId: `${title}@${time}`, eventTime: time },
      ...{ positionSeconds: viewed, viewedSeconds: viewed },
    },
    { runtimeSeconds: 6000, ...(series === undefined ? {} : { rootTitleId: series }) },
    delayMs,
  );

function pairsState(records: readonly CleanRecord[], limits = LIMITS): TitlePairsState | undefined {
  const fold = createTitlePairs(limits);
  let state: TitlePairsState | undefined;
  for (const input of inLogOrder(records)) state = fold.step(state, input).state;
  return state;
}

const pairsOf = (records: readonly CleanRecord[], asOf = EIGHT, limits = LIMITS): TitlePair[] =>
  readTitlePairs(pairsState(records, limits)!, asOf);

const told = (pairs: readonly TitlePair[]): string[] =>
  pairs.map(({ titles, times }) => `${titles.join('+')} ${times}`);

test('titles stopped within the window are a pair, the smaller id first, whichever came first', () => {
  const pairs = pairsOf([stop('b', EIGHT), stop('a', EIGHT + 5 * HOUR_MS), stop('c', EIGHT + 8 * HOUR_MS)]);
  assert.deepEqual(told(pairs), ['a+b 1', 'a+c 1']);
});

test('a title is watched once an hour, however often it is stopped, and never with itself', () => {
  const again = [0, 10, 20].map((minutes) => stop('a', EIGHT + minutes * MINUTE_MS));
  const pairs = pairsOf([...again, stop('b', EIGHT + 30 * MINUTE_MS), stop('a', EIGHT + 2 * HOUR_MS)]);
  assert.deepEqual(told(pairs), ['a+b 2']);
});

test('episodes count for their series, and what was left at once counts for nothing', () => {
  const episodes = [1, 2].map((n) => stop(`e${n}`, EIGHT + n * HOUR_MS, { series: 's' }));
  const pairs = pairsOf([...episodes, stop('film', EIGHT), stop('zapped', EIGHT, { viewed: 20 })]);
  assert.deepEqual(told(pairs), ['film+s 2']);
});

test('a co-watch weighs 1 on its day and 1/e after the time constant, and sums add up', () => {
  const later = EIGHT + PAIR_TAU_MS;
  const [pair] = pairsOf([stop('a', EIGHT), stop('b', EIGHT), stop('a', later), stop('b', later)], later);
  assert.equal(pair!.times, 2);
  assert.equal(pair!.newest, later);
  assert.ok(Math.abs(pair!.strength - (1 + Math.exp(-1))) < 1e-12, String(pair!.strength));
});

test('what is logged later than the lateness bound takes no part', () => {
  const late = stop('b', EIGHT, { delayMs: DAY_MS + 1 });
  assert.deepEqual(pairsOf([stop('a', EIGHT), late]), []);
  assert.equal(told(pairsOf([stop('a', EIGHT), stop('b', EIGHT, { delayMs: DAY_MS })])).length, 1);
});

const stops = fc.array(
  fc.record({
    title: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    hour: fc.nat(90),
    minute: fc.nat(59),
    delay: fc.oneof(fc.constant(0), fc.nat(DAY_MS)),
  }),
  { maxLength: 40 },
);

interface Sum {
  times: number;
  newest: number;
  strength: number;
}

/** By definition: every two watches of different titles within the window. */
function byDefinition(watches: readonly (readonly [string, number])[], asOf: number): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const [a, hourA] of watches) {
    for (const [b, hourB] of watches) {
      if (!(a < b) || Math.abs(hourA - hourB) > 6) continue;
      const time = EIGHT + Math.max(hourA, hourB) * HOUR_MS;
      const sum = sums.get(`${a}+${b}`) ?? { times: 0, newest: 0, strength: 0 };
      sum.times += 1;
      sum.newest = Math.max(sum.newest, time);
      sum.strength += Math.exp((time - asOf) / PAIR_TAU_MS);
      sums.set(`${a}+${b}`, sum);
    }
  }
  return sums;
}

test('whatever order timely stops are logged in, pairs are those of the definition', () => {
  fc.assert(
    fc.property(stops, (some) => {
      const records = some.map(({ title, hour, minute, delay }) =>
        stop(title, EIGHT + hour * HOUR_MS + minute * MINUTE_MS, { delayMs: delay }),
      );
      const asOf = EIGHT + 200 * HOUR_MS;
      const state = pairsState(records);
      const found = state === undefined ? [] : readTitlePairs(state, asOf);
      const watches = new Map(some.map(({ title, hour }) => [`${title} ${hour}`, [title, hour] as const]));
      const expected = byDefinition([...watches.values()], asOf);
      assert.equal(found.length, expected.size);
      for (const { titles, times, newest, strength } of found) {
        const sum = expected.get(titles.join('+'))!;
        assert.deepEqual([times, newest], [sum.times, sum.newest]);
        assert.ok(Math.abs(strength - sum.strength) <= 1e-9 * sum.strength, `${strength} ${sum.strength}`);
      }
    }),
  );
});

test('a profile keeps K pairs and at most a quarter more, the strongest of them, and names no other title', () => {
  const limits = { ...LIMITS, pairs: 20, watches: 12 };
  const evenings = Array.from({ length: 200 }, (_, day) => {
    const at = EIGHT + day * DAY_MS;
    const favourites = [stop('x', at), stop('y', at)];
    return [...favourites, stop(`t${day}`, at), stop(`u${day}`, at)];
  }).flat();
  const state = pairsState(evenings, limits)!;
  assert.ok(state.first.length <= 25 && state.first.length >= 20, String(state.first.length));
  assert.ok(state.watched.length <= 12);
  const named = new Set([...state.first, ...state.second, ...state.watched]);
  assert.deepEqual(
    [...named].sort((a, b) => a - b),
    [...state.titles.keys()],
  );
  const [strongest] = readTitlePairs(state, EIGHT + 200 * DAY_MS);
  assert.deepEqual([strongest!.titles, strongest!.times], [['x', 'y'], 200]);
});

test('the same log gives the same state, also when it was stored and read in between', () => {
  const limits = { ...LIMITS, pairs: 5, watches: 6 };
  fc.assert(
    fc.property(stops, (some) => {
      const records = some.map(({ title, hour, delay }) =>
        stop(title, EIGHT + hour * HOUR_MS, { delayMs: delay }),
      );
      const fold = createTitlePairs(limits);
      let stored: TitlePairsState | undefined;
      for (const input of inLogOrder(records)) stored = structuredClone(fold.step(stored, input).state);
      assert.deepEqual(stored, pairsState(records, limits));
    }),
  );
});

test('a profile of which nothing came for so long is forgotten, and one of which something came is not', () => {
  const fold = createTitlePairs(LIMITS);
  const state = pairsState([stop('a', EIGHT), stop('b', EIGHT + DAY_MS)])!;
  const first = fold.wake!('p', state, state.lookAt);
  assert.ok(first.state !== undefined && first.wakeAt! > EIGHT + QUIET_PROFILE_MS);
  assert.equal(fold.wake!('p', first.state, first.wakeAt!).state, undefined);
});
