/** Totals in a real Cassandra, summed as an outside reader would, beside the speed view on a real Kafka. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { encodeSpeedMessage } from '../../../domain/speed-codec.ts';
import type { SpeedRecord } from '../../../domain/speed-view.ts';
import { speedViewPartition, topicName } from '../../../domain/topics.ts';
import { createCassandra } from '../../../infra/cassandra/client.ts';
import { openKafka, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { startTotals } from '../../../streaming/totals/process.ts';
import { useCassandra } from '../../support/cassandra.ts';
import { freePort } from '../../support/free-port.ts';
import { metricAt } from '../../support/metrics.ts';
import { repeated, speedRecordsOf, type CountedEvent } from '../../support/speed-records.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const BLOCK_SIZE = 16;
const PARTITIONS = 2;
const server = await useCassandra();
const metricsPort = await freePort();
const config = testConfig({
  ...server.environment,
  MARQUEE_PARTITIONS: String(PARTITIONS),
  MARQUEE_BLOCK_SIZE: String(BLOCK_SIZE),
  TOTALS_RETRY_MS: '100',
  TOTALS_METRICS_PORT: String(metricsPort),
});
const { region, generation } = config;
const cassandra = createCassandra(server.settings);
let kafka: KafkaClient;
let producer: LogProducer;

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
});
after(async () => {
  server.resume();
  await cassandra.close();
  await producer.close();
  await kafka.close();
});

/** As a service does: what a server that is not ready yet refuses is tried again. */
async function start(): Promise<() => Promise<void>> {
  const closers: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  after(stop);
  const onClose = (close: () => Promise<void> | void): void => void closers.push(close);
  const fail = (error: unknown): void => assert.fail(error as Error);
  await until(async () => {
    try {
      await startTotals({ config, log: silentLog(), onClose, fail });
      return true;
    } catch (error) {
      await stop();
      if (!isMarqueeError(error) || !error.retryable) throw error;
      return false;
    }
  }, 60_000);
  return stop;
}

async function publish(partition: number, records: readonly SpeedRecord[]): Promise<void> {
  const messages = records.map(({ key, value }) => ({
    key,
    value: value && Buffer.from(encodeSpeedMessage(value)),
    partition: speedViewPartition('plays', partition, PARTITIONS),
  }));
  await producer.send([{ topic: topicName(region, generation, 'speed-view'), messages }]);
}

const event = (title: string, country: string, bucket: number): CountedEvent => ({ title, country, bucket });
const recordsOf = (partition: number, events: readonly CountedEvent[]): SpeedRecord[] =>
  speedRecordsOf({ topic: 'plays', partition, blockSize: BLOCK_SIZE }, events);
const buried = (records: readonly SpeedRecord[], block: number): SpeedRecord[] =>
  records.filter(({ value }) => value?.block === block).map(({ key }) => ({ key, value: null }));

/** Plays of a title by country and bucket: `US 7` → 3. */
async function plays(title: string): Promise<Record<string, number>> {
  const rows = await cassandra.run(
    `SELECT country, bucket, sum(plays) AS plays FROM ${server.settings.keyspace}.title_totals
      WHERE region = ? AND generation = ? AND title = ? GROUP BY country, bucket`,
    [region, generation, title],
  );
  return Object.fromEntries(
    rows.map((row) => [`${String(row['country'])} ${String(row['bucket'])}`, Number(row['plays'])]),
  );
}

const arePlays = async (title: string, expected: Record<string, number>): Promise<void> => {
  let found: Record<string, number> = {};
  await until(async () => {
    found = await plays(title);
    return JSON.stringify(found) === JSON.stringify(expected);
  }, 20_000).catch(() => assert.deepEqual(found, expected));
};

test('an outside reader sums what the speed layer counted: through an outage, covered blocks and a restart', async () => {
  // Blocks of 16 offsets: the first partition fills two and begins a third.
  const first = [
    ...repeated(20, event('a', 'US', 7)),
    ...repeated(15, event('a', 'DE', 7)),
    event('b', 'US', 8),
  ];
  const second = repeated(5, event('a', 'US', 7));
  let stop = await start();
  await publish(0, recordsOf(0, first));
  await publish(1, recordsOf(1, second));
  await arePlays('a', { 'DE 7': 15, 'US 7': 25 });
  await arePlays('b', { 'US 8': 1 });

  const more = [...first, ...repeated(3, event('b', 'US', 8))];
  assert.equal(await metricAt(metricsPort, 'marquee_totals_failures'), 0);
  await server.outage(
    () => publish(0, recordsOf(0, more)),
    async () => (await metricAt(metricsPort, 'marquee_totals_failures')) > 0,
  );
  await until(async () => (await metricAt(metricsPort, 'marquee_totals_waiting_cells')) === 0, 60_000);
  await arePlays('b', { 'US 8': 4 });

  await publish(0, buried(recordsOf(0, more), 0));
  await arePlays('a', { 'DE 7': 15, 'US 7': 9 });

  await stop();
  await publish(0, buried(recordsOf(0, more), 1));
  stop = await start();
  await arePlays('a', { 'DE 7': 3, 'US 7': 5 });
  await arePlays('b', { 'US 8': 4 });
  await stop();
});
