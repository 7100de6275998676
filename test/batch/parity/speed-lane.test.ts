import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createSpeedLane, type ReadSpeedView } from '../../../batch/parity/speed-lane.ts';
import { parseSpeedKey } from '../../../domain/seam.ts';
import { refKey } from '../../../domain/parity/block.ts';
import { FOLD_VERSION, type SpeedRecord } from '../../../domain/speed-view.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { playStarts } from '../../support/activity-world.ts';
import { afterRun } from '../../../domain/parity/state.ts';
import { BLOCK, createParityWorld } from '../../support/parity-world.ts';
import { repeated, speedRecordsOf } from '../../support/speed-records.ts';

const SHAPE = { topic: 'plays', partition: 0, blockSize: BLOCK } as const;
const ALL = [{ topic: 'plays', partition: 0, from: 0, to: 10 }] as const;
const event = { title: 't1', country: 'SE', bucket: 5_966_400 };

const over = (records: readonly SpeedRecord[]): ReturnType<typeof createSpeedLane> => {
  const read: ReadSpeedView = (_wanted, isWanted, take) => {
    for (const record of records) {
      const ref = parseSpeedKey(record.key)!;
      if (isWanted(ref)) take(record, ref);
    }
    return Promise.resolve();
  };
  return createSpeedLane(read, BLOCK);
};

let duckdb: DuckDb;
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
});
after(() => duckdb.close());

test('only finished blocks are held, with the hours of their cells', async () => {
  const records = speedRecordsOf(SHAPE, repeated(2 * BLOCK + 3, event));
  const held = await over(records).held(ALL);
  assert.deepEqual(
    held.map(({ block, hours, marker }) => [block, [...hours], marker.events]),
    [
      [0, [497_200], BLOCK],
      [1, [497_200], BLOCK],
    ],
  );
  const later = await over(records).held([{ ...ALL[0], from: 1 }]);
  assert.deepEqual(
    later.map(({ block }) => block),
    [1],
  );
});

test('a block whose chunks or marker were cleared up is not held, and one in the middle of it is no other block', async () => {
  const records = speedRecordsOf(SHAPE, repeated(2 * BLOCK, event));
  const ofFirst = records.filter(({ key }) => parseSpeedKey(key)!.block === 0);
  const buried = ofFirst.map(({ key }) => ({ key, value: null }));
  const cleared = await over([...records, ...buried]).held(ALL);
  assert.deepEqual(
    cleared.map(({ block }) => block),
    [1],
  );
  // Compaction has taken a chunk away and left the marker.
  const torn = records.filter(({ key }) => key !== ofFirst[0]!.key);
  assert.deepEqual(
    (await over(torn).held(ALL)).map(({ block }) => block),
    [1],
  );
  assert.equal((await over(torn).contents([{ topic: 'plays', partition: 0, block: 0 }])).size, 0);
});

test('blocks of another version of the fold are not held', async () => {
  const other = speedRecordsOf(SHAPE, repeated(BLOCK, event)).map(({ key, value }) => ({
    key,
    value: value && { ...value, foldVersion: FOLD_VERSION + 1 },
  }));
  assert.deepEqual(await over(other as SpeedRecord[]).held(ALL), []);
});

test('what a block holds adds up to what its marker says', async () => {
  const lane = over(speedRecordsOf(SHAPE, repeated(BLOCK, event)));
  const [held] = await lane.held(ALL);
  const contents = await lane.contents([held!]);
  const { events, entries, parts } = contents.get(refKey(held!))!;
  assert.deepEqual([events, entries], [held!.marker.events, held!.marker.entries]);
  assert.equal(
    parts.reduce((sum, { columns }) => sum + columns.size, 0),
    entries,
  );
});

test('late duplicates are counted apart from those that came within the window, and are no difference', async () => {
  const HOUR = 60;
  const once = playStarts(0, BLOCK, 't1', 'a');
  // The same ids an hour and two days later.
  const soon = playStarts(0, BLOCK, 't1', 'a').map((record) => moved(record, HOUR));
  const late = playStarts(0, BLOCK, 't1', 'a').map((record) => moved(record, 48 * HOUR));
  const world = await createParityWorld(duckdb, {
    plays: [[...once, ...soon, ...late]],
    impressions: [[]],
  });
  const { report } = await world.job.run(world.state, world.manifest, { asOf: '2026-09-24T12:00:00.000Z' });
  assert.deepEqual([report.equal, report.differing], [3, []]);
  assert.deepEqual(
    report.duplicates.map(({ topic, partition, records, late: count, withinWindow }) => [
      ...[topic, partition, records, count, withinWindow],
    ]),
    [['plays', 0, 3 * BLOCK, BLOCK, BLOCK]],
  );
  const again = await world.job.run(
    afterRun(world.state, { compared: { plays: [2], impressions: [] }, open: [], report }, 5),
    world.manifest,
    { asOf: '2026-09-24T12:00:00.000Z' },
  );
  assert.deepEqual(
    again.report.duplicates.map(({ records, late: count }) => [records, count]),
    [[BLOCK, BLOCK]],
  );
});

type Play = ReturnType<typeof playStarts>[number];

function moved(record: Play, minutes: number): Play {
  const appendTime = record.appendTime + minutes * 60_000;
  return { ...record, appendTime, event: { ...record.event, eventTime: appendTime } };
}
