import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generation, region, titleId } from '../../../domain/ids.ts';
import { MEASURE_COUNT } from '../../../domain/measures.ts';
import { createSpeedTotals } from '../../../domain/speed-totals.ts';
import { silentLog } from '../../../infra/log.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import {
  createSpeedSnapshots,
  type SpeedSnapshot,
  type SpeedSnapshotsOptions,
  type TakenSnapshot,
} from '../../../infra/speed-snapshots/store.ts';
import { repeated, speedRecordsOf } from '../../support/speed-records.ts';

const SHAPE = { generation: generation('g1'), partitions: 2, blockSize: 8 };
const PREFIX = 'local/speed-snapshots/g1';

function snapshotOf(events: number): TakenSnapshot {
  const totals = createSpeedTotals(SHAPE);
  const lane = { topic: 'plays', partition: 0, blockSize: SHAPE.blockSize } as const;
  for (const record of speedRecordsOf(lane, repeated(events, { title: 'a', country: 'DE', bucket: 1 })))
    totals.apply('plays', 0, record);
  return { lanes: totals.lanes(), positions: new Map([[0, events]]) };
}

function playsOf(snapshot: SpeedSnapshot | undefined): number | undefined {
  if (snapshot === undefined) return undefined;
  const sums = new Float64Array(MEASURE_COUNT);
  createSpeedTotals(SHAPE, undefined, snapshot.state).addTitle(titleId('a'), undefined, sums);
  return sums[0];
}

function open(store: ObjectStore, more: Partial<SpeedSnapshotsOptions> = {}) {
  return createSpeedSnapshots({
    ...{ store, region: region('local'), shape: SHAPE, everyMs: 1000, maxAgeMs: 10_000, maxBytes: 1 << 20 },
    ...{ log: silentLog(), now: () => 5000, ...more },
  });
}

test('what one process wrote another reads, with the positions it stands at', async () => {
  const store = createMemoryObjectStore();
  assert.equal(await open(store).load(), undefined);
  assert.equal(await open(store).write(() => snapshotOf(20)), 'written');
  const loaded = await open(store).load();
  assert.equal(playsOf(loaded), 20);
  assert.deepEqual([...loaded!.positions], [[0, 20]]);
});

test('one writes at a time, and none while the newest is young', async () => {
  const store = createMemoryObjectStore();
  const outcomes = await Promise.all([1, 2, 3].map(() => open(store).write(() => snapshotOf(20))));
  assert.deepEqual(outcomes.filter((one) => one === 'written').length, 1);
  assert.equal(await open(store).write(() => assert.fail('it is not asked for')), 'young');
  const later = { now: () => 6500 };
  assert.equal(await open(store, later).write(() => assert.fail('it is not asked for')), 'taken');
  const muchLater = { now: () => 200_000 };
  assert.equal(await open(store, muchLater).write(() => snapshotOf(30)), 'written');
  assert.equal(playsOf(await open(store, muchLater).load()), 30);
});

test('parts of the snapshot before stay for who is reading them; older ones, and those of killed writers, go', async () => {
  const store = createMemoryObjectStore();
  await store.put(`${PREFIX}/0bad/plays-0`, new Uint8Array(3));
  for (const now of [0, 200_000, 400_000]) await open(store, { now: () => now }).write(() => snapshotOf(20));
  const ids = (await store.list(`${PREFIX}/`)).map(({ key }) => key.slice(PREFIX.length + 1).split('/'));
  assert.equal(new Set(ids.filter(([, part]) => part !== undefined).map(([id]) => id)).size, 2);
});

test('a snapshot that is torn, lacks a part, or is of another fold, block size or age is ignored', async () => {
  const store = createMemoryObjectStore();
  await open(store).write(() => snapshotOf(20));
  assert.equal(await open(store, { now: () => 20_000 }).load(), undefined, 'old');
  assert.equal(await open(store, { shape: { ...SHAPE, blockSize: 16 } }).load(), undefined, 'block size');
  assert.equal(await open(store, { shape: { ...SHAPE, partitions: 4 } }).load(), undefined, 'partitions');
  assert.equal(await open(store, { maxBytes: 10 }).load(), undefined, 'large');
  const key = `${PREFIX}/manifest.json`;
  const manifest = Buffer.from((await store.get(key))!.body).toString();
  for (const bad of [
    manifest.replace(/"foldVersion": \d+/, '"foldVersion": 99'),
    manifest.replace(/"format": \d+/, '"format": 99'),
    manifest.replace(/"sha256": "./, '"sha256": "x'),
    manifest.slice(0, 50),
  ]) {
    await store.put(key, Buffer.from(bad));
    assert.equal(await open(store).load(), undefined, bad);
  }
  await store.put(key, Buffer.from(manifest));
  assert.equal(playsOf(await open(store).load()), 20);
  for (const { key: part } of (await store.list(`${PREFIX}/`)).filter(({ key: one }) =>
    /plays-0|sums/.test(one),
  )) {
    const { body } = (await store.get(part))!;
    await store.put(part, body.subarray(0, -1));
    assert.equal(await open(store).load(), undefined, `${part} is torn`);
    await store.delete(part);
    assert.equal(await open(store).load(), undefined, `${part} is missing`);
    await store.put(part, body);
  }
  assert.equal(playsOf(await open(store).load()), 20);
});

test('what is too large is not written, and leaves nothing behind', async () => {
  const store = createMemoryObjectStore();
  assert.equal(await open(store, { maxBytes: 10 }).write(() => snapshotOf(20)), 'large');
  assert.deepEqual(
    (await store.list(`${PREFIX}/`)).map(({ key }) => key),
    [`${PREFIX}/claim.json`],
  );
});
