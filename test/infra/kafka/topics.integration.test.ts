import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { MarqueeError } from '../../../domain/errors.ts';
import { generation, region } from '../../../domain/ids.ts';
import { CONTROL_TOPICS, LOG_TOPICS, topicName } from '../../../domain/topics.ts';
import { loadKafkaJs } from '../../../infra/kafka/kafkajs.ts';
import { ensureTopics, type TopicPlan } from '../../../infra/kafka/topics.ts';
import { openTestKafka, type TestKafka } from '../../support/kafka.ts';

let kafka: TestKafka;
const plan: TopicPlan = {
  region: region(`t${randomUUID().slice(0, 8)}`),
  generation: generation('g1'),
  partitions: 2,
  replicationFactor: 1,
  maxMessageBytes: 3_000_000,
};
const names = [...LOG_TOPICS, ...CONTROL_TOPICS].map((kind) => topicName(plan.region, plan.generation, kind));
before(() => {
  kafka = openTestKafka();
});
after(async () => {
  const admin = await kafka.client.admin();
  await admin.deleteTopics({ topics: names });
  await kafka.close();
});

test('several processes at once create every topic of the table', async () => {
  await Promise.all([ensureTopics(kafka.client, plan), ensureTopics(kafka.client, plan)]);
  await ensureTopics(kafka.client, plan);
  const admin = await kafka.client.admin();
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const counts = Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]));
  assert.equal(counts[`${plan.region}.raw-events.g1`], 2);
  assert.equal(counts[`${plan.region}.speed-view.g1`], 4);
  assert.equal(counts[`${plan.region}.announcements`], 1);
});

test('topics are stamped, kept and compacted as the table says', async () => {
  const admin = await kafka.client.admin();
  const settings = async (name: string) => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: loadKafkaJs().ConfigResourceTypes.TOPIC, name: `${plan.region}.${name}` }],
    });
    return Object.fromEntries(
      resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]) ?? [],
    );
  };
  const raw = await settings('raw-events.g1');
  assert.equal(raw['message.timestamp.type'], 'LogAppendTime');
  assert.equal(raw['cleanup.policy'], 'delete');
  assert.equal(raw['retention.ms'], '604800000');
  assert.equal(raw['max.message.bytes'], '3000000');
  assert.equal((await settings('plays.g1'))['message.timestamp.type'], 'CreateTime');
  const view = await settings('speed-view.g1');
  assert.equal(view['cleanup.policy'], 'compact');
  assert.equal(view['segment.bytes'], String(16 << 20));
});

test('another number of partitions is refused with every topic named', async () => {
  await assert.rejects(ensureTopics(kafka.client, { ...plan, partitions: 3 }), (error) => {
    assert.ok(error instanceof MarqueeError && error.code === 'CONFIG_INVALID');
    assert.match(error.message, /raw-events\.g1 has 2 partitions, the configuration asks for 3/);
    assert.match(error.message, /speed-view\.g1 has 4 partitions, the configuration asks for 6/);
    assert.doesNotMatch(error.message, /announcements/);
    return true;
  });
});
