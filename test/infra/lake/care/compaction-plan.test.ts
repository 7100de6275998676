import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planCompaction, type CompactionRules } from '../../../../infra/lake/care/compaction-plan.ts';
import { CONTENT, type DataFile } from '../../../../infra/lake/catalog/manifests.ts';

const RULES: CompactionRules = {
  smallBytes: 100,
  targetBytes: 250,
  leastFiles: 3,
  mostHours: 10,
  mostBytes: 10_000,
};

let named = 0;
const file = (hour: number | null, bytes: number, content: number = CONTENT.data): DataFile => ({
  ...{ content, file_path: `s3://b/${String(named++).padStart(6, '0')}`, file_format: 'parquet' },
  ...{ partition: { hour }, record_count: 1n, file_size_in_bytes: BigInt(bytes) },
  ...{ value_counts: null, null_value_counts: null, lower_bounds: null, upper_bounds: null },
  referenced_data_file: null,
});
const shape = (files: readonly DataFile[], sealedBefore = 100, rules = RULES) => {
  const { hours, waiting } = planCompaction(files, 'hour', sealedBefore, rules);
  return {
    waiting,
    hours: hours.map(({ hour, bins, deletes }) => [
      hour,
      bins.map((bin) => bin.map((one) => Number(one.file_size_in_bytes))),
      deletes.length,
    ]),
  };
};

test('an hour with enough small files has those made into files of the size that is wanted', () => {
  const files = [90, 90, 500, 90, 90, 90].map((bytes) => file(5, bytes));
  assert.deepEqual(shape(files), {
    hours: [
      [
        5,
        [
          [90, 90],
          [90, 90],
        ],
        0,
      ],
    ],
    waiting: 0,
  });
});

test('hours that are not sealed, without an hour, or with few small files are left alone', () => {
  const files = [
    file(100, 1),
    file(100, 1),
    file(100, 1),
    file(null, 1),
    file(null, 1),
    file(null, 1),
    file(7, 1),
  ];
  assert.deepEqual(shape(files), { hours: [], waiting: 0 });
});

test('an hour with deletes is made anew whole, and its deletes go', () => {
  const files = [file(5, 1000), file(5, 10), file(5, 1, CONTENT.deletes), file(6, 1, CONTENT.deletes)];
  assert.deepEqual(shape(files), {
    hours: [
      [5, [[1000], [10]], 1],
      [6, [], 1],
    ],
    waiting: 0,
  });
});

test('a commit has so many hours and bytes, the oldest first, and at least one hour', () => {
  const files = [3, 1, 2].flatMap((hour) => [file(hour, 80), file(hour, 80), file(hour, 80)]);
  const few = shape(files, 100, { ...RULES, mostHours: 2 });
  assert.deepEqual([few.hours.map(([hour]) => hour), few.waiting], [[1, 2], 1]);
  const small = shape(files, 100, { ...RULES, mostBytes: 1 });
  assert.deepEqual([small.hours.map(([hour]) => hour), small.waiting], [[1], 2]);
});

test('whatever there is, each file goes into one new file at most, and none of them alone but for deletes', () => {
  const any = fc.array(
    fc.record({
      hour: fc.option(fc.integer({ min: 0, max: 5 })),
      bytes: fc.integer({ min: 1, max: 400 }),
      content: fc.constantFrom(CONTENT.data, CONTENT.data, CONTENT.data, CONTENT.deletes),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(any, (list) => {
      const files = list.map(({ hour, bytes, content }) => file(hour, bytes, content));
      for (const { hour, bins, deletes } of planCompaction(files, 'hour', 4, RULES).hours) {
        assert.ok(hour < 4);
        const taken = bins.flat();
        assert.equal(new Set(taken).size, taken.length);
        const ofHour = files.filter(({ partition }) => partition['hour'] === hour);
        for (const one of taken) assert.ok(ofHour.includes(one) && one.content === CONTENT.data);
        for (const bin of bins) {
          const bytes = bin.reduce((sum, one) => sum + Number(one.file_size_in_bytes), 0);
          assert.ok(bin.length === 1 || bytes <= RULES.targetBytes);
          assert.ok(bin.length > 1 || deletes.length > 0);
        }
        if (deletes.length > 0) assert.equal(taken.length + deletes.length, ofHour.length);
      }
    }),
  );
});
