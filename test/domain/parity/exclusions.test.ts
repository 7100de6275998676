import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  exclusionOf,
  MOST_EXCLUSIONS,
  withExclusion,
  type Exclusion,
} from '../../../domain/parity/exclusions.ts';
import { HOUR_MS } from '../../../domain/time.ts';

const LOG = { generation: 'g1', blockSize: 16 };
const at = { topic: 'plays', partition: 1, block: 3 } as const;
const hours = (name: string, from: number, to: number): Exclusion => ({
  name,
  kind: 'backfill',
  touched: { fromMs: from * HOUR_MS, toMs: to * HOUR_MS },
});

test('a corrected hour touches the blocks that have cells of it, in either lane', () => {
  const known = [hours('fix', 10, 12)];
  assert.equal(exclusionOf(known, at, [9, 11], LOG)?.name, 'fix');
  assert.equal(exclusionOf(known, at, [9, 12], LOG), undefined);
  assert.equal(exclusionOf(known, at, [-1], LOG), undefined);
});

test('corrected offsets touch the blocks that they lie in, of their partition and generation alone', () => {
  const touched = { topic: 'plays', generation: 'g1', partition: 1, from: 63, to: 65 } as const;
  const known: Exclusion[] = [{ name: 'erased', kind: 'erasure', touched }];
  const is = (ref: typeof at | object, log = LOG): boolean =>
    exclusionOf(known, { ...at, ...ref }, [], log) !== undefined;
  assert.deepEqual(
    [2, 3, 4, 5].map((block) => is({ block })),
    [false, true, true, false],
  );
  assert.equal(is({ partition: 0 }), false);
  assert.equal(is({ topic: 'impressions' }), false);
  assert.equal(is({}, { ...LOG, generation: 'g2' }), false);
});

test('a correction said again replaces itself, and only so many are kept', () => {
  let known: readonly Exclusion[] = [];
  for (let i = 0; i <= MOST_EXCLUSIONS; i++) known = withExclusion(known, hours(`fix-${i}`, i, i + 1));
  assert.deepEqual([known.length, known[0]?.name], [MOST_EXCLUSIONS, 'fix-1']);
  known = withExclusion(known, hours('fix-5', 0, 100));
  assert.deepEqual([known.length, known.at(-1)?.name], [MOST_EXCLUSIONS, 'fix-5']);
});
