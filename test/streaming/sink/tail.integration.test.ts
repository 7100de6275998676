import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { generation } from '../../../domain/ids.ts';
import { topicName } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openKafka, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { openLake, type OpenLake } from '../../../infra/lake/open.ts';
import { silentLog } from '../../../infra/log.ts';
import { runSinkStage } from '../../../streaming/sink/stage.ts';
import { hasTail, runTail, tailBefore } from '../../../streaming/sink/tail.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = 2;
const config = testConfig({
  ...{ MARQUEE_PARTITIONS: String(PARTITIONS), MARQUEE_GENERATION: 'g1' },
  ...{ DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256' },
});
const { region } = config;
const [first, second] = [generation('g1'), generation('g2')];
const codec = createCleanCodec();
let kafka: KafkaClient;
let producer: LogProducer;
let open: OpenLake;

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  open = await openLake(config, silentLog());
  await open.lake.ensureTables();
});
after(async () => {
  await producer.close();
  await kafka.close();
  await open.close();
});

/** What the profile service said of some records, in every partition of the first generation. */
async function complete(from: number, to: number): Promise<void> {
  const messages = Array.from({ length: PARTITIONS }, (_, partition) =>
    Array.from({ length: to - from }, (_, i) => {
      const rawOffset = from + i;
      const value = codec.encodeDerived('completions', {
        ...{
          upsertKey: `plays/${partition}/${rawOffset}`,
          version: rawOffset,
          appendTime: 1_790_000_000_000,
        },
        ...{ rawOffset, topic: 'plays', eventId: `e${rawOffset}`, profileId: 'p', profileAnswer: 'fresh' },
      });
      return { key: Buffer.from('p'), value, partition };
    }),
  ).flat();
  await producer.send([{ topic: topicName(region, first, 'completions'), messages }]);
}

const inLake = async (): Promise<string[]> => {
  const { columns } = await open.lake.read((connection) =>
    connection.query(
      `SELECT generation || '/' || "partition" || '/' || raw_offset AS value
       FROM ${open.lake.reference('completions')} ORDER BY "partition", "offset"`,
    ),
  );
  return columns['value']!.values as string[];
};
const upTo = (end: number): string[] =>
  Array.from({ length: PARTITIONS }, (_, partition) =>
    Array.from({ length: end }, (_, offset) => `g1/${partition}/${offset}`),
  ).flat();

const deps = () => ({
  ...{ kafka, codec, lake: open.lake, region, log: silentLog() },
  limits: { flushRecords: 1000, flushBytes: 1 << 26, flushIntervalMs: 200 },
});

test('what came to a generation after its sink had gone is in the lake once, and then it is read no more', async () => {
  await complete(0, 10);
  const stage = runSinkStage({ ...deps(), generation: first, partitions: PARTITIONS });
  await until(async () => (await inLake()).length === 10 * PARTITIONS, 60_000);
  await stage.stop();
  await complete(10, 30);
  const tail = runTail({
    ...{ ...deps(), of: { generation: first, partitions: PARTITIONS }, quietMs: 1500 },
  });
  await complete(30, 40);
  await tail.closed;
  assert.deepEqual(await inLake(), upTo(40));
});

test('a generation whose topics are gone has no tail', async () => {
  assert.equal(await hasTail(kafka, region, first), true);
  assert.equal(await hasTail(kafka, region, second), false);
});

test('a sink reads the tail of the last generation that was sealed before its own', () => {
  const shape = { partitions: 2, blockSize: 64, ends: {}, sealedAt: null };
  const sealed = { ...shape, generation: first, state: 'sealed' } as const;
  const own = { ...shape, generation: second, state: 'open' } as const;
  assert.equal(tailBefore([sealed, own], second), sealed);
  assert.equal(tailBefore([sealed, own], first), undefined);
  assert.equal(tailBefore([{ ...sealed, state: 'closing' }, own], second), undefined);
  assert.equal(tailBefore([sealed, { ...own, state: 'sealed' }], generation('g3'))?.generation, second);
});
