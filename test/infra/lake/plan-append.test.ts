import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMarqueeError } from '../../../domain/errors.ts';
import { createMemoryLake } from '../../../infra/lake/memory.ts';
import { planAppend } from '../../../infra/lake/plan-append.ts';
import type { PartitionRows } from '../../../infra/lake/port.ts';

const rows = (follows: number, offsets: number[], rawOffsets: number[]): PartitionRows => ({
  generation: 'g1',
  partition: 0,
  follows,
  rowCount: offsets.length,
  columns: { offset: offsets, raw_offset: rawOffsets },
});
const at = (offset: number, rawOffset: number) => [{ generation: 'g1', partition: 0, offset, rawOffset }];

test('rows at or below the highest offset are left out', () => {
  const [plan] = planAppend('plays', [rows(-1, [0, 1, 2, 3], [10, 11, 12, 13])], at(1, 11));
  assert.deepEqual(plan?.take, [2, 3]);
});

test('a record sent again, with an old raw offset at a new offset, is left out', () => {
  const [plan] = planAppend('plays', [rows(1, [2, 3, 4, 5], [11, 12, 12, 13])], at(1, 11));
  assert.deepEqual(plan?.take, [1, 3]);
  assert.deepEqual(plan.position, { generation: 'g1', partition: 0, offset: 5, rawOffset: 13 });
});

test('on raw_events the offset alone decides', () => {
  const batch: PartitionRows = {
    generation: 'g1',
    partition: 0,
    follows: 4,
    rowCount: 2,
    columns: { offset: [5, 6] },
  };
  assert.deepEqual(planAppend('raw_events', [batch], at(4, 4))[0]?.take, [0, 1]);
});

test('another generation of the same partition has its own position', () => {
  const old = [{ generation: 'g0', partition: 0, offset: 99, rawOffset: 99 }];
  assert.deepEqual(planAppend('plays', [rows(-1, [0], [0])], old)[0]?.take, [0]);
});

test('a batch that begins past the end of the lake is refused, since the records between would be lost', () => {
  const work = () => planAppend('plays', [rows(7, [8], [8])], at(5, 5));
  assert.throws(work, (error) => isMarqueeError(error, 'LAKE_GAP'));
});

test('batches of one partition follow each other, also where the last rows of one are left out', () => {
  const batches = [rows(1, [2, 3], [12, 11]), rows(3, [4, 5], [12, 13]), rows(5, [6], [14])];
  const plans = planAppend('plays', batches, at(1, 11));
  assert.deepEqual(
    plans.map(({ take }) => take),
    [[0], [1], [0]],
  );
  assert.deepEqual(
    plans.map(({ position }) => position.offset),
    [2, 5, 6],
  );
  const apart = () => planAppend('plays', [rows(1, [2, 3], [12, 13]), rows(4, [5], [14])], at(1, 11));
  assert.throws(apart, (error) => isMarqueeError(error, 'LAKE_GAP'));
});

test('rows out of order are refused', () => {
  const work = () => planAppend('plays', [rows(-1, [1, 1], [0, 1])], []);
  assert.throws(work, (error) => isMarqueeError(error, 'INTERNAL'));
});

test('any overlapping batches by any number of writers leave each raw record once, in order', async () => {
  const log = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 60, size: 'max' });
  const writers = fc.array(fc.record({ from: fc.nat(60), length: fc.nat({ max: 60 }) }), {
    maxLength: 12,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(log, writers, async (repeats, batches) => {
      // A log with resends: entry i repeats what stood `repeats` records before, or is new.
      const raw: number[] = [];
      let next = 0;
      for (const back of repeats) raw.push(back > 0 && raw.length >= back ? raw[raw.length - back]! : next++);
      const lake = createMemoryLake('r');
      const send = async (from: number, to: number) => {
        const [position] = await lake.positions('plays');
        const start = Math.min(from, (position?.offset ?? -1) + 1);
        const offsets = Array.from({ length: Math.max(0, to - start) }, (_, i) => start + i);
        await lake.appendExactlyOnce('plays', [
          rows(
            start - 1,
            offsets,
            offsets.map((offset) => raw[offset]!),
          ),
        ]);
      };
      for (const { from, length } of batches) await send(from, Math.min(raw.length, from + length));
      await send(0, raw.length);
      const kept = lake.rows('plays').map((row) => row['raw_offset']);
      assert.deepEqual(
        kept,
        Array.from({ length: next }, (_, i) => i),
      );
    }),
    { numRuns: 500 },
  );
});
