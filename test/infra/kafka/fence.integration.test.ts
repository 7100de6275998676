import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { loadKafkaJs } from '../../../infra/kafka/kafkajs.ts';
import { fenceTopic, isFenced } from '../../../infra/kafka/fence.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { readTopic } from '../../support/kafka-log.ts';
import { openTestKafka } from '../../support/kafka.ts';
import { until } from '../../support/until.ts';

const kafka = openTestKafka();
after(() => kafka.close());

test('a closed topic takes nothing more, from any writer, and is read and configured as before', async () => {
  const topic = await kafka.topic('fence', 1, { 'retention.ms': '3600000' });
  const producer = await createProducer(kafka.client, { maxRecordBytes: 1000 });
  const send = (text: string) =>
    producer.send([{ topic, messages: [{ key: 'k', value: Buffer.from(text), partition: 0 }] }]);
  // A topic is there a moment before its partitions have leaders.
  await until(() =>
    send('before').then(
      () => true,
      () => false,
    ),
  );
  const held = (await readTopic(kafka.client, topic)).get(0)!.length;
  assert.equal(await isFenced(kafka.client, topic), false);
  await fenceTopic(kafka.client, topic);
  await fenceTopic(kafka.client, topic);
  assert.equal(await isFenced(kafka.client, topic), true);
  for (const text of ['', 'after'])
    await assert.rejects(send(text), (error) => isMarqueeError(error, 'LOG_UNAVAILABLE'));
  await producer.close();
  assert.equal((await readTopic(kafka.client, topic)).get(0)?.length, held);
  const admin = await kafka.client.admin();
  const type = loadKafkaJs().ConfigResourceTypes.TOPIC;
  const resources = [{ type, name: topic, configNames: ['retention.ms'] }];
  const { resources: found } = await admin.describeConfigs({ includeSynonyms: false, resources });
  assert.equal(found[0]?.configEntries[0]?.configValue, '3600000');
});
