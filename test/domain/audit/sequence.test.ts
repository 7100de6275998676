import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createSequenceTrack,
  decideSequence,
  noteSequence,
  takeFound,
} from '../../../domain/audit/sequence.ts';

const GRACE_MS = 1000;

/** Notes numbers in order, at the times given or all at 1, and decides long after. */
function decided(numbers: readonly number[]) {
  const track = createSequenceTrack(numbers[0]!, 1);
  for (const number of numbers.slice(1)) noteSequence(track, number, 1);
  decideSequence(track, 1 + GRACE_MS, GRACE_MS);
  return { ...takeFound(track), restarts: track.restarts, base: track.base, unjudged: track.unjudged };
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

test('numbers without a gap are neither lost nor repeated', () => {
  const found = decided(range(5, 5000));
  assert.deepEqual([found.lost, found.repeated], [0, 0]);
});

test('whatever the order, what is missing below the last word is lost and what came twice is repeated', () => {
  const holes = fc.uniqueArray(fc.integer({ min: 1, max: 900 }), { maxLength: 40 });
  const twice = fc.uniqueArray(fc.integer({ min: 1, max: 900 }), { maxLength: 40 });
  const keys = fc.array(fc.nat(30), { minLength: 1100, maxLength: 1100 });
  fc.assert(
    fc.property(holes, twice, keys, (missing, repeated, jitter) => {
      const gone = new Set(missing);
      const sent = range(0, 1000).filter((number) => !gone.has(number));
      const again = repeated.filter((number) => !gone.has(number));
      // Numbers are overtaken by at most thirty others, as those of other partitions are.
      const log = [...sent, ...again]
        .map((number, i) => ({ number, at: number + jitter[i]! }))
        .sort((a, b) => a.at - b.at)
        .map(({ number }) => number);
      const found = decided([0, ...log.filter((number) => number !== 0)]);
      const decidedHoles = missing.filter((number) => number < found.base).length;
      assert.equal(found.lost, decidedHoles);
      assert.equal(found.repeated, again.filter((number) => number !== 0).length);
      assert.ok(found.base >= 960);
    }),
    { numRuns: 200 },
  );
});

test('a number is not lost while those above it are younger than the grace', () => {
  const track = createSequenceTrack(0, 1);
  for (const number of range(1, 31)) noteSequence(track, number, 1);
  for (const number of range(32, 200)) noteSequence(track, number, 500);
  decideSequence(track, 500 + GRACE_MS - 1, GRACE_MS);
  assert.equal(takeFound(track).lost, 0);
  noteSequence(track, 31, 600);
  decideSequence(track, 500 + GRACE_MS, GRACE_MS);
  assert.deepEqual(takeFound(track), { lost: 0, repeated: 0, recovered: 0 });
});

test('numbers before the first one heard are not missed', () => {
  const found = decided(range(1_000_017, 1_000_200));
  assert.equal(found.lost, 0);
});

test('a producer that counts anew from 0 is no loss, and is judged from there on', () => {
  const track = createSequenceTrack(0, 1);
  for (const number of range(1, 5000)) noteSequence(track, number, 1);
  decideSequence(track, 1 + GRACE_MS, GRACE_MS);
  // One a second.
  for (const number of [...range(0, 300), ...range(301, 400)])
    noteSequence(track, number, 1000 * (number + 1));
  decideSequence(track, 500_000 + GRACE_MS, GRACE_MS);
  assert.equal(track.restarts, 1);
  assert.deepEqual(takeFound(track), { lost: 1, repeated: 0, recovered: 0 });
  const leap = decided([...range(0, 100), ...range(1e12, 1e12 + 100)]);
  assert.deepEqual([leap.lost, leap.restarts], [0, 1]);
});

test('dead letters that are redriven, many at once and long after, are neither repeats nor a beginning', () => {
  const track = createSequenceTrack(0, 1);
  for (const number of range(1, 5000)) noteSequence(track, number, 1);
  decideSequence(track, 1 + GRACE_MS, GRACE_MS);
  for (const number of range(100, 400)) noteSequence(track, number, 90_000 + number);
  for (const number of range(5000, 5100)) noteSequence(track, number, 91_000);
  decideSequence(track, 95_000, GRACE_MS);
  assert.deepEqual([track.restarts, takeFound(track)], [0, { lost: 0, repeated: 0, recovered: 0 }]);
});

test('the window is bounded: what is pushed out of it is not judged', () => {
  const track = createSequenceTrack(0, 1);
  for (let number = 1; number < 3_000_000; number += 500_000) noteSequence(track, number, 1);
  assert.ok(track.bits.length <= 1 << 15);
  assert.ok(track.unjudged > 1_000_000);
  assert.equal(takeFound(track).lost, 0);
});

test('a number that comes after it was told as lost is taken back once, before or after it was asked for', () => {
  const track = createSequenceTrack(0, 1);
  for (const number of range(1, 200)) if (number % 50 !== 7) noteSequence(track, number, 1);
  decideSequence(track, 1 + GRACE_MS, GRACE_MS);
  noteSequence(track, 7, 2000);
  assert.deepEqual(takeFound(track), { lost: 3, repeated: 0, recovered: 0 });
  for (const number of [57, 57, 58, 7]) noteSequence(track, number, 2000);
  assert.deepEqual(takeFound(track), { lost: 0, repeated: 0, recovered: 1 });
});

test('lost numbers that are remembered are bounded', () => {
  const track = createSequenceTrack(0, 1);
  for (let number = 1; number < 100_000; number += 2) noteSequence(track, number, 1);
  decideSequence(track, 1 + GRACE_MS, GRACE_MS);
  assert.equal(track.told.size, 256);
  assert.ok(takeFound(track).lost > 49_000);
});
