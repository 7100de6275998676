/** Rows per second from a topic of impressions of 1.2 KB to the lake, through the sink as it is deployed. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { topicName } from '../../domain/topics.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { loadConfig, type Config } from '../../infra/config.ts';
import { openKafka, topicPlanOf } from '../../infra/connections.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { openLake } from '../../infra/lake/open.ts';
import { silentLog } from '../../infra/log.ts';
import { median, round, type BenchmarkContext, type Figures } from './benchmark.ts';
import { cleanImpression } from './clean-impressions.ts';
import { startMeasured } from './measured-process.ts';

const RUNS = 3;
const RECORDS = 240_000;
const PARTITIONS = 4;
const SEND_RECORDS = 2000;
const POLL_MS = 100;
const LIMIT_MS = 300_000;

type Environment = Readonly<Record<string, string>>;

export async function measureFromKafka(
  environment: Environment,
  { say }: BenchmarkContext,
  count = RUNS,
): Promise<Figures> {
  const env = {
    ...environment,
    MARQUEE_PARTITIONS: String(PARTITIONS),
    // What is left at the end does not wait a minute for company.
    SINK_FLUSH_INTERVAL_MS: '2000',
  };
  const config = loadConfig(env);
  const kafka = openKafka(config, silentLog());
  try {
    const { valueBytes, ends } = await fillTopic(config, kafka);
    say(`${RECORDS} impressions of ${round(valueBytes)} bytes are in the topic`);
    const runs: { perSecond: number; perCpuSecond: number }[] = [];
    for (let run = 0; run < count; run += 1) {
      const figures = await drain(ends, { ...env, ICEBERG_NAMESPACE: `bench_sink_${process.pid}_${run}` });
      runs.push(figures);
      say(
        `run ${run + 1}: ${round(figures.perSecond)} rows/s, ${round(figures.perCpuSecond)} per CPU second`,
      );
    }
    return {
      rows_per_second: round(median(runs.map(({ perSecond }) => perSecond))),
      rows_per_cpu_second: round(median(runs.map(({ perCpuSecond }) => perCpuSecond))),
      value_bytes: round(valueBytes),
    };
  } finally {
    const admin = await kafka.admin();
    const own = (await admin.listTopics()).filter((topic) => topic.startsWith(`${config.region}.`));
    await admin.deleteTopics({ topics: own }).catch(() => undefined);
    await kafka.close();
  }
}

interface Filled {
  /** Mean size of a value. */
  readonly valueBytes: number;
  /** The offset after the last record of each partition. What was sent twice is in the topic twice. */
  readonly ends: ReadonlyMap<number, number>;
}

async function fillTopic(config: Config, kafka: ReturnType<typeof openKafka>): Promise<Filled> {
  await ensureTopics(kafka, topicPlanOf(config));
  const producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  const codec = createCleanCodec();
  const topic = topicName(config.region, config.generation, 'impressions');
  let bytes = 0;
  for (let from = 0; from < RECORDS; from += SEND_RECORDS) {
    const messages = Array.from({ length: SEND_RECORDS }, (_, i) => {
      const record = cleanImpression(from + i);
      const value = codec.encodeClean('impressions', record);
      bytes += value.length;
      return { key: Buffer.from(record.event.profileId), value, partition: (from + i) % PARTITIONS };
    });
    await producer.send([{ topic, messages }]);
  }
  await producer.close();
  const admin = await kafka.admin();
  const offsets = await admin.fetchTopicOffsets(topic);
  const ends = new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  return { valueBytes: bytes / RECORDS, ends };
}

/** From the start of the group to the last commit; starting the process is not part of it. */
async function drain(
  ends: Filled['ends'],
  env: Environment,
): Promise<{ perSecond: number; perCpuSecond: number }> {
  const open = await openLake(loadConfig(env), silentLog());
  const { lake } = open;
  await lake.ensureTables();
  const sink = await startMeasured(join(import.meta.dirname, 'sink-server.ts'), env);
  try {
    const cpuBefore = await sink.cpuSeconds();
    const started = performance.now();
    for (;;) {
      const positions = await lake.positions('impressions');
      const behind = [...ends].filter(
        ([partition, end]) => (positions.find((at) => at.partition === partition)?.offset ?? -1) < end - 1,
      );
      if (behind.length === 0) break;
      if (performance.now() - started > LIMIT_MS)
        throw new Error(`partitions are behind: ${behind.join(', ')}`);
      await sleep(POLL_MS);
    }
    const seconds = (performance.now() - started) / 1000;
    const cpuSeconds = (await sink.cpuSeconds()) - cpuBefore;
    const sql = `SELECT count(*)::INTEGER AS rows, count(DISTINCT event_id)::INTEGER AS ids FROM ${lake.reference('impressions')}`;
    const { columns } = await lake.read((connection) => connection.query(sql));
    const [rows, ids] = [columns['rows']?.values[0], columns['ids']?.values[0]];
    if (rows !== RECORDS || ids !== RECORDS) throw new Error(`${String(rows)} rows of ${String(ids)} events`);
    return { perSecond: RECORDS / seconds, perCpuSecond: RECORDS / cpuSeconds };
  } finally {
    await sink.close();
    await open.close();
  }
}
