import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { columnsOf } from '../../../domain/counted-columns.ts';
import { topicName } from '../../../domain/topics.ts';
import type { Config } from '../../../infra/config.ts';
import { openKafka, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { createLogHistory } from '../../../streaming/speed/log-history.ts';
import type { BatchDecoder } from '../../../streaming/speed/decode.ts';
import type { LogHistory } from '../../../streaming/speed/owner.ts';
import { testConfig } from '../../support/stack.ts';

const RECORDS = 5000;
/** Append times a second apart, ending now: the broker refuses none of them for their age. */
const FIRST = Date.now() - RECORDS * 1000;

let config: Config;
let kafka: KafkaClient;
let history: LogHistory;
before(async () => {
  config = testConfig({ MARQUEE_PARTITIONS: '2' });
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  const topic = topicName(config.region, config.generation, 'plays');
  const producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  const messages = Array.from({ length: RECORDS }, (_, i) => ({
    ...{ partition: 1, key: 'p', value: Buffer.from(String(i)) },
    timestamp: FIRST + i * 1000,
  }));
  await producer.send([{ topic, messages }]);
  await producer.close();
  const decode: BatchDecoder = ({ columns }) =>
    Promise.resolve(columnsOf(Array.from(columns().offsets, (offset) => ({ offset, record: undefined }))));
  history = createLogHistory({ kafka, topic, partition: 1, decode });
});
after(() => kafka.close());

test('the log says where a moment stands, and gives every record from there to an offset, once and in order', async () => {
  assert.equal(await history.offsetAt(FIRST - 1), 0);
  assert.equal(await history.offsetAt(FIRST + 1_000_500), 1001);
  const taken: number[] = [];
  await history.read(1001, 4000, ({ size, offset }) => taken.push(...offset.subarray(0, size)));
  assert.deepEqual(
    taken,
    Array.from({ length: 2999 }, (_, i) => 1001 + i),
  );
});

test('reading to the very end of the log ends too', async () => {
  const taken: number[] = [];
  await history.read(4990, RECORDS, ({ size, offset }) => taken.push(...offset.subarray(0, size)));
  assert.equal(taken.length, 10);
});
