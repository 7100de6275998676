import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError } from '../../../domain/errors.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { logBounds, offsetsAt } from '../../../infra/kafka/offsets.ts';
import { readAll } from '../../../infra/kafka/reader.ts';
import { openTestKafka, type TestKafka } from '../../support/kafka.ts';
import { until } from '../../support/until.ts';

let kafka: TestKafka;
let producer: LogProducer;
before(async () => {
  kafka = openTestKafka();
  producer = await createProducer(kafka.client, { maxRecordBytes: 100_000 });
});
after(async () => {
  await producer.close();
  await kafka.close();
});

async function append(
  topic: string,
  entries: readonly [partition: number, key: string, value: string | null][],
) {
  const messages = entries.map(([partition, key, value]) => ({
    key,
    value: value === null ? null : Buffer.from(value),
    partition,
  }));
  await producer.send([{ topic, messages }]);
}

function collector() {
  const seen: string[] = [];
  const state = { caughtUpAfter: -1 };
  return {
    seen,
    state,
    onRecords: ({
      partition,
      records,
    }: {
      partition: number;
      records: readonly { key: Buffer | null }[];
    }) => {
      for (const { key } of records) seen.push(`${partition}:${String(key)}`);
    },
    onCaughtUp: () => {
      state.caughtUpAfter = seen.length;
    },
  };
}

test('reads a topic to its end, says so once, and follows it', async () => {
  const topic = await kafka.topic('reader', 3);
  await append(topic, [
    [0, 'a', '1'],
    [1, 'b', '2'],
    [0, 'c', '3'],
  ]);
  const { seen, state, ...callbacks } = collector();
  const reader = await readAll(kafka.client, { topic, live: true, ...callbacks });
  await reader.caughtUp;
  assert.equal(state.caughtUpAfter, 3);
  assert.deepEqual(seen.toSorted(), ['0:a', '0:c', '1:b']);
  await append(topic, [[2, 'd', null]]);
  await until(() => seen.length === 4);
  assert.deepEqual(Object.fromEntries(reader.positions()), { 0: 2, 1: 1, 2: 1 });
  await reader.stop();
  await reader.closed;
  const admin = await kafka.client.admin();
  const { groups } = await admin.listGroups();
  assert.deepEqual(
    groups.filter(({ groupId }) => groupId.includes(topic)),
    [],
    'the group is deleted',
  );
});

test('an empty topic is caught up with at once', async () => {
  const topic = await kafka.topic('reader', 2);
  const { state, ...callbacks } = collector();
  const reader = await readAll(kafka.client, { topic, live: false, ...callbacks });
  await reader.caughtUp;
  await reader.closed;
  assert.equal(state.caughtUpAfter, 0);
});

test('reads only the partitions asked for, from the offsets given', async () => {
  const topic = await kafka.topic('reader', 2);
  await append(topic, [
    [0, 'a', '1'],
    [1, 'b', '2'],
    [1, 'c', '3'],
  ]);
  const { seen, ...callbacks } = collector();
  const fromOffsets = new Map([[1, 1]]);
  const reader = await readAll(kafka.client, {
    topic,
    partitions: [1],
    fromOffsets,
    live: false,
    ...callbacks,
  });
  await reader.closed;
  assert.deepEqual(seen, ['1:c']);
});

test('a log whose last records are gone is caught up with all the same', async () => {
  const topic = await kafka.topic('reader', 1);
  await append(topic, [
    [0, 'a', '1'],
    [0, 'b', '2'],
  ]);
  // A position at the end but one, with the end beyond reach: what compaction of a last tombstone leaves behind.
  const admin = await kafka.client.admin();
  const partitions = [{ partition: 0, offset: '2' }];
  await until(() =>
    admin.deleteTopicRecords({ topic, partitions }).then(...([() => true, () => false] as const)),
  );
  const { state, ...callbacks } = collector();
  const reader = await readAll(kafka.client, {
    topic,
    fromOffsets: new Map([[0, 1]]),
    live: true,
    ...callbacks,
  });
  await reader.caughtUp;
  assert.equal(state.caughtUpAfter, 0);
  await reader.stop();
});

test('a broker slow to say where the log ends does not pass for the end of the log', async () => {
  const topic = await kafka.topic('reader', 1);
  await append(
    topic,
    Array.from({ length: 1000 }, (_, i): [number, string, string] => [0, String(i), 'v']),
  );
  const admin = await kafka.client.admin();
  let asked = 0;
  const slow = {
    ...admin,
    async fetchTopicOffsets(name: string) {
      asked += 1;
      if (asked > 1) await sleep(3000);
      return admin.fetchTopicOffsets(name);
    },
  };
  const { seen, state, ...callbacks } = collector();
  let fetchesBeforeRecords = 0;
  const reader = await readAll(
    { ...kafka.client, admin: () => Promise.resolve(slow) },
    {
      topic,
      live: true,
      ...callbacks,
      onFetched: () => void (fetchesBeforeRecords += seen.length === 0 ? 1 : 0),
    },
  );
  await reader.caughtUp;
  assert.equal(asked, 2);
  assert.equal(state.caughtUpAfter, 1000);
  assert.equal(fetchesBeforeRecords, 1, 'a fetch is told when the broker answered, not while all is paused');
  await reader.stop();
});

test('a reader that is stopped early says so to those who wait', async () => {
  const topic = await kafka.topic('reader', 1);
  await append(topic, [[0, 'a', '1']]);
  const { state: _state, seen: _seen, ...callbacks } = collector();
  const reader = await readAll(kafka.client, { topic, live: true, ...callbacks });
  await reader.stop();
  await assert.rejects(reader.caughtUp, (error) => isMarqueeError(error, 'LOG_UNAVAILABLE'));
});

test('bounds and offsets by time', async () => {
  const topic = await kafka.topic('reader', 2);
  const at = (timestamp: number) => ({ key: 'k', value: Buffer.from('v'), partition: 1, timestamp });
  const now = Date.now();
  await producer.send([{ topic, messages: [at(now - 3000), at(now - 2000), at(now - 1000)] }]);
  assert.deepEqual(await logBounds(kafka.client, topic), [
    { partition: 0, start: 0, end: 0 },
    { partition: 1, start: 0, end: 3 },
  ]);
  assert.deepEqual(await offsetsAt(kafka.client, topic, now - 2000), [
    { partition: 0, offset: 0 },
    { partition: 1, offset: 1 },
  ]);
  assert.equal((await offsetsAt(kafka.client, topic, now + 5000))[1]?.offset, 3);
  await assert.rejects(logBounds(kafka.client, `${topic}.none`), (error) =>
    isMarqueeError(error, 'LOG_UNAVAILABLE'),
  );
});
