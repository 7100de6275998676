import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { country, titleId } from '../../domain/ids.ts';
import type { CutVector } from '../../domain/manifest.ts';
import { MEASURE_COUNT } from '../../domain/measures.ts';
import { createRegisters } from '../../domain/distinct.ts';
import { decodeLane, decodeSums, encodeLane, encodeSums } from '../../domain/speed-snapshot.ts';
import { createSpeedTotals, sumUp, type SpeedState, type SpeedTotals } from '../../domain/speed-totals.ts';
import type { SpeedRecord } from '../../domain/speed-view.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../../domain/topics.ts';
import { speedRecordsOf } from '../support/speed-records.ts';

const BLOCK_SIZE = 8;
const SHAPE = { partitions: 2, blockSize: BLOCK_SIZE };
const TITLES = ['a', 'b', 'c'];
const COUNTRIES = ['DE', 'FR'];

interface Read {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly record: SpeedRecord;
}

const event = fc.record({
  title: fc.constantFrom(...TITLES),
  country: fc.constantFrom(...COUNTRIES),
  bucket: fc.integer({ min: 0, max: 2 }),
  profile: fc.constantFrom('p', 'q', 'r', 's'),
});
const lane = fc.record({
  topic: fc.constantFrom(...COUNTED_TOPICS),
  partition: fc.integer({ min: 0, max: 1 }),
  events: fc.array(event, { maxLength: 4 * BLOCK_SIZE }),
  /** Records that come a second time, and those that are tombstoned, by a share of the way. */
  again: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 3 }),
  buried: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 4 }),
});
const cut = fc.record({
  plays: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 2 }),
  impressions: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 2 }),
});
const blocksOf = (chosen: { plays: number[]; impressions: number[] }): CutVector => ({
  plays: chosen.plays.map((block) => block * BLOCK_SIZE),
  impressions: chosen.impressions.map((block) => block * BLOCK_SIZE),
});

function readsOf(lanes: readonly (typeof lane extends fc.Arbitrary<infer L> ? L : never)[]): Read[] {
  const seen = new Set<string>();
  return lanes.flatMap(({ topic, partition, events, again, buried }) => {
    if (seen.has(`${topic}/${partition}`)) return [];
    seen.add(`${topic}/${partition}`);
    const records = speedRecordsOf({ topic, partition, blockSize: BLOCK_SIZE }, events);
    const at = (share: number): SpeedRecord[] =>
      records.slice(Math.floor(share * records.length)).slice(0, 1);
    const tombs = buried.flatMap(at).map(({ key }) => ({ key, value: null }));
    return [...records, ...again.flatMap(at), ...tombs].map((record) => ({ topic, partition, record }));
  });
}

/** All that can be asked. */
function tell(totals: SpeedTotals): unknown {
  const everything = new Float64Array(MEASURE_COUNT);
  totals.addEverything(everything);
  const titles = TITLES.map((name) => {
    const sums = new Float64Array(MEASURE_COUNT);
    const isFound = totals.addTitle(titleId(name), country('DE'), sums);
    const rows: unknown[] = [];
    totals.eachRow(titleId(name), (row, measures, base) =>
      rows.push([row, ...measures.slice(base, base + 2)]),
    );
    const registers = createRegisters();
    totals.addDistinct(titleId(name), registers);
    return [isFound, [...sums], rows.sort(), registers.join()];
  });
  const buckets: unknown[] = [];
  totals.eachInBuckets(0, 3, undefined, (title, measures, base) =>
    buckets.push([title, ...measures.slice(base, base + MEASURE_COUNT)].join()),
  );
  return { everything: [...everything], titles, buckets: buckets.sort(), reach: totals.reach() };
}

function toEnd<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

const throughBytes = ({ lanes, sums }: SpeedState): SpeedState => ({
  lanes: lanes.map((one) => decodeLane(toEnd(encodeLane(one)))),
  sums: decodeSums(toEnd(encodeSums(sums))),
});

test('whoever goes on from a snapshot tells the same as who read everything, whatever came before, after and between', () => {
  fc.assert(
    fc.property(
      fc.array(lane, { maxLength: 4 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(cut, { minLength: 2, maxLength: 3 }),
      fc.boolean(),
      (lanes, share, cuts, isAsked) => {
        const reads = readsOf(lanes);
        const snapshotAt = Math.floor(share * reads.length);
        const whole = createSpeedTotals(SHAPE);
        const first = createSpeedTotals(SHAPE);
        first.setCut(blocksOf(cuts[0]!));
        for (const { topic, partition, record } of reads.slice(0, snapshotAt))
          first.apply(topic, partition, record);
        if (isAsked) tell(first);
        const held = first.lanes();
        // The first goes on, and must not change what was taken of it.
        for (const { topic, partition, record } of reads.slice(snapshotAt))
          first.apply(topic, partition, record);
        const state = throughBytes({ lanes: held, sums: toEnd(sumUp(held, SHAPE)) });
        const second = createSpeedTotals(SHAPE, undefined, throughBytes(state));
        for (const { topic, partition, record } of reads.slice(snapshotAt))
          second.apply(topic, partition, record);
        for (const { topic, partition, record } of reads) whole.apply(topic, partition, record);
        for (const next of cuts) {
          for (const one of [first, second, whole]) one.setCut(blocksOf(next));
          const expected = tell(whole);
          assert.deepEqual(tell(first), expected);
          assert.deepEqual(tell(second), expected);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('bytes that are cut off, longer or something else are refused', () => {
  const records = speedRecordsOf(
    { topic: 'plays', partition: 0, blockSize: BLOCK_SIZE },
    Array.from({ length: 20 }, (_, i) => ({ title: TITLES[i % 3]!, country: 'DE', bucket: 0 })),
  );
  const totals = createSpeedTotals(SHAPE);
  for (const record of records) totals.apply('plays', 0, record);
  const lanes = totals.lanes();
  const bytes = toEnd(encodeLane(lanes[0]!));
  for (const bad of [
    bytes.subarray(0, 2),
    bytes.subarray(0, 40),
    bytes.subarray(0, -1),
    new Uint8Array([...bytes, 0]),
  ])
    assert.throws(() => decodeLane(bad), RangeError);
  const sums = toEnd(encodeSums(toEnd(sumUp(lanes, SHAPE))));
  for (const bad of [sums.subarray(0, 3), sums.subarray(0, -1), new Uint8Array([...sums, 0])])
    assert.throws(() => decodeSums(bad), RangeError);
});
