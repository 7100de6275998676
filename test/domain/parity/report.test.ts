import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summariseAudit } from '../../../domain/audit/summary.ts';
import { generation, titleId } from '../../../domain/ids.ts';
import {
  differenceRecords,
  duplicateRecords,
  sentencesOf,
  type BlockDifference,
} from '../../../domain/parity/report.ts';
import { FOLD_VERSION, type Marker } from '../../../domain/speed-view.ts';

const tally = (events: number) => ({ events, entries: 1, digest: { a: events, b: 0 } });
const marker: Marker = {
  type: 'marker',
  ...{ topic: 'plays', partition: 0, block: 12, epoch: 1, from: 0, to: 16, foldVersion: FOLD_VERSION },
  ...{ rawHigh: 40, logTime: 5000, before: { rawHigh: 20, logTime: 1000 } },
  ...tally(11),
};
const difference: BlockDifference = {
  name: 'plays.g1/0/12',
  lane: 'both',
  ...{ batch: tally(12), speed: tally(11), log: null },
  titles: [
    { title: titleId('a=b'), lane: 'speed', cells: [], more: 3 },
    { title: titleId('c'), lane: 'batch', cells: [], more: 1 },
  ],
  moreTitles: 2,
};
const at = { generation: generation('g1'), version: 7, holds: true };

test('each title of a difference has a record of the block’s own window, which a later word replaces', () => {
  const records = differenceRecords(difference, marker, at);
  assert.deepEqual(
    records.map(({ verdict, value, windowStart, windowEnd }) => [verdict, value, windowStart, windowEnd]),
    [
      ['lanes differ: speed', 3, 1000, 5001],
      ['lanes differ: batch', 1, 1000, 5001],
    ],
  );
  const later = differenceRecords(difference, marker, { ...at, version: 8, holds: false });
  assert.deepEqual(
    later.map(({ upsertKey }) => upsertKey),
    records.map(({ upsertKey }) => upsertKey),
  );
  const holding = (said: typeof records): number =>
    summariseAudit(said).wrong.filter(({ holds }) => holds).length;
  assert.equal(holding(records), 2);
  assert.equal(holding([...later, ...records]), 0);
});

test('a difference of the past is wrong until it is called ok, however many windows have gone by', () => {
  const [record] = differenceRecords(difference, marker, at);
  const newer = {
    ...record!,
    upsertKey: 'x',
    metric: 'records',
    verdict: 'ok',
    windowStart: 9e6,
    windowEnd: 9.1e6,
  };
  const [wrong] = summariseAudit([record!, newer]).wrong;
  assert.deepEqual(
    [wrong?.holds, wrong?.scope['block'], wrong?.scope['title']],
    [true, 'plays.g1/0/12', 'a=b'],
  );
});

test('a block without named titles is told by its tallies', () => {
  const none = { ...difference, titles: [], moreTitles: 0, lane: 'unknown' as const };
  assert.deepEqual(sentencesOf(none), [
    'block plays.g1/0/12: the lanes differ, and the log does not hold the block any more; batch 12 events in 1 entries, speed 11 events in 1 entries',
  ]);
  assert.equal(differenceRecords(none, marker, at).length, 1);
  assert.equal(sentencesOf(difference).at(-1), 'block plays.g1/0/12: 2 more titles differ');
});

test('late duplicates are told apart from those that the extractor missed, and neither is called wrong', () => {
  const found = { topic: 'plays', partition: 3, records: 64, fromMs: 10, toMs: 20 } as const;
  const records = duplicateRecords([{ ...found, late: 2, withinWindow: 1 }], 1);
  assert.deepEqual(
    records.map(({ metric, value, weight, verdict }) => [metric, value, weight, verdict]),
    [
      ['late_duplicates', 2, 64, undefined],
      ['missed_duplicates', 1, 64, undefined],
    ],
  );
  assert.deepEqual(duplicateRecords([{ ...found, late: 0, withinWindow: 0 }], 1), []);
});
