import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSpeedReader } from '../../../domain/speed-reader.ts';
import { cellChanges, versionOf } from '../../../streaming/totals/cell-changes.ts';
import { repeated, speedRecordsOf, type CountedEvent } from '../../support/speed-records.ts';

const SHAPE = { topic: 'plays', partition: 0, blockSize: 16 } as const;
const event = (title: string, country = 'US'): CountedEvent => ({ title, country, bucket: 9 });

/** `a US 9: 3` for each cell said anew, and `-` for those taken away. */
function said(before: readonly CountedEvent[], after: readonly CountedEvent[]): string[] {
  const reader = createSpeedReader(SHAPE.blockSize);
  const told: string[] = [];
  for (const records of [speedRecordsOf(SHAPE, before), speedRecordsOf(SHAPE, after)]) {
    told.length = 0;
    for (const record of records) {
      const change = reader.apply(record);
      if (change === undefined) continue;
      const version = versionOf(reader.committed(change.block)!.marker);
      for (const { title, country, bucket, measures } of cellChanges(change, version)) {
        told.push(`${title} ${country} ${bucket}: ${measures === undefined ? '-' : measures[0]}`);
      }
    }
  }
  return told.sort();
}

test('only cells whose totals changed are said anew, with absolute totals', () => {
  const before = [...repeated(3, event('a')), event('b', 'DE'), event('c')];
  assert.deepEqual(said(before, [...before, event('a'), event('d')]), ['a US 9: 4', 'd US 9: 1']);
  assert.deepEqual(said([], before), ['a US 9: 3', 'b DE 9: 1', 'c US 9: 1']);
  assert.deepEqual(said(before, before), []);
});

test('cells that a better state has no more are taken away', () => {
  const reader = createSpeedReader(SHAPE.blockSize);
  const changes = speedRecordsOf(SHAPE, [event('a'), event('b')]).flatMap(
    (record) => reader.apply(record) ?? [],
  );
  const [{ added }] = changes as [(typeof changes)[0]];
  const told = cellChanges({ removed: added, added: [] }, 7n);
  assert.deepEqual(told.map(({ title, measures, version }) => [title, measures, version]).sort(), [
    ['a', undefined, 7n],
    ['b', undefined, 7n],
  ]);
});

test('a later fold version is above any reach of an earlier one', () => {
  const at = (foldVersion: number, to: number): bigint => versionOf({ foldVersion, from: 2 ** 30, to });
  assert.ok(at(2, 2 ** 30 + 5) > at(2, 2 ** 30 + 4));
  assert.ok(at(3, 2 ** 30) > at(2, 2 ** 30 + 2 ** 24));
});
