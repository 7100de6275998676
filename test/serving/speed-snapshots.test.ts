import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { generation, region, titleId } from '../../domain/ids.ts';
import { MEASURE_COUNT } from '../../domain/measures.ts';
import { encodeSpeedMessage } from '../../domain/speed-codec.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { batchOfRecords } from '../../infra/kafka/log-batch.ts';
import { silentLog } from '../../infra/log.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import { createSpeedSnapshots } from '../../infra/speed-snapshots/store.ts';
import type { OpenReader } from '../../infra/kafka/follow-topic.ts';
import { openGenerationLane, type GenerationLane } from '../../serving/generation-lane.ts';
import { repeated, speedRecordsOf } from '../support/speed-records.ts';
import { until } from '../support/until.ts';

const SHAPE = { generation: generation('g1'), partitions: 1, blockSize: 8 };
const EVENTS = 30;
const RECORDS = speedRecordsOf(
  { topic: 'plays', partition: 0, blockSize: SHAPE.blockSize },
  repeated(EVENTS, { title: 'a', country: 'DE', bucket: 1 }),
);

/** A speed view of these records; tells from which offset on each reader has read. */
function topicOf(count: number) {
  const begun: number[] = [];
  const open: OpenReader = (options) => {
    const from = options.fromOffsets?.get(0) ?? 0;
    begun.push(from);
    const closing: PromiseWithResolvers<void> = Promise.withResolvers();
    if (from > count)
      closing.reject(
        new MarqueeError('LOG_TRUNCATED', { topic: 't', partition: 0, position: from, end: count }),
      );
    const records = RECORDS.slice(0, count).map(({ key, value }, offset) => ({
      ...{ offset, timestamp: 0, headers: {} },
      key: Buffer.from(key),
      value: value && Buffer.from(encodeSpeedMessage(value)),
    }));
    const rest = records.slice(from);
    const of = { topic: 'speed-view', partition: 0, highWatermark: count, isStale: () => false };
    const read = async (): Promise<void> => {
      if (rest.length > 0) await options.onRecords(batchOfRecords(of, rest));
      options.onCaughtUp?.();
    };
    if (from <= count) void read();
    return Promise.resolve({
      ...{ caughtUp: Promise.resolve(), closed: closing.promise, positions: () => new Map([[0, count]]) },
      stop: () => Promise.resolve(closing.resolve()),
    });
  };
  return { open, begun };
}

function openLane(store: ObjectStore, open: OpenReader): GenerationLane {
  const never: OpenReader = () => Promise.reject(new MarqueeError('LOG_UNAVAILABLE', { reason: 'not here' }));
  const serving = {
    logEndIntervalMs: 1000,
    speedSilentMs: 1000,
    snapshotIntervalMs: 50,
    snapshotPatienceMs: 1000,
  };
  return openGenerationLane(
    {
      ...{ region: region('local'), serving, onTurn: () => undefined, log: silentLog(), now: Date.now },
      openTopic: (topic) => (topic.includes('speed-view') ? open : never),
      askBounds: () => Promise.resolve([{ partition: 0, start: 0, end: EVENTS }]),
      openSnapshots: (shape) =>
        createSpeedSnapshots({
          ...{ store, region: region('local'), shape, everyMs: 50, maxAgeMs: 60_000, maxBytes: 1 << 20 },
          log: silentLog(),
        }),
      rowPlays: { take: () => Promise.resolve(), reset: () => undefined },
    },
    SHAPE,
  );
}

function playsOf({ speed }: GenerationLane): number {
  const sums = new Float64Array(MEASURE_COUNT);
  speed.totals().addTitle(titleId('a'), undefined, sums);
  return sums[0]!;
}

test('a start goes on from the snapshot that another process wrote, and reads only what came after', async (t) => {
  const store = createMemoryObjectStore();
  const first = topicOf(RECORDS.length - 3);
  const writer = openLane(store, first.open);
  t.after(writer.close);
  await until(async () => (await store.list('local/speed-snapshots/g1/manifest')).length > 0);
  await writer.close();
  const second = topicOf(RECORDS.length);
  const lane = openLane(store, second.open);
  t.after(lane.close);
  await lane.settled;
  assert.deepEqual([first.begun[0], second.begun[0]], [0, RECORDS.length - 3]);
  assert.equal(playsOf(lane), EVENTS);
  lane.speed.setCut({ plays: [2 * SHAPE.blockSize] });
  assert.equal(playsOf(lane), EVENTS - 2 * SHAPE.blockSize, 'blocks below a newer cut are taken away again');
  lane.speed.setCut({});
  assert.equal(playsOf(lane), EVENTS, 'a pinned older view finds its blocks');
});

test('a snapshot from beyond the end of the topic is of another topic: everything is read', async (t) => {
  const store = createMemoryObjectStore();
  const writer = openLane(store, topicOf(RECORDS.length).open);
  await until(async () => (await store.list('local/speed-snapshots/g1/manifest')).length > 0);
  await writer.close();
  const other = topicOf(2);
  const lane = openLane(store, other.open);
  t.after(lane.close);
  await until(() => other.begun.length > 1);
  assert.deepEqual(other.begun.slice(0, 2), [RECORDS.length, 0]);
});

test('while the object store is away the topic is read', async (t) => {
  const gone = (): Promise<never> =>
    Promise.reject(new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key: 'any', reason: 'gone' }));
  const store: ObjectStore = { get: gone, put: gone, list: gone, delete: gone };
  const topic = topicOf(RECORDS.length);
  const lane = openLane(store, topic.open);
  t.after(lane.close);
  await lane.settled;
  await sleep(100);
  assert.deepEqual([topic.begun[0], playsOf(lane)], [0, EVENTS]);
});
