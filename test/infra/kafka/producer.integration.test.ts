import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import type { Appended, LogProducer } from '../../../infra/kafka/producer-port.ts';
import { createProducer, createSingleFlightProducer, singleFlight } from '../../../infra/kafka/producer.ts';
import { readTopic, textOf } from '../../support/kafka-log.ts';
import { startKafkaProxy, type KafkaProxy } from '../../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../../support/kafka.ts';

const LIMITS = { maxRecordBytes: 900_000, maxWaiting: 200 };
const message = (text: string, partition: number) => ({ key: 'k', value: Buffer.from(text), partition });

let kafka: TestKafka;
let proxy: KafkaProxy;
before(async () => {
  kafka = openTestKafka();
  proxy = await startKafkaProxy();
});
after(async () => {
  await kafka.close();
  await proxy.close();
});

const ADAPTERS = { concurrent: createProducer, 'single flight': createSingleFlightProducer };

for (const [name, create] of Object.entries(ADAPTERS)) {
  describe(`the ${name} producer`, () => {
    const open = (): Promise<LogProducer> =>
      create(kafka.another({ openSocket: proxy.openSocket, settings: { requestTimeoutMs: 400 } }), LIMITS);

    test('says where records stand, and they stand there', async () => {
      const topic = await kafka.topic('producer', 3);
      const producer = await open();
      await producer.send([{ topic, messages: [message('zero', 1)] }]);
      const appended = await producer.send([
        {
          topic,
          messages: [
            { ...message('a', 1), timestamp: 1_790_000_000_000, headers: { reason: 'x' } },
            { key: null, value: null, partition: 2 },
            message('b', 1),
          ],
        },
      ]);
      assert.deepEqual(
        appended.sort((one, other) => one.partition - other.partition),
        [
          { topic, partition: 1, baseOffset: 1, count: 2 },
          { topic, partition: 2, baseOffset: 0, count: 1 },
        ] satisfies Appended[],
      );
      const records = await readTopic(kafka.client, topic);
      assert.deepEqual(records.get(1)?.map(textOf), ['zero', 'a', 'b']);
      assert.equal(records.get(1)?.[1]?.timestamp, 1_790_000_000_000);
      assert.equal(String(records.get(1)?.[1]?.headers['reason']), 'x');
      assert.deepEqual(
        records.get(2)?.map(({ key, value }) => ({ key, value })),
        [{ key: null, value: null }],
      );
      await producer.close();
    });

    test('sends a record without a partition where its key belongs', async () => {
      const topic = await kafka.topic('producer', 3);
      const producer = await open();
      const keys = Array.from({ length: 30 }, (_, i) => `profile-${i}`);
      await producer.send([{ topic, messages: keys.map((key) => ({ key, value: Buffer.from(key) })) }]);
      for (const [partition, records] of await readTopic(kafka.client, topic)) {
        assert.deepEqual(
          records.map(textOf),
          keys.filter((key) => partitionOfKey(key, 3) === partition),
        );
      }
      await producer.close();
    });

    test('splits what is too large for one append, in order', async () => {
      const topic = await kafka.topic('producer', 2);
      const producer = await open();
      const pad = 'x'.repeat(400_000);
      const messages = Array.from({ length: 7 }, (_, i) => message(`${i}${pad}`, i === 3 ? 1 : 0));
      const appended = await producer.send([{ topic, messages }]);
      assert.deepEqual(
        appended
          .filter(({ partition }) => partition === 0)
          .map(({ baseOffset, count }) => [baseOffset, count]),
        [
          [0, 2],
          [2, 2],
          [4, 2],
        ],
      );
      const records = await readTopic(kafka.client, topic);
      assert.deepEqual(
        records.get(0)?.map((record) => textOf(record)[0]),
        ['0', '1', '2', '4', '5', '6'],
      );
      await producer.close();
    });

    test('refuses a record above the limit before anything is sent', async () => {
      const topic = await kafka.topic('producer', 1);
      const producer = await open();
      await assert.rejects(
        producer.send([{ topic, messages: [message('small', 0), message('x'.repeat(900_001), 0)] }]),
        (error) => isMarqueeError(error, 'EVENT_TOO_LARGE'),
      );
      assert.deepEqual(await readTopic(kafka.client, topic), new Map([[0, []]]));
      await producer.close();
    });

    for (const cut of [false, true]) {
      test(`loses nothing when replies are lost under many sends (${cut ? 'cut' : 'silent'} connection)`, async () => {
        const topic = await kafka.topic('producer', 2);
        const producer = await open();
        await producer.send([{ topic, messages: [message('first', 0)] }]);
        const before = proxy.lost();
        const acknowledged: string[] = [];
        const sends = Array.from({ length: 60 }, async (_, i) => {
          await sleep(i * 4);
          const texts = [`${i}a`, `${i}b`];
          const messages = texts.flatMap((text) => [message(text, 0), message(text, 1)]);
          if (i % 15 === 5) proxy.loseReplies(2, { cut });
          await producer.send([{ topic, messages }]);
          acknowledged.push(...texts);
        });
        await Promise.all(sends);
        await producer.close();
        assert.ok(proxy.lost() > before, 'the proxy lost replies');
        const records = await readTopic(kafka.client, topic);
        for (const partition of [0, 1]) {
          const seen = new Set(records.get(partition)?.map(textOf));
          assert.deepEqual(
            acknowledged.filter((text) => !seen.has(text)),
            [],
          );
        }
      });
    }

    test('answers LOG_UNAVAILABLE when the log is gone, and works again when it is back', async () => {
      const topic = await kafka.topic('producer', 1);
      const settings = { maxRetries: 2, requestTimeoutMs: 300, connectionTimeoutMs: 300 };
      const producer = await create(kafka.another({ openSocket: proxy.openSocket, settings }), LIMITS);
      await producer.send([{ topic, messages: [message('before', 0)] }]);
      proxy.cutOff();
      const started = Date.now();
      await assert.rejects(producer.send([{ topic, messages: [message('during', 0)] }]), (error) =>
        isMarqueeError(error, 'LOG_UNAVAILABLE'),
      );
      assert.ok(Date.now() - started < 10_000, 'retries are bounded');
      proxy.restore();
      await producer.send([{ topic, messages: [message('after', 0)] }]);
      const texts = (await readTopic(kafka.client, topic)).get(0)?.map(textOf) ?? [];
      assert.deepEqual([texts[0], texts.at(-1)], ['before', 'after']);
      await producer.close();
    });
  });
}

test('single flight: one request at a time, and first appearances are in the order of the sends', async () => {
  const own = await startKafkaProxy();
  const topic = await kafka.topic('producer', 1);
  const client = kafka.another({ openSocket: own.openSocket, settings: { requestTimeoutMs: 400 } });
  const producer = await createSingleFlightProducer(client, LIMITS);
  const texts = Array.from({ length: 80 }, (_, i) => String(i));
  const sends = texts.map((text, i) => {
    if (i % 20 === 7) own.loseReplies(2, { cut: i > 40 });
    return producer.send([{ topic, messages: [message(text, 0)] }]);
  });
  await sleep(30);
  own.loseReplies(3, { cut: false });
  await Promise.all(sends);
  await producer.close();
  assert.ok(own.lost() >= 3, 'the proxy lost replies');
  assert.equal(own.mostInFlight(), 1);
  const found = (await readTopic(kafka.client, topic)).get(0)?.map(textOf) ?? [];
  assert.deepEqual([...new Set(found)], texts);
  assert.ok(found.length > texts.length, 'a lost reply doubles its record');
  await own.close();
});

test('single flight: a failure takes those waiting behind it along, and no later send', async () => {
  const sent: string[] = [];
  const failing: LogProducer = {
    async send([first]) {
      const topic = first?.topic ?? '';
      sent.push(topic);
      await sleep(5);
      if (topic === 'b') throw new Error('lost');
      return [];
    },
    close: () => Promise.resolve(),
  };
  const producer = singleFlight(failing, 2);
  const send = (topic: string) => producer.send([{ topic, messages: [] }]);
  const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map(send));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'rejected'],
  );
  assert.ok(
    isMarqueeError((results[3] as PromiseRejectedResult).reason, 'LOG_UNAVAILABLE'),
    'the queue is bounded',
  );
  await send('e');
  assert.deepEqual(sent, ['a', 'b', 'e']);
});
