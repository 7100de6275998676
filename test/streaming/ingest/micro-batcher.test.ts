import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import {
  createMicroBatcher,
  type MicroBatcherSettings,
  type RawEvent,
} from '../../../streaming/ingest/micro-batcher.ts';
import { createFakeProducer, logGone, PARTITIONS } from '../../support/ingest.ts';

const open = (settings: Partial<MicroBatcherSettings> = {}) => {
  const producer = createFakeProducer();
  const batcher = createMicroBatcher(producer, {
    topic: 'raw',
    partitions: PARTITIONS,
    bufferBytes: 100_000,
    lingerMs: 5,
    ackTimeoutMs: 1000,
    ...settings,
  });
  return { producer, batcher };
};
const events = (...keys: string[]): RawEvent[] =>
  keys.map((key) => ({ key, value: Buffer.from(`of ${key}`) }));
const keyIn = (partition: number): string =>
  Array.from({ length: 1000 }, (_, i) => `p-${i}`).find(
    (key) => partitionOfKey(key, PARTITIONS) === partition,
  ) ?? '';

test('events of several requests leave in one send, each to the partition of its profile', async () => {
  const { producer, batcher } = open();
  const failures = await Promise.all([batcher.append(events('a', 'b')), batcher.append(events('c'))]);
  assert.deepEqual(
    failures.map(({ size }) => size),
    [0, 0],
  );
  assert.equal(producer.sends.length, 1);
  assert.deepEqual(
    producer.sent.map(({ key, value, partition }) => [key, String(value), partition]),
    ['a', 'b', 'c'].map((key) => [key, `of ${key}`, partitionOfKey(key, PARTITIONS)]),
  );
  await batcher.close();
  assert.ok(producer.closed);
});

test('nothing is acknowledged before the producer says so', async () => {
  const { producer, batcher } = open();
  const gate: PromiseWithResolvers<void> = Promise.withResolvers();
  producer.answer = () => gate.promise;
  let settled = false;
  const appended = batcher.append(events('a')).then(() => (settled = true));
  await sleep(50);
  assert.equal(settled, false);
  gate.resolve();
  await appended;
  assert.equal(batcher.bufferedBytes(), 0);
});

test('while two sends are under way, what comes gathers into one', async () => {
  const { producer, batcher } = open({ lingerMs: 0 });
  const gate: PromiseWithResolvers<void> = Promise.withResolvers();
  producer.answer = () => gate.promise;
  const appends = ['a', 'b', 'c', 'd', 'e'].map((key) => batcher.append(events(key)));
  await sleep(20);
  assert.equal(producer.sends.length, 2);
  gate.resolve();
  await Promise.all(appends);
  assert.deepEqual(
    producer.sends.map(([first]) => first?.messages.length),
    [1, 1, 3],
  );
});

test('a buffer that is full takes none of a request, and takes more once it was emptied', async () => {
  const { producer, batcher } = open({ bufferBytes: 1000, lingerMs: 0 });
  const gate: PromiseWithResolvers<void> = Promise.withResolvers();
  producer.answer = () => gate.promise;
  const large = [{ key: 'a', value: Buffer.alloc(600) }];
  const first = batcher.append(large);
  await assert.rejects(batcher.append(large), (error) => isMarqueeError(error, 'BUFFER_FULL'));
  gate.resolve();
  await first;
  await batcher.append(large);
  assert.equal(producer.sent.length, 2);
});

test('a partition that is out of order fails its own events alone', async () => {
  const { producer, batcher } = open();
  producer.answer = ([topic]) =>
    topic?.messages.some(({ partition }) => partition === 2) ? logGone() : Promise.resolve();
  const one = batcher.append(events(keyIn(0), keyIn(2), keyIn(1), keyIn(2)));
  const other = batcher.append(events(keyIn(3)));
  assert.deepEqual([...(await one).keys()], [1, 3]);
  assert.ok([...(await one).values()].every((error) => isMarqueeError(error, 'LOG_UNAVAILABLE')));
  assert.equal((await other).size, 0);
});

test('a caller is not kept beyond the ack timeout, and the bytes stay counted until the answer', async () => {
  const { producer, batcher } = open({ ackTimeoutMs: 30, lingerMs: 0 });
  const gate: PromiseWithResolvers<void> = Promise.withResolvers();
  producer.answer = () => gate.promise;
  const failures = await batcher.append(events('a', 'b'));
  assert.deepEqual([...failures.keys()], [0, 1]);
  assert.match(failures.get(0)?.message ?? '', /no acknowledgement within 30 ms/);
  assert.ok(batcher.bufferedBytes() > 0);
  gate.resolve();
  await batcher.close();
  assert.equal(batcher.bufferedBytes(), 0);
});

test('closing sends what was gathered and takes no more', async () => {
  const { producer, batcher } = open({ lingerMs: 60_000 });
  const appended = batcher.append(events('a'));
  await batcher.close();
  assert.equal((await appended).size, 0);
  assert.equal(producer.sent.length, 1);
  await assert.rejects(batcher.append(events('b')), (error) => isMarqueeError(error, 'LOG_UNAVAILABLE'));
});

test('after a move events go to the next topic, and so do those that the one before refuses', async () => {
  const { producer, batcher } = open({ lingerMs: 50 });
  producer.answer = ([first]) => (first?.topic === 'raw' ? logGone() : Promise.resolve());
  const gathered = batcher.append(events('a', 'b'));
  batcher.moveTo({ topic: 'next', partitions: 2 * PARTITIONS });
  const later = batcher.append(events('c'));
  assert.deepEqual([(await gathered).size, (await later).size], [0, 0]);
  assert.deepEqual(
    producer.sent.map(({ key, partition }) => [key, partition]).sort(),
    ['a', 'b', 'c'].map((key) => [key, partitionOfKey(key, 2 * PARTITIONS)]),
  );
  assert.deepEqual(new Set(producer.sends.map(([first]) => first?.topic)), new Set(['raw', 'next']));
  await batcher.close();
});

test('what was gathered before a move leaves for its own topic while that takes it', async () => {
  const { producer, batcher } = open({ lingerMs: 1000 });
  const gathered = batcher.append(events('a'));
  batcher.moveTo({ topic: 'next', partitions: 2 * PARTITIONS });
  await gathered;
  assert.deepEqual(
    producer.sends.map(([first]) => first?.topic),
    ['raw'],
  );
  await batcher.close();
});
