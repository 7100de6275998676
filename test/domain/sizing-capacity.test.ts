import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { capacitySeen } from '../../domain/sizing-capacity.ts';
import type { Reading } from '../../domain/sizing-load.ts';

const INTERVAL_MS = 5000;
const RULES = { lagAllowanceMs: 3000, leastMs: 15_000 };
const KNOWN = 1000;

/** What one partition gets and what its owner reads of it, records in all up to a reading. */
interface Course {
  readonly group?: string;
  readonly owner: string | undefined;
  readonly end: (reading: number) => number;
  readonly position: (reading: number) => number;
}

const readingsOf = (courses: readonly Course[], count = 12): Reading[] =>
  Array.from({ length: count }, (_, reading) => ({
    time: reading * INTERVAL_MS,
    partitions: courses.map(({ group = 'speed', owner, end, position }, i) => ({
      ...{ name: `${group}/plays/${i}`, group, owner },
      ...{ end: end(reading), position: position(reading) },
    })),
    widest: courses.length,
    processes: new Set(courses.map(({ owner }) => owner)).size,
  }));

const each = (records: number) => (reading: number) => records * reading;
const seen = (courses: readonly Course[], count?: number): number | undefined =>
  capacitySeen(readingsOf(courses, count), KNOWN, RULES);

test('one that is behind counts, however little the others have to do', () => {
  const busy: Course = { owner: 'a', end: each(5000), position: each(2000) };
  const idle: Course = { owner: 'b', end: each(10), position: each(10) };
  assert.equal(seen([busy, idle]), 400);
  assert.equal(seen([busy, { ...idle, owner: 'a' }]), 402, 'with the rest of what it reads');
  assert.equal(seen([{ ...busy, position: each(2500) }, busy, { ...busy, owner: 'b' }]), 900, 'the median');
});

test('whoever is behind for less than a window is not heard, nor for what it read before', () => {
  // From the seventh reading on more comes than is read.
  const end = (reading: number): number => 500 * reading + Math.max(0, reading - 6) * 5000;
  const position = (reading: number): number => 500 * Math.min(reading, 7) + Math.max(0, reading - 7) * 2000;
  const course: Course = { owner: 'a', end, position };
  assert.equal(seen([course], 11), undefined);
  assert.equal(seen([course], 12), 400);
});

test('positions that are said rarely and in leaps give what was read, and not the leaps', () => {
  fc.assert(
    fc.property(fc.integer({ min: 50, max: 2000 }), fc.integer({ min: 1, max: 3 }), (rate, every) => {
      const position = (reading: number): number => Math.floor(reading / every) * every * 5 * rate;
      const course: Course = { owner: 'a', end: (reading) => 1e6 + reading * 1e5, position };
      const found = capacitySeen(readingsOf([course], 16), 1e9, RULES);
      // A mean over fourteen intervals, at whose ends up to a leap may not be said yet.
      const off = Math.abs((found ?? Infinity) / rate - 1);
      assert.ok(off <= (every - 1) / 14 + 1e-9, `${found} of ${rate}`);
    }),
  );
});

test('a trickle over many partitions is no limit, though some of it always waits', () => {
  const trickle = Array.from({ length: 128 }, (_, i): Course => {
    const end = (reading: number): number => Math.floor((reading + i) / 3);
    // What came since the reading before is not read yet.
    return { owner: `member-${i % 4}`, end, position: (reading) => Math.max(0, end(reading - 1)) };
  });
  assert.equal(seen(trickle), undefined);
});

test('what came since the reading before is under way, though no lag is allowed', () => {
  const end = each(2000);
  const course: Course = { owner: 'a', end, position: (reading) => Math.max(0, end(reading) - 100) };
  const strict = { ...RULES, lagAllowanceMs: 0 };
  assert.equal(capacitySeen(readingsOf([course]), KNOWN, strict), undefined);
});

test('one that reads nothing stands still for another reason', () => {
  const stuck: Course = { owner: 'a', end: each(5000), position: each(0) };
  assert.equal(seen([stuck]), undefined);
  assert.equal(seen([stuck, { owner: 'b', end: each(5000), position: each(2000) }]), 400);
});

test('a partition that stands still beside others of its owner says nothing of what that one takes', () => {
  const moving: Course = { owner: 'a', end: each(1000), position: each(1000) };
  const stuck: Course = { owner: 'a', end: each(1000), position: each(0) };
  assert.equal(seen([moving, moving, stuck]), undefined);
  const other: Course = { owner: 'b', end: each(5000), position: each(2000) };
  assert.equal(seen([moving, moving, stuck, other]), 400);
});

test('a group whose partitions change hands, or that only stands still, is not left out of the sum', () => {
  const behind: Course = { group: 'watching', owner: 'a', end: each(5000), position: each(2000) };
  const nobodys: Course = { group: 'taste', owner: undefined, end: each(500), position: each(500) };
  const still: Course = { group: 'taste', owner: 'b', end: each(500), position: each(0) };
  assert.equal(seen([behind, nobodys]), undefined);
  assert.equal(seen([behind, still]), undefined);
});

test('nobody behind: what all of them read counts where it is more than was known', () => {
  const steady = (records: number): Course => ({ owner: 'a', end: each(records), position: each(records) });
  assert.equal(seen([steady(4000)]), undefined);
  assert.equal(seen([steady(6000)]), 1200);
  assert.equal(seen([steady(6000), { ...steady(3000), owner: 'b' }]), undefined, 'one was lucky');
});

test('a position that is told late, when all of it has been read, is no rate', () => {
  const end = (reading: number): number => 1e6 + 500 * reading;
  const position = (reading: number): number => (reading < 6 ? 0 : end(reading));
  const course: Course = { owner: 'a', end, position };
  for (let count = 2; count < 30; count++)
    assert.equal(seen([course], count), undefined, `${count} readings`);
});

test('a process is a member of every group: it takes what it reads of all of them', () => {
  const behind: Course = { group: 'watching', owner: 'a', end: each(5000), position: each(2000) };
  const steady: Course = { group: 'taste', owner: 'b', end: each(500), position: each(500) };
  assert.equal(seen([behind, steady]), 500);
});

test('a member that was given other partitions begins anew, and nobody owns nothing', () => {
  const [before, after] = [readingsOf([{ owner: 'a', end: each(5000), position: each(2000) }], 12), 9];
  const moved = before.map((reading, i) => ({
    ...reading,
    partitions: reading.partitions.map((one) => (i < after ? { ...one, owner: 'b' } : one)),
  }));
  assert.equal(capacitySeen(moved, KNOWN, RULES), undefined);
  assert.equal(seen([{ owner: undefined, end: each(5000), position: each(2000) }]), undefined);
  assert.equal(capacitySeen([], KNOWN, RULES), undefined);
});
