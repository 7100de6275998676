import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runConsumer } from '../../../infra/kafka/consumer.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { textOf } from '../../support/kafka-log.ts';
import { openTestKafka } from '../../support/kafka.ts';
import { until } from '../../support/until.ts';

test('records that an owner gave up after a long pause are read again, though the group missed nothing', async (context) => {
  const kafka = openTestKafka();
  const producer = await createProducer(kafka.client, { maxRecordBytes: 1000 });
  const topic = await kafka.topic('batches', 1);
  const values = Array.from({ length: 20 }, (_, i) => String(i));
  const messages = values.map((value) => ({ key: 'k', value: Buffer.from(value), partition: 0 }));
  await producer.send([{ topic, messages }]);
  const taken: string[] = [];
  let pauses = 0;
  const consumer = runConsumer(kafka.client, {
    groupId: `group-${topic}`,
    topics: [topic],
    onAssigned: () => Promise.resolve(taken.length),
    onRevoked: () => undefined,
    onBatch: ({ records, isStale }) => {
      for (const record of records) {
        if (taken.length === 7 && pauses === 0) {
          pauses += 1;
          // A wake from a long sleep, as the clock of this process alone tells it.
          const clock = context.mock.method(Date, 'now', () => performance.timeOrigin * 2);
          const gaveUp = isStale();
          clock.mock.restore();
          if (gaveUp) return Promise.resolve();
        }
        taken.push(textOf(record));
      }
      return Promise.resolve();
    },
  });
  context.after(async () => {
    await consumer.stop();
    await producer.close();
    await kafka.close();
  });
  await until(() => taken.length === values.length, 15_000);
  assert.deepEqual(taken, values);
  assert.equal(pauses, 1);
});
