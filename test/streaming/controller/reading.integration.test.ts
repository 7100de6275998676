import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { topicName } from '../../../domain/topics.ts';
import { openKafka, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { runConsumer } from '../../../infra/kafka/consumer.ts';
import { logBounds } from '../../../infra/kafka/offsets.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { groupsOf, SIZED_KINDS } from '../../../streaming/controller/kinds.ts';
import { takeReading } from '../../../streaming/controller/reading.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const config = testConfig({ MARQUEE_PARTITIONS: '3', CONTROLLER_KINDS: 'speed,behaviour' });
const { region, generation } = config;
const plays = topicName(region, generation, 'plays');
const groups = groupsOf('speed', config);
let kafka: KafkaClient;
const now = (): number => 42;

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  // A topic is there a moment before its partitions have leaders.
  await until(() =>
    takeReading(kafka, groups, now).then(
      () => true,
      () => false,
    ),
  );
});
after(() => kafka.close());

test('a group that nobody has joined has no members, and all of the log before it', async () => {
  const producer = await createProducer(kafka, { maxRecordBytes: 1000 });
  const messages = [0, 0, 0, 1].map((partition) => ({ key: 'k', value: Buffer.from('v'), partition }));
  await producer.send([{ topic: plays, messages }]);
  await producer.close();
  const { partitions, ...rest } = await takeReading(kafka, groups, now);
  assert.deepEqual(rest, { time: 42, widest: 3, processes: 0 });
  assert.equal(partitions.length, 6);
  assert.ok(partitions.every(({ owner }) => owner === undefined));
  const named = new Map(partitions.map(({ name, end, position }) => [name, [position, end]]));
  const [first] = await logBounds(kafka, plays);
  assert.ok(first!.end >= 3);
  assert.deepEqual(named.get(`${region}.speed.${generation}/${plays}/0`), [0, first?.end]);
  assert.deepEqual(named.get(`${region}.speed.${generation}/${plays}/2`), [0, 0]);
});

test('members and positions are those of the group, though no batch came to commit after', async () => {
  const { groupId, topics } = groups[0]!;
  const consumer = runConsumer(kafka, {
    ...{ groupId, topics, onRevoked: () => undefined },
    // As a stage whose stored positions are the log's end.
    onAssigned: async (topic, partition) =>
      (await logBounds(kafka, topic)).find((one) => one.partition === partition)?.end,
    onBatch() {
      return Promise.reject(new Error('nothing is left to be read'));
    },
  });
  try {
    await until(async () => {
      const { partitions, processes } = await takeReading(kafka, groups, now);
      return processes === 1 && partitions.every(({ end, position }) => position === end);
    }, 20_000);
    const { partitions } = await takeReading(kafka, groups, now);
    assert.equal(new Set(partitions.map(({ owner }) => owner)).size, 1);
    assert.ok(partitions.every(({ group, owner }) => group === groupId && owner !== undefined));
  } finally {
    await consumer.stop();
  }
});

test('every kind of process names groups and topics that exist', async () => {
  for (const kind of SIZED_KINDS) {
    const { widest, partitions } = await takeReading(kafka, groupsOf(kind, config), now);
    assert.equal(widest, 3, kind);
    assert.ok(partitions.length >= 3, kind);
  }
});
