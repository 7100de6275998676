import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import type { ISocketFactory } from 'kafkajs';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import type { LogBatch } from '../../../infra/kafka/consumer-port.ts';
import { runConsumer } from '../../../infra/kafka/consumer.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { openTestKafka, type TestKafka } from '../../support/kafka.ts';
import { until } from '../../support/until.ts';

const RECORD_BYTES = 1200;

let kafka: TestKafka;
let producer: LogProducer;
before(async () => {
  kafka = openTestKafka();
  producer = await createProducer(kafka.client, { maxRecordBytes: 10_000 });
});
after(async () => {
  await producer.close();
  await kafka.close();
});

/** A value that says which record of its partition it is. */
const valueOf = (index: number): Buffer => Buffer.alloc(RECORD_BYTES, `${index}.`);

async function filled(partitions: number, perPartition: number): Promise<string> {
  const topic = await kafka.topic('fetched', partitions);
  for (let from = 0; from < perPartition; from += 100) {
    const messages = Array.from({ length: 100 * partitions }, (_, i) => ({
      key: `k${i}`,
      value: valueOf(from + Math.floor(i / partitions)),
      partition: i % partitions,
    }));
    await producer.send([{ topic, messages }]);
  }
  return topic;
}

async function readTopic(
  client: KafkaClient,
  topic: string,
  total: number,
  look: (batch: LogBatch) => number,
  readsAhead = false,
): Promise<void> {
  let seen = 0;
  const next = new Map<number, number>();
  const consumer = runConsumer(client, {
    groupId: `group-${topic}-${Math.random()}`,
    topics: [topic],
    readsAhead,
    onAssigned: (_topic, partition) => Promise.resolve(next.get(partition)),
    onRevoked: () => undefined,
    async onBatch(batch) {
      const count = look(batch);
      seen += count;
      next.set(batch.partition, (next.get(batch.partition) ?? 0) + count);
    },
  });
  try {
    await Promise.race([until(() => seen >= total, 30_000), consumer.closed]);
  } finally {
    await consumer.stop();
  }
  assert.equal(seen, total);
}

for (const readsAhead of [false, true]) {
  const how = readsAhead ? 'fetched ahead' : 'fetched when wanted';
  test(`memory that was given back holds other answers, and every value is read as it was sent, ${how}`, async () => {
    const topic = await filled(3, 1000);
    const client = kafka.another({ settings: { maxBytesPerPartition: 150_000 } });
    const memories = new Set<unknown>();
    const read: number[][] = [[], [], []];
    let answers = 0;
    const look = ({ partition, columns, release }: LogBatch): number => {
      const { count, offsets, bytes, keyStart, valueStart, valueEnd } = columns();
      for (let i = 0; i < count; i += 1) {
        const value = bytes.subarray(valueStart[i], valueEnd[i]);
        assert.ok(value.equals(valueOf(offsets[i]!)), `record ${offsets[i]} of partition ${partition}`);
        assert.equal(bytes[keyStart[i]!], 'k'.charCodeAt(0));
      }
      read[partition]?.push(...offsets);
      release();
      memories.add(bytes.buffer);
      answers += 1;
      return count;
    };
    await readTopic(client, topic, 3000, look, readsAhead);
    const each = Array.from({ length: 1000 }, (_, i) => i);
    assert.deepEqual(read, [each, each, each]);
    assert.ok(memories.size < answers / 2, `${memories.size} pieces of memory for ${answers} batches`);
  });
}

test('records that were asked for stay as they are, though their batch is given back', async () => {
  const topic = await filled(2, 600);
  const client = kafka.another({ settings: { maxBytesPerPartition: 150_000 } });
  const kept: { readonly offset: number; readonly value: Buffer | null }[] = [];
  await readTopic(client, topic, 1200, (batch) => {
    kept.push(...batch.records);
    batch.release();
    return batch.records.length;
  });
  for (const { offset, value } of kept) assert.ok(value?.equals(valueOf(offset)), `record ${offset}`);
});

test('an answer that was torn on the way is fetched again', async () => {
  const topic = await filled(1, 200);
  let torn = 0;
  const mark = valueOf(77).subarray(0, 40);
  const tear = (piece: Buffer): Buffer => {
    const at = piece.indexOf(mark);
    if (at < 0 || torn > 0) return piece;
    torn += 1;
    const copy = Buffer.from(piece);
    copy[at + 1] = copy[at + 1]! ^ 4;
    return copy;
  };
  const openSocket: ISocketFactory = ({ host, port, onConnect }) => {
    const socket: Socket = connect({ host, port }, onConnect);
    const on = socket.on.bind(socket) as (event: string, listener: (piece: Buffer) => void) => Socket;
    const tearing = (event: string, listener: (piece: Buffer) => void): Socket =>
      on(event, event === 'data' ? (piece) => listener(tear(piece)) : listener);
    return Object.assign(socket, { on: tearing });
  };
  const client = kafka.another({ openSocket });
  await readTopic(client, topic, 200, ({ records }) => {
    for (const { offset, value } of records) assert.ok(value?.equals(valueOf(offset)), `record ${offset}`);
    return records.length;
  });
  assert.equal(torn, 1);
});
