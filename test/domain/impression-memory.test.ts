import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import type { CleanRecord } from '../../domain/events/event.ts';
import { createImpressionMemory, type MemoryLimits } from '../../domain/impression-memory.ts';
import { QUIET_PROFILE_MS } from '../../domain/keyed-fold.ts';
import { isCapped, readMemory, seenWeight, type TitleMemory } from '../../domain/memory/read.ts';
import { MEMORY_SPANS, type MemoryState } from '../../domain/memory/state.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { inLogOrder, recordOf, shown } from '../support/profile-records.ts';

const NOON = Date.UTC(2026, 5, 1, 12);
const LIMITS: MemoryLimits = { titles: 500, rowsPerTitle: 4, rowNames: 64, plays: 64 };

function remember(records: readonly CleanRecord[], limits = LIMITS): MemoryState {
  const fold = createImpressionMemory(limits);
  let state: MemoryState | undefined;
  for (const input of inLogOrder(records)) state = fold.step(state, input).state;
  assert.ok(state !== undefined);
  return state;
}

const only = (memory: readonly TitleMemory[]): TitleMemory => {
  assert.equal(memory.length, 1);
  return memory[0]!;
};

function near(found: number, expected: number): void {
  assert.ok(Math.abs(found - expected) <= 1e-9 * Math.abs(expected), `${found} is not ${expected}`);
}

const sighting = fc.record({
  title: fc.constantFrom('a', 'b', 'c'),
  row: fc.constantFrom('r1', 'r2', 'r3'),
  age: fc.oneof(fc.nat(2 * DAY_MS), fc.nat(400 * DAY_MS)),
});

test('in whatever order impressions come, decayed counts equal plain sums to 1e-9 of their value', () => {
  fc.assert(
    fc.property(fc.array(sighting, { minLength: 1, maxLength: 80 }), fc.nat(30 * DAY_MS), (seen, later) => {
      const fold = createImpressionMemory(LIMITS);
      let state: MemoryState | undefined;
      // Each as of its own time, so that none is marked old; in the order of the array, whatever their times.
      seen.forEach(({ title, row, age }, offset) => {
        const record = { ...shown(title, row, NOON - age), rawOffset: offset };
        state = fold.step(state, { topic: 'impressions', partition: 0, offset, record }).state;
      });
      const now = NOON + later;
      const memory = readMemory(state!, now);
      for (const { titleId, counts, rows, firstSeen, lastSeen } of memory) {
        const own = seen.filter(({ title }) => title === titleId);
        assert.equal(firstSeen, NOON - Math.max(...own.map(({ age }) => age)));
        assert.equal(lastSeen, NOON - Math.min(...own.map(({ age }) => age)));
        for (const { name, tauMs } of MEMORY_SPANS) {
          const sum = (some: typeof seen) =>
            some.reduce((total, { age }) => total + Math.exp(-(now - NOON + age) / tauMs), 0);
          near(counts[name], sum(own));
          for (const one of rows) near(one.counts[name], sum(own.filter(({ row }) => row === one.row)));
        }
      }
      assert.equal(memory.length, new Set(seen.map(({ title }) => title)).size);
    }),
  );
});

test('the count of the last day is that of the hour and the 23 before it, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { minLength: 1, maxLength: 60 }), fc.nat(30), (hoursAgo, later) => {
      const fold = createImpressionMemory(LIMITS);
      let state: MemoryState | undefined;
      hoursAgo.forEach((hours, offset) => {
        const record = { ...shown('a', 'r', NOON - hours * HOUR_MS), rawOffset: offset };
        state = fold.step(state, { topic: 'impressions', partition: 0, offset, record }).state;
      });
      const now = NOON + later * HOUR_MS + 59 * MINUTE_MS;
      assert.equal(
        only(readMemory(state!, now)).lastDay,
        hoursAgo.filter((hours) => hours + later <= 23).length,
      );
    }),
  );
});

test('a synthetic impression is not remembered, and one that is also explicit counts once', () => {
  const more = { recommendationId: 'rec-1' };
  const state = remember([
    shown('a', 'r', NOON, { ...more, origin: 'synthetic' }),
    shown('a', 'r', NOON + 1, { ...more, origin: 'explicit' }),
    shown('a', 'r', NOON + 2, { ...more, origin: 'synthetic' }),
    shown('b', 'r', NOON + 2, { origin: 'synthetic' }),
  ]);
  const memory = only(readMemory(state, NOON + 2));
  assert.equal(memory.titleId, 'a');
  assert.equal(memory.lastDay, 1);
  assert.equal(memory.lastSeen, NOON + 1);
});

test('impressions whose time is in the future or too old are not remembered', () => {
  const fold = createImpressionMemory(LIMITS);
  for (const delayMs of [8 * DAY_MS, -10 * MINUTE_MS]) {
    const [input] = inLogOrder([shown('a', 'r', NOON, {}, delayMs)]);
    assert.equal(fold.step(undefined, input!).state, undefined);
  }
});

test('only the strongest titles are kept, and the same log keeps the same ones', () => {
  const limits = { ...LIMITS, titles: 8 };
  const records = Array.from({ length: 400 }, (_, i) =>
    shown(`t${Math.floor(Math.sqrt((i * 7919) % 900))}`, `r${i % 3}`, NOON + i * 1000),
  );
  const state = remember(records, limits);
  assert.ok(state.titles.length <= 10);
  assert.deepEqual(readMemory(remember(records, limits), NOON), readMemory(state, NOON));
  const often = Array.from({ length: 20 }, (_, i) => shown('often', 'r', NOON + i));
  const rare = Array.from({ length: 50 }, (_, i) => shown(`rare${i}`, 'r', NOON + DAY_MS + i));
  assert.equal(readMemory(remember([...often, ...rare], limits), NOON + DAY_MS)[0]?.titleId, 'often');
});

test('rows past the limit are folded together and the title still counts them', () => {
  const limits = { ...LIMITS, rowsPerTitle: 2, rowNames: 5 };
  const records = Array.from({ length: 40 }, (_, i) => shown('a', `row${i % 7}`, NOON + i * MINUTE_MS));
  const memory = only(readMemory(remember(records, limits), NOON + HOUR_MS));
  assert.equal(memory.lastDay, 40);
  assert.equal(memory.rows.length, 3);
  assert.equal(memory.rows.filter(({ row }) => row === null).length, 1);
  const now = NOON + HOUR_MS;
  for (const { name, tauMs } of MEMORY_SPANS) {
    const expected = records.reduce((sum, { event }) => sum + Math.exp(-(now - event.eventTime) / tauMs), 0);
    near(memory.counts[name], expected);
  }
});

test('past the limit of row names new rows are learnt, and the weakest go into the other rows', () => {
  const limits = { ...LIMITS, rowNames: 4 };
  const often = Array.from({ length: 9 }, (_, i) => shown('a', 'often', NOON + i));
  const own = Array.from({ length: 40 }, (_, i) => shown(`t${i % 3}`, `for-me-${i}`, NOON + i * MINUTE_MS));
  const now = NOON + HOUR_MS;
  const memory = readMemory(remember([...often, ...own], limits), now);
  const rowsOf = (title: string) =>
    memory.find(({ titleId }) => titleId === title)?.rows.map(({ row }) => row);
  assert.deepEqual(['a', 't0', 't1', 't2'].map(rowsOf), [
    ['often'],
    [null, 'for-me-39'],
    [null],
    [null, 'for-me-38'],
  ]);
  for (const { titleId: id, counts } of memory) {
    const times = [...often, ...own].flatMap(({ event }) =>
      'titleId' in event && event.titleId === id ? [event.eventTime] : [],
    );
    near(
      counts.year,
      times.reduce((sum, time) => sum + Math.exp(-(now - time) / (365 * DAY_MS)), 0),
    );
  }
});

test('names that no entry uses make room before any row that is remembered does', () => {
  const limits = { ...LIMITS, rowsPerTitle: 1, rowNames: 4 };
  const rare = [shown('rare', 'kept', NOON - 90 * DAY_MS, {}, 0)];
  const busy = Array.from({ length: 40 }, (_, i) => shown('a', `r${i}`, NOON + i * MINUTE_MS));
  const memory = readMemory(remember([...rare, ...busy], limits), NOON + HOUR_MS);
  assert.deepEqual(
    memory.map(({ titleId, rows }) => [titleId, rows.map(({ row }) => row)]),
    [
      ['a', [null, 'r39']],
      ['rare', ['kept']],
    ],
  );
});

const started = (title: string, eventTime: number, rootTitleId?: string): CleanRecord =>
  recordOf({ kind: 'play_start', titleId: title, eventTime }, rootTitleId ? { rootTitleId } : {});

test('a title shown often within a day is capped, until a day passes or it is played', () => {
  const caps = { perDay: 3 };
  const showings = [0, 1, 2].map((i) => shown('a', 'r', NOON + i * MINUTE_MS));
  const now = NOON + HOUR_MS;
  assert.equal(isCapped(remember(showings.slice(1)), 'a', now, caps), false);
  assert.equal(isCapped(remember(showings), 'a', now, caps), true);
  assert.equal(isCapped(remember(showings), 'b', now, caps), false);
  assert.equal(isCapped(remember(showings), 'a', now + DAY_MS, caps), false);
  assert.equal(isCapped(remember([...showings, started('a', NOON)]), 'a', now, caps), false);
  assert.equal(isCapped(remember([started('a', now - 2 * DAY_MS), ...showings]), 'a', now, caps), true);
  assert.equal(isCapped(remember([...showings, started('e1', NOON, 'a')]), 'a', now, caps), false);
});

test('the titles played last are kept, in whatever order their plays come', () => {
  const limits = { ...LIMITS, plays: 3 };
  const play = fc.record({ title: fc.constantFrom('a', 'b', 'c', 'd', 'e'), at: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(play, { minLength: 1, maxLength: 30 }), (plays) => {
      const fold = createImpressionMemory(limits);
      let state: MemoryState | undefined;
      plays.forEach(({ title, at }, offset) => {
        const record = { ...started(title, NOON + at), rawOffset: offset };
        state = fold.step(state, { topic: 'plays', partition: 0, offset, record }).state;
      });
      const newest = new Map<string, number>();
      for (const { title, at } of plays) newest.set(title, Math.max(newest.get(title) ?? 0, NOON + at));
      const expected = [...newest]
        .sort(([a, at], [b, bt]) => bt - at || (a < b ? 1 : -1))
        .slice(0, limits.plays)
        .sort();
      assert.deepEqual(state!.playedTitles.map((title, i) => [title, state!.playedAt[i]!]).sort(), expected);
    }),
  );
});

test('a profile of which nothing came for long is forgotten whole, and one that goes on being shown titles is not', () => {
  const fold = createImpressionMemory(LIMITS);
  const log = inLogOrder([
    shown('a', 'r', NOON),
    shown('b', 'r', NOON + DAY_MS),
    started('a', NOON + 2 * DAY_MS),
    shown('c', 'r', NOON + 3 * DAY_MS, { origin: 'synthetic' }),
  ]);
  let state: MemoryState | undefined;
  for (const input of log) {
    const step = fold.step(state, input);
    state = step.state;
    // The same one every time: an event costs no timer.
    assert.equal(step.wakeAt, NOON + QUIET_PROFILE_MS);
  }
  const looked = fold.wake!('p', state!, NOON + QUIET_PROFILE_MS);
  assert.deepEqual(looked, { state, outputs: [], wakeAt: NOON + 2 * DAY_MS + QUIET_PROFILE_MS });
  assert.equal(fold.wake!('p', state!, looked.wakeAt - 1).state, state);
  assert.deepEqual(fold.wake!('p', state!, looked.wakeAt), { state: undefined, outputs: [] });
});

test('a title weighs the less the more it was seen, and never less than the least weight', () => {
  const caps = { halvedBy: 4, leastWeight: 0.1 };
  assert.equal(seenWeight(0, caps), 1);
  near(seenWeight(4, caps), 0.55);
  assert.ok(seenWeight(1000, caps) >= 0.1);
});

test('a state written and read back goes on as if it had not been', () => {
  const packr = new Packr({ moreTypes: true, structuredClone: true });
  const fold = createImpressionMemory({ ...LIMITS, titles: 4, rowsPerTitle: 2 });
  const log = inLogOrder(
    Array.from({ length: 200 }, (_, i) =>
      shown(`t${(i * 31) % 11}`, `r${(i * 17) % 5}`, NOON + i * MINUTE_MS),
    ),
  );
  let [kept, copied]: (MemoryState | undefined)[] = [];
  for (const input of log) {
    kept = fold.step(kept, input).state;
    const packed: Uint8Array | undefined = copied === undefined ? undefined : packr.pack(copied);
    copied = fold.step(packed === undefined ? undefined : (packr.unpack(packed) as MemoryState), input).state;
  }
  assert.deepEqual(readMemory(copied!, NOON + DAY_MS), readMemory(kept!, NOON + DAY_MS));
  assert.deepEqual(copied, kept);
});
