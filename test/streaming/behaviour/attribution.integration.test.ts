/**
 * Attribution on real servers: generated sessions through the behaviour process, which is killed in mid-stream, and the
 * sink; what the lake then holds of `attributed_plays` is what SQL works out from its plays and impressions.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  buildAttributedPlays,
  compareAttributedPlays,
  type AttributionDifferences,
} from '../../../batch/attribution/attributed-plays.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { createRowPlays } from '../../../domain/row-plays.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { topicName } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openKafka, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { openLake, type OpenLake } from '../../../infra/lake/open.ts';
import { silentLog } from '../../../infra/log.ts';
import { generateLogs, LIMITS, type PartitionLogs } from '../../support/attribution-log.ts';
import { readTopic } from '../../support/kafka-log.ts';
import { startProcess, type MarqueeProcess, type ProcessName } from '../../support/pipeline.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = 2;
const SETTINGS = {
  MARQUEE_PARTITIONS: String(PARTITIONS),
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '768',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  KAFKA_HEARTBEAT_INTERVAL_MS: '500',
  BEHAVIOUR_MAX_BATCH_RECORDS: '50',
  BEHAVIOUR_CACHED_PROFILES: '20',
  SINK_FLUSH_INTERVAL_MS: '1000',
  ATTRIBUTION_WINDOW_MS: String(LIMITS.windowMs),
  ATTRIBUTION_DISCOVERY_DAYS: String(LIMITS.discoveryDays),
  ATTRIBUTION_LATENESS_MS: String(LIMITS.latenessMs),
};
const config = testConfig(SETTINGS);
const { region, generation } = config;
const output = topicName(region, generation, 'attributed-plays');
const codec = createCleanCodec();
const logs = generateLogs(11, { sessions: 800, profiles: 200, partitions: PARTITIONS, spanMs: 6 * HOUR_MS });
const running = new Map<ProcessName, MarqueeProcess>();
let kafka: KafkaClient;
let producer: LogProducer;
let open: OpenLake;

async function launch(name: ProcessName): Promise<void> {
  const options = { env: testEnvironment(SETTINGS), logDir: join(config.dataDir, 'logs') };
  running.set(name, await startProcess(name, options));
}

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  open = await openLake(config, silentLog());
  await open.lake.ensureTables();
  await Promise.all([launch('behaviour'), launch('sink')]);
});
after(async () => {
  await Promise.all(Array.from(running.values(), (one) => one.stop()));
  await producer.close();
  await kafka.close();
  await open.close();
});

/** Sends a share of every log; a part of what went before once more, as an extractor does that was restarted. */
async function send(from: number, to: number, of: readonly PartitionLogs[] = logs): Promise<void> {
  for (const topic of ['impressions', 'plays'] as const) {
    const messages = of.flatMap((partition, p) => {
      const log = partition[topic];
      const start = Math.max(0, Math.floor(from * log.length) - 10);
      return log.slice(start, Math.floor(to * log.length)).map((record) => ({
        partition: p,
        key: record.event.profileId,
        value: codec.encodeClean(topic, record),
      }));
    });
    await producer.send([{ topic: topicName(region, generation, topic), messages }]);
  }
}

/** One more record on every log, so late that every play has had its last word. */
function closing(): PartitionLogs[] {
  return logs.map(({ impressions, plays }) => {
    const last = (log: readonly CleanRecord[], kind: string): CleanRecord => {
      const record = log.at(-1)!;
      const appendTime = record.appendTime + 30 * DAY_MS;
      const event = { ...record.event, kind, eventId: `closing-${kind}`, eventTime: appendTime };
      return { ...record, rawOffset: 1_000_000, appendTime, timeStatus: 'ok', event } as CleanRecord;
    };
    return { impressions: [last(impressions, 'impression')], plays: [last(plays, 'play_pause')] };
  });
}

const differences = (): Promise<AttributionDifferences> =>
  open.lake.read(async (connection) => {
    const { lake } = open;
    const tables = { plays: lake.reference('plays'), impressions: lake.reference('impressions') };
    await buildAttributedPlays(connection, tables, LIMITS);
    return compareAttributedPlays(connection, lake.reference('attributed_plays'));
  });

async function settled(): Promise<AttributionDifferences> {
  const ends = { impressions: 1_000_000, plays: 1_000_000 };
  for (const [table, end] of Object.entries(ends)) {
    await until(
      async () =>
        (await open.lake.positions(table as 'plays')).filter(({ rawOffset }) => rawOffset === end).length ===
        PARTITIONS,
      60_000,
      250,
    );
  }
  let found = await differences();
  await until(
    async () => {
      found = await differences();
      return found.missing + found.waiting === 0;
    },
    60_000,
    500,
  );
  return found;
}

test('killed in mid-stream, attribution ends with what SQL says of the lake, and upserts sent again are harmless', async (t) => {
  await send(0, 0.4);
  await until(async () => (await upserts()).length > 200, 60_000, 100);
  await send(0.4, 0.8);
  running.get('behaviour')!.signal('SIGKILL');
  await running.get('behaviour')!.stop();
  await launch('behaviour');
  await send(0.8, 1);
  await send(0, 1, closing());
  const found = await settled();
  const sent = await upserts();
  t.diagnostic(`${found.plays} plays, ${sent.length} upserts, ${found.different} differences`);
  assert.ok(found.plays > 800);
  assert.deepEqual(found, { ...found, equal: found.plays, different: 0, extra: 0 });

  const counts = createRowPlays({ openPlays: 100_000, finalPlays: 100_000, places: 10_000 });
  for (const { partition, upsert } of sent) counts.takePlay(partition, upsert);
  const before = counts.byPosition();
  assert.ok(before.length > 3);
  const messages = sent
    .filter((_, i) => i % 5 === 0)
    .map(({ partition, upsert }) => ({
      partition,
      key: upsert.profileId,
      value: codec.encodeDerived('attributed-plays', upsert),
    }));
  await producer.send([{ topic: output, messages }]);
  const all = await upserts();
  assert.equal(all.length, sent.length + messages.length);
  for (const { partition, upsert } of all) counts.takePlay(partition, upsert);
  assert.deepEqual(counts.byPosition(), before);
  await until(
    async () => {
      const positions = await open.lake.positions('attributed_plays');
      return positions.reduce((sum, { offset }) => sum + offset + 1, 0) === all.length;
    },
    60_000,
    250,
  );
  assert.deepEqual(await differences(), found);
});

async function upserts() {
  const records = await readTopic(kafka, output);
  return Array.from(records, ([partition, log]) =>
    log.map(({ value }) => ({ partition, upsert: codec.decodeDerived('attributed-plays', value!) })),
  ).flat();
}
