import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { readAll } from '../../../infra/kafka/reader.ts';
import { silentLog } from '../../../infra/log.ts';
import { followTopic } from '../../../infra/kafka/follow-topic.ts';
import { openTestKafka, type TestKafka } from '../../support/kafka.ts';
import { startKafkaProxy } from '../../support/kafka-proxy.ts';
import { until } from '../../support/until.ts';

let kafka: TestKafka;
let producer: LogProducer;

before(async () => {
  kafka = openTestKafka();
  producer = await createProducer(kafka.client, { maxRecordBytes: 1 << 20 });
});

after(async () => {
  await producer.close();
  await kafka.close();
});

test('silence of the broker is noticed, and after it every record has come once', async () => {
  const topic = await kafka.topic('followed', 2);
  const proxy = await startKafkaProxy();
  const client = kafka.another({ openSocket: proxy.openSocket });
  const seen: string[] = [];
  const send = (value: string, partition: number) =>
    producer.send([{ topic, messages: [{ key: null, value: Buffer.from(value), partition }] }]);
  await send('before', 0);
  const follower = followTopic({
    open: (options) => readAll(client, { ...options, topic, live: true }),
    log: silentLog(),
    onRecords: ({ records }) => records.forEach(({ value }) => seen.push(String(value))),
  });
  try {
    await follower.caughtUp;
    await until(() => seen.length === 1);
    assert.ok(follower.status().silentMs < 1000, 'an idle topic is answered for all the time');
    proxy.cutOff();
    await until(() => follower.status().silentMs > 2000, 15_000);
    await send('while it was away', 1);
    assert.deepEqual(seen, ['before']);
    proxy.restore();
    await until(() => follower.status().silentMs < 500 && seen.length > 1, 40_000);
    await send('after', 0);
    await until(() => seen.length === 3);
    assert.deepEqual(seen, ['before', 'while it was away', 'after']);
  } finally {
    await follower.close();
    await proxy.close();
  }
});
