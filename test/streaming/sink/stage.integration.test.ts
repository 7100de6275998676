import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { country, eventId, profileId, titleId } from '../../../domain/ids.ts';
import { topicName } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openKafka, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { openLake, type OpenLake } from '../../../infra/lake/open.ts';
import type { LakeTable } from '../../../infra/lake/tables.ts';
import { silentLog } from '../../../infra/log.ts';
import { runSinkStage, type SinkStage } from '../../../streaming/sink/stage.ts';
import { testConfig } from '../../support/stack.ts';

const PARTITIONS = 4;
const RECORDS = 600;
const config = testConfig({
  MARQUEE_PARTITIONS: String(PARTITIONS),
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  KAFKA_HEARTBEAT_INTERVAL_MS: '500',
});
const { region, generation } = config;
const codec = createCleanCodec();
const topics = {
  plays: topicName(region, generation, 'plays'),
  raw: topicName(region, generation, 'raw-events'),
};
let kafka: KafkaClient;
let producer: LogProducer;
let open: OpenLake;
const stages: SinkStage[] = [];

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  open = await openLake(config, silentLog());
  await open.lake.ensureTables();
});
after(async () => {
  for (const stage of stages) await stage.stop();
  await producer.close();
  await kafka.close();
  await open.close();
});

const record = (rawOffset: number): CleanRecord => ({
  rawOffset,
  appendTime: 1_790_000_000_000 + rawOffset,
  timeStatus: 'ok',
  event: {
    kind: 'play_start',
    eventId: eventId(`e${rawOffset}`),
    eventTime: 1_790_000_000_000 + rawOffset,
    profileId: profileId('p'),
    country: country('DE'),
    titleId: titleId('t'),
  },
});

/** Sends raw offsets `from` to `to` to every partition, the last ten of the run before them again. */
async function sendPlays(from: number, to: number): Promise<void> {
  const rawOffsets = Array.from(
    { length: to - from + Math.min(from, 10) },
    (_, i) => Math.max(0, from - 10) + i,
  );
  const messages = Array.from({ length: PARTITIONS }, (_, partition) =>
    rawOffsets.map((offset) => ({
      key: Buffer.from('p'),
      value: codec.encodeClean('plays', record(offset)),
      partition,
    })),
  ).flat();
  await producer.send([{ topic: topics.plays, messages }]);
}

function startStage(flushRecords: number): SinkStage {
  const limits = { flushRecords, flushBytes: 1 << 26, flushIntervalMs: 500 };
  const { lake } = open;
  const stage = runSinkStage({
    kafka,
    codec,
    lake,
    region,
    generation,
    partitions: PARTITIONS,
    limits,
    log: silentLog(),
  });
  stages.push(stage);
  return stage;
}

async function rawOffsets(table: LakeTable, column: string, partition: number): Promise<number[]> {
  const { columns } = await open.lake.read((connection) =>
    connection.query(
      `SELECT ${column} AS value FROM ${open.lake.reference(table)} WHERE "partition" = $partition ORDER BY "offset"`,
      { partition },
    ),
  );
  return Array.from(columns['value']!.values as BigInt64Array, Number);
}

async function until(reached: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await reached())) {
    if (Date.now() > deadline) throw new Error('the lake was not filled within a minute');
    await sleep(200);
  }
}
const atEnd = (table: LakeTable, last: number) => async (): Promise<boolean> => {
  const positions = await open.lake.positions(table);
  return positions.length === PARTITIONS && positions.every(({ rawOffset }) => rawOffset >= last);
};
const upTo = (end: number): number[] => Array.from({ length: end }, (_, i) => i);

test('two sinks share the partitions, one leaves in mid-stream, and every record is in the lake once', async () => {
  await sendPlays(0, 200);
  const first = startStage(100);
  await until(atEnd('plays', 50));
  startStage(100);
  await sendPlays(200, 400);
  await sleep(1000);
  await first.stop();
  await sendPlays(400, RECORDS);
  await until(atEnd('plays', RECORDS - 1));
  for (let partition = 0; partition < PARTITIONS; partition++) {
    assert.deepEqual(await rawOffsets('plays', 'raw_offset', partition), upTo(RECORDS));
  }
});

test('a record that cannot be decoded is left out and what follows it is not', async () => {
  const garbage = { key: Buffer.from('p'), value: Buffer.from('no Avro'), partition: 0 };
  await producer.send([{ topic: topics.plays, messages: [garbage] }]);
  await sendPlays(RECORDS, RECORDS + 20);
  await until(atEnd('plays', RECORDS + 19));
  assert.deepEqual(await rawOffsets('plays', 'raw_offset', 0), upTo(RECORDS + 20));
});

test('raw records reach the lake with key, value and append time', async () => {
  const value = Buffer.from('{"not":"an event"}');
  const messages = upTo(PARTITIONS).map((partition) => ({ key: Buffer.from('k'), value, partition }));
  await producer.send([{ topic: topics.raw, messages }]);
  await until(atEnd('raw_events', 0));
  const { columns } = await open.lake.read((connection) =>
    connection.query(
      `SELECT key, value, epoch_ms(append_time) AS at FROM ${open.lake.reference('raw_events')} WHERE "partition" = 2`,
    ),
  );
  assert.deepEqual(columns['value']?.values, [Uint8Array.from(value)]);
  assert.ok(Math.abs(Number(columns['at']?.values[0]) - Date.now()) < 120_000);
});
