import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { isMarqueeError, MarqueeError } from '../../../domain/errors.ts';
import type { LogBatch, LogConsumer, LogGap } from '../../../infra/kafka/consumer-port.ts';
import { runConsumer, type ConsumerOptions } from '../../../infra/kafka/consumer.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { textOf } from '../../support/kafka-log.ts';
import { startKafkaProxy } from '../../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../../support/kafka.ts';
import { until } from '../../support/until.ts';

let kafka: TestKafka;
let producer: LogProducer;
const running: LogConsumer[] = [];
before(async () => {
  kafka = openTestKafka();
  producer = await createProducer(kafka.client, { maxRecordBytes: 100_000 });
});
after(async () => {
  await Promise.all(running.map((consumer) => consumer.stop()));
  await producer.close();
  await kafka.close();
});

const texts = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => String(from + i));

async function append(topic: string, partition: number, values: readonly string[]): Promise<void> {
  const messages = values.map((value) => ({ key: 'k', value: Buffer.from(value), partition }));
  await producer.send([{ topic, messages }]);
}

/** Lets the log begin at `offset`; a broker that does not know yet that records are replicated refuses at first. */
async function forget(topic: string, offset: number): Promise<void> {
  const admin = await kafka.client.admin();
  const partitions = [{ partition: 0, offset: String(offset) }];
  await until(() =>
    admin.deleteTopicRecords({ topic, partitions }).then(...([() => true, () => false] as const)),
  );
}

interface Reading {
  readonly consumer: LogConsumer;
  readonly seen: Map<number, string[]>;
  readonly events: string[];
  readonly gaps: LogGap[];
}

function read(topic: string, options: Partial<ConsumerOptions> = {}, client = kafka.client): Reading {
  const seen = new Map<number, string[]>();
  const events: string[] = [];
  const gaps: LogGap[] = [];
  const consumer = runConsumer(client, {
    groupId: `group-${topic}`,
    topics: [topic],
    ...options,
    async onAssigned(name, partition, isOver) {
      events.push(`+${partition}`);
      return options.onAssigned?.(name, partition, isOver);
    },
    async onRevoked(name, partition) {
      await options.onRevoked?.(name, partition);
      events.push(`-${partition}`);
    },
    async onBatch(batch) {
      await options.onBatch?.(batch);
      const list = seen.get(batch.partition) ?? [];
      list.push(...batch.records.map(textOf));
      seen.set(batch.partition, list);
    },
    onGap: (gap) => gaps.push(gap),
  });
  running.push(consumer);
  return { consumer, seen, events, gaps };
}

test('reads from the positions that the owner keeps, and goes on with what comes', async () => {
  const topic = await kafka.topic('consumer', 2);
  await append(topic, 0, texts(0, 10));
  await append(topic, 1, texts(0, 5));
  const positions = [7, undefined];
  const { consumer, seen, events } = read(topic, {
    onAssigned: (_topic, partition) => Promise.resolve(positions[partition]),
  });
  await until(() => seen.get(0)?.length === 3 && seen.get(1)?.length === 5);
  await append(topic, 0, texts(10, 12));
  await until(() => seen.get(0)?.length === 5);
  assert.deepEqual(seen.get(0), texts(7, 12));
  assert.deepEqual(seen.get(1), texts(0, 5));
  await consumer.stop();
  await consumer.closed;
  assert.deepEqual(events.toSorted(), ['+0', '+1', '-0', '-1']);
});

test('a record is delivered soon after it was appended', async () => {
  const topic = await kafka.topic('consumer', 1);
  const { consumer, seen } = read(topic);
  await append(topic, 0, ['warm']);
  await until(() => seen.get(0)?.length === 1);
  const delays: number[] = [];
  for (let i = 0; i < 10; i += 1) {
    const started = performance.now();
    await append(topic, 0, [String(i)]);
    await until(() => seen.get(0)?.length === i + 2, 2000, 1);
    delays.push(performance.now() - started);
  }
  const median = delays.sort((a, b) => a - b)[5] ?? Infinity;
  assert.ok(median < 500, `median ${median} ms`);
  await consumer.stop();
});

test('a position that the log no longer holds begins at its start and tells the gap', async () => {
  const topic = await kafka.topic('consumer', 1);
  await append(topic, 0, texts(0, 10));
  await forget(topic, 6);
  const { consumer, seen, gaps } = read(topic, { onAssigned: () => Promise.resolve(2) });
  await until(() => seen.get(0)?.length === 4);
  assert.deepEqual(gaps, [{ topic, partition: 0, expected: 2, found: 6 }]);
  assert.deepEqual(seen.get(0), texts(6, 10));
  await consumer.stop();
});

test('records that retention takes while reading are told as a gap, and reading goes on', async () => {
  const topic = await kafka.topic('consumer', 1);
  await append(topic, 0, texts(0, 3));
  const release: PromiseWithResolvers<void> = Promise.withResolvers();
  const { consumer, seen, gaps } = read(topic, {
    onBatch: ({ records }) => (records[0]?.offset === 0 ? release.promise : Promise.resolve()),
  });
  await sleep(500);
  await append(topic, 0, texts(3, 9));
  await forget(topic, 7);
  release.resolve();
  await until(() => seen.get(0)?.at(-1) === '8');
  assert.deepEqual(gaps, [{ topic, partition: 0, expected: 3, found: 7 }]);
  assert.deepEqual(seen.get(0), ['0', '1', '2', '7', '8']);
  await consumer.stop();
});

test('a log that ends before the stored position closes the consumer', async () => {
  const topic = await kafka.topic('consumer', 1);
  await append(topic, 0, texts(0, 3));
  const { consumer } = read(topic, { onAssigned: () => Promise.resolve(4) });
  await assert.rejects(consumer.closed, (error) => isMarqueeError(error, 'LOG_TRUNCATED'));
});

test('different partitions are handled at the same time', async () => {
  const topic = await kafka.topic('consumer', 2);
  const hold: PromiseWithResolvers<void> = Promise.withResolvers();
  await append(topic, 0, ['slow']);
  await append(topic, 1, ['quick']);
  const { consumer, seen } = read(topic, {
    onBatch: ({ partition }) => (partition === 0 ? hold.promise : Promise.resolve()),
  });
  await until(() => seen.get(1)?.length === 1);
  assert.equal(seen.get(0), undefined);
  hold.resolve();
  await until(() => seen.get(0)?.length === 1);
  await consumer.stop();
});

test('two members share the partitions, and one that leaves is replaced without loss', async () => {
  const topic = await kafka.topic('consumer', 4);
  const stored = new Map<number, number>();
  const options: Partial<ConsumerOptions> = {
    onAssigned: (_topic, partition) => Promise.resolve(stored.get(partition)),
    onBatch: async ({ partition, records }) => {
      await sleep(2);
      stored.set(partition, (records.at(-1)?.offset ?? 0) + 1);
    },
  };
  const one = read(topic, options);
  let next = 0;
  const appendAll = async (): Promise<void> => {
    for (let partition = 0; partition < 4; partition += 1)
      await append(topic, partition, texts(next, next + 5));
    next += 5;
  };
  await appendAll();
  await until(() => one.seen.size === 4);
  const two = read(topic, options);
  await until(() => two.events.length >= 2, 15_000);
  for (let i = 0; i < 10; i += 1) await appendAll();
  await until(() => [0, 1, 2, 3].every((partition) => stored.get(partition) === next), 15_000);
  assert.ok(two.seen.size > 0 && two.seen.size < 4, 'the second member has some partitions');
  await two.consumer.stop();
  await appendAll();
  await until(() => [0, 1, 2, 3].every((partition) => stored.get(partition) === next), 15_000);
  for (let partition = 0; partition < 4; partition += 1) {
    const all = [...(one.seen.get(partition) ?? []), ...(two.seen.get(partition) ?? [])];
    assert.deepEqual(
      [...new Set(all)].sort((a, b) => Number(a) - Number(b)),
      texts(0, next),
    );
  }
  await one.consumer.stop();
});

test('a batch under way learns that the group is sharing out anew, and onRevoked waits for it', async () => {
  const topic = await kafka.topic('consumer', 2);
  await append(topic, 0, ['a']);
  const order: string[] = [];
  let staleSeen = false;
  const one = read(topic, {
    onBatch: async (batch: LogBatch) => {
      if (order.length > 0) return;
      order.push('begin');
      await until(() => batch.isStale(), 15_000);
      staleSeen = true;
      await sleep(200);
      order.push('end');
    },
    onRevoked: () => {
      order.push('revoked');
    },
  });
  await until(() => order.length === 1);
  const two = read(topic);
  // Each member learns its partitions by itself: the second may be told before the first gives back its own.
  await until(() => two.events.length > 0 && order.length >= 3, 15_000);
  assert.ok(staleSeen);
  assert.deepEqual(order.slice(0, 3), ['begin', 'end', 'revoked']);
  await Promise.all([one.consumer.stop(), two.consumer.stop()]);
});

test('a retryable failure of a handler restarts from the stored position; another one closes the consumer', async () => {
  const topic = await kafka.topic('consumer', 1);
  await append(topic, 0, ['a']);
  let failures = 0;
  const { consumer, seen, events } = read(topic, {
    onBatch: ({ records }) => {
      if (textOf(records[0]!) === 'bad') throw new TypeError('a defect');
      failures += 1;
      if (failures < 3) throw new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key: 'k', reason: 'r' });
      return Promise.resolve();
    },
  });
  await until(() => seen.get(0)?.length === 1, 20_000);
  assert.equal(failures, 3);
  assert.deepEqual(events, ['+0', '-0', '+0', '-0', '+0']);
  await append(topic, 0, ['bad']);
  await assert.rejects(consumer.closed, /a defect/);
  assert.equal(events.at(-1), '-0');
});

test('rides out a broker that is away for a while', async () => {
  const topic = await kafka.topic('consumer', 1);
  const proxy = await startKafkaProxy();
  const client = kafka.another({
    openSocket: proxy.openSocket,
    settings: { maxRetries: 1, requestTimeoutMs: 500, connectionTimeoutMs: 300 },
  });
  const stored = { next: 0 };
  const { consumer, seen } = read(
    topic,
    {
      onAssigned: () => Promise.resolve(stored.next),
      onBatch: ({ records }) => {
        stored.next = (records.at(-1)?.offset ?? 0) + 1;
        return Promise.resolve();
      },
    },
    client,
  );
  await append(topic, 0, texts(0, 3));
  await until(() => seen.get(0)?.length === 3);
  proxy.cutOff();
  await append(topic, 0, texts(3, 6));
  await sleep(1500);
  proxy.restore();
  await until(() => seen.get(0)?.length === 6, 20_000);
  assert.deepEqual(seen.get(0), texts(0, 6));
  await consumer.stop();
  await proxy.close();
});

test('commits are what lag monitors see', async () => {
  const topic = await kafka.topic('consumer', 1);
  await append(topic, 0, texts(0, 4));
  const { consumer, seen } = read(topic);
  await until(() => seen.get(0)?.length === 4);
  consumer.commit(topic, 0, 3);
  await consumer.stop();
  const admin = await kafka.client.admin();
  const [committed] = await admin.fetchOffsets({ groupId: `group-${topic}`, topics: [topic] });
  assert.equal(committed?.partitions[0]?.offset, '3');
});
