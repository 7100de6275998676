import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deltaOf } from '../../domain/chunk-delta.ts';
import { createRegisters } from '../../domain/distinct.ts';
import { hashProfile } from '../../domain/hash.ts';
import { country, profileId, titleId } from '../../domain/ids.ts';
import { MEASURE_COUNT } from '../../domain/measures.ts';
import { createSpeedFold, startAt } from '../../domain/speed-fold.ts';
import { createSpeedSums, type SpeedSums } from '../../domain/speed-sums.ts';
import type { Chunk, FamilyPart } from '../../domain/speed-view.ts';
import { BUCKET_MS } from '../../domain/time.ts';

interface Event {
  readonly title: string;
  readonly profile: number;
  readonly bucket: number;
}

const events = fc.array(
  fc.record({
    title: fc.constantFrom('a', 'b', 'c', 'd'),
    profile: fc.nat(50),
    bucket: fc.integer({ min: 1, max: 30 }),
  }),
  { minLength: 1, maxLength: 40 },
);

/** The chunks of a block of one slot after so many events, and after all. */
function chunksOf(topic: 'plays' | 'impressions', first: readonly Event[], then: readonly Event[]) {
  const fold = createSpeedFold({ topic, partition: 0, blockSize: 128, slots: 1 }, startAt(0, -1));
  const flush = (from: number, some: readonly Event[]): Chunk[] => {
    some.forEach(({ title, profile, bucket }, i) =>
      fold.step(from + i, {
        ...{
          rawOffset: from + i,
          appendTime: 1000 * (from + i),
          eventTime: bucket * BUCKET_MS,
          timeStatus: 'ok',
        },
        kind: topic === 'plays' ? 'play_start' : 'impression',
        ...{ row: 'trending', profileId: profileId(`p${profile}`), profileHash: hashProfile(`p${profile}`) },
        ...{
          playId: `x${from + i}`,
          country: country(profile % 2 === 0 ? 'DE' : 'FR'),
          titleId: titleId(title),
        },
      }),
    );
    return fold.flush(1, false).flatMap(({ value }) => (value?.type === 'chunk' ? [value] : []));
  };
  const before = flush(0, first);
  return flush(first.length, then).map((after) => ({
    before: before.find(({ family }) => family === after.family)!,
    after,
  }));
}

function told({ store, reached }: SpeedSums) {
  const each: Record<string, readonly unknown[]> = {};
  store.eachInBuckets(0, 100, undefined, (title, sums, base, where) => {
    const key = `${title} ${where}`;
    each[key] = [...(each[key] ?? []), [...sums.subarray(base, base + MEASURE_COUNT)].join()].sort();
  });
  for (const title of ['a', 'b', 'c', 'd'].map(titleId)) {
    const registers = createRegisters();
    reached.addDistinctOf(title, registers);
    const rows: string[] = [];
    reached.eachRow(title, (row, sums, base) => rows.push(`${row} ${sums[base]} ${sums[base + 1]}`));
    each[title] = [[...registers].join(), ...rows];
  }
  return each;
}

const sumsOf = (parts: readonly FamilyPart[]): SpeedSums => {
  const sums = createSpeedSums();
  for (const part of parts) sums.add(part, 1);
  return sums;
};

for (const topic of ['plays', 'impressions'] as const)
  test(`what was published of ${topic} and the difference to what came after it add up to that`, () => {
    fc.assert(
      fc.property(events, events, (first, then) => {
        for (const { before, after } of chunksOf(topic, first, then)) {
          const delta = deltaOf(before, after);
          assert.ok(delta !== undefined);
          assert.ok(delta.columns.size <= then.length);
          assert.deepEqual(told(sumsOf([before, delta])), told(sumsOf([after])));
        }
      }),
    );
  });

test('there is no difference to entries in another order', () => {
  const [one] = chunksOf(
    'plays',
    [{ title: 'a', profile: 0, bucket: 1 }],
    [{ title: 'b', profile: 0, bucket: 1 }],
  );
  const [other] = chunksOf(
    'plays',
    [{ title: 'b', profile: 0, bucket: 1 }],
    [{ title: 'a', profile: 0, bucket: 1 }],
  );
  assert.equal(deltaOf(other!.after, one!.after), undefined);
  assert.equal(deltaOf(one!.after, one!.before), undefined);
});
