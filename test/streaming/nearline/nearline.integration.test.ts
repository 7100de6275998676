/**
 * Nearline ranking on real servers: models are published, generated behaviour goes through the behaviour process, which is
 * killed in mid-stream. The rows that stand in the end are those of the rule driven over the same logs, with the same models.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { createNearlineModels } from '../../../domain/nearline/models.ts';
import { createNearline, NEARLINE_ROWS, type NearlineState } from '../../../domain/nearline/nearline.ts';
import { topicName, type CleanTopic } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { stateDirOf } from '../../../infra/profile-store/open.ts';
import { openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import { generateBehaviour } from '../../support/behaviour-log.ts';
import { readTopic } from '../../support/kafka-log.ts';
import { nearlineInputs } from '../../support/nearline-models.ts';
import { startProcess, type MarqueeProcess } from '../../support/pipeline.ts';
import { recordOf, type EventOf } from '../../support/profile-records.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';
import { publishTastes } from '../../support/taste-views.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = 2;
const SETTINGS = {
  MARQUEE_PARTITIONS: String(PARTITIONS),
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  KAFKA_HEARTBEAT_INTERVAL_MS: '500',
  BEHAVIOUR_MAX_BATCH_RECORDS: '40',
  BEHAVIOUR_CACHED_PROFILES: '10',
  NEARLINE_STORE_INTERVAL_MS: '100',
};
const config = testConfig(SETTINGS);
const { region, generation } = config;
const codec = createCleanCodec();
const log = generateBehaviour({ seed: 5, profiles: 120, partitions: PARTITIONS, until: Date.now() });
/** Films, and the series of the episodes. */
const TITLES = [...Array.from({ length: 10 }, (_, n) => `t${3 * n}`), 's0', 's1'].sort();
const { factors, neighbours } = nearlineInputs(1, TITLES);
const inputs = { factors, neighbours, policy: undefined };
let kafka: KafkaClient;
let producer: LogProducer;
let running: MarqueeProcess | undefined;

async function launch(): Promise<void> {
  running = await startProcess('behaviour', {
    env: testEnvironment(SETTINGS),
    logDir: join(config.dataDir, 'logs'),
  });
}

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  const store = openObjectStore(config);
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  await store.ensureBucket();
  await publishTastes(createViewRepository({ store, region }), duckdb, inputs, region);
  await duckdb.close();
  store.close();
});
after(async () => {
  await running?.stop();
  await producer.close();
  await kafka.close();
});

const SENT: readonly CleanTopic[] = ['plays', 'searches'];

async function send(from: number, to: number): Promise<void> {
  for (const topic of SENT) {
    const messages = log.flatMap((partition, p) => {
      const records = partition[topic];
      return records
        .slice(Math.floor(from * records.length), Math.floor(to * records.length))
        .map((record) => ({
          partition: p,
          key: record.event.profileId,
          value: codec.encodeClean(topic, record),
        }));
    });
    await producer.send([{ topic: topicName(region, generation, topic), messages }]);
  }
}

/** The rule over the plays and over the signals that stand on their topic. */
async function truth(): Promise<ReadonlyMap<string, NearlineState>> {
  const models = createNearlineModels(inputs)!;
  const fold = createNearline({ limits: config.nearline, models: () => models });
  const states = new Map<string, NearlineState>();
  const keep = (key: string, state: NearlineState | undefined): unknown => state && states.set(key, state);
  log.forEach(({ plays }, partition) =>
    plays.forEach((record, offset) => {
      const key = fold.keyOf(record);
      keep(key, fold.step(states.get(key), { topic: 'plays', partition, offset, record }).state);
    }),
  );
  const topic = 'user-behavior-features';
  for (const [partition, records] of await readTopic(kafka, topicName(region, generation, topic)))
    for (const { offset, value } of records) {
      const record = codec.decodeDerived(topic, value!);
      const key = fold.upserts!.keyOf(record);
      const input = { topic, partition, offset, record } as const;
      keep(key, fold.upserts!.step(states.get(key), input).state);
    }
  for (const [key, state] of states) keep(key, fold.settle!(key, state).state);
  return states;
}

const stored = openKeyedReader<NearlineState>(
  stateDirOf(config, NEARLINE_ROWS.name),
  PARTITIONS,
  NEARLINE_ROWS.version,
);
after(() => stored.close());

/** How many records of plays the stage has stored. */
const taken = (): number =>
  log.reduce((sum, _, partition) => sum + (stored.positions(partition)['plays']?.next ?? 0), 0);

/** Without the moment to look again, which goes by what came first. */
const lasting = (state: NearlineState | undefined) =>
  state && {
    titles: state.watching.titles,
    marks: state.watching.marks,
    cause: state.cause,
    rows: state.rows,
  };

test('killed in mid-stream, the process ends with the rows that the logs and the models say', async (t) => {
  const plays = log.reduce((sum, topics) => sum + topics.plays.length, 0);
  await launch();
  await send(0, 0.5);
  await until(() => taken() > plays / 5, 60_000, 20);
  running!.signal('SIGKILL');
  await running!.stop();
  await send(0.5, 1);
  await launch();
  await until(() => taken() === plays, 60_000);
  // Signals go on coming for a while: what was stored is held to the truth of the same moment.
  let states = await truth();
  const isRight = async (): Promise<boolean> => {
    states = await truth();
    return Array.from(states).every(([profile, state]) =>
      isDeepStrictEqual(lasting(stored.get(profile)), lasting(state)),
    );
  };
  const wasRight = await until(isRight, 30_000, 300).then(
    () => true,
    () => false,
  );
  if (!wasRight)
    for (const [profile, state] of states) assert.deepEqual(lasting(stored.get(profile)), lasting(state));
  const ranked = Array.from(states.values()).filter(({ rows }) => (rows?.titles.length ?? 0) > 0);
  const bySignal = ranked.filter(({ rows }) => rows?.cause.topic === 'user-behavior-features');
  t.diagnostic(`${ranked.length} of ${states.size} profiles have rows, ${bySignal.length} for a signal`);
  assert.ok(ranked.length > 50 && bySignal.length > 0);
});

test('what was watched just now has rows as soon as they are stored', async (t) => {
  const { profileId: profile } = log[0]!.plays[0]!.event;
  const offset = log[0]!.plays.length;
  const eventTime = Date.now();
  const event = {
    ...{ kind: 'play_stop', eventId: 'now', eventTime, profileId: profile, country: 'US' },
    ...{ titleId: 't9', playId: 'now', positionSeconds: 5900, viewedSeconds: 5900 },
  };
  const enriched = { rootTitleId: 't9', runtimeSeconds: 6000 };
  const record = recordOf(event as unknown as EventOf, enriched);
  const value = codec.encodeClean('plays', { ...record, rawOffset: 1_000_000 });
  const messages = [{ partition: 0, key: profile, value }];
  await producer.send([{ topic: topicName(region, generation, 'plays'), messages }]);
  const rowsOf = () => stored.get(profile)?.rows;
  await until(() => rowsOf()?.cause.eventTime === eventTime, 20_000, 10);
  t.diagnostic(`rows could be read ${Date.now() - eventTime} ms after the play had stopped`);
  assert.deepEqual([rowsOf()!.cause.topic, rowsOf()!.cause.offset], ['plays', offset]);
  assert.equal(rowsOf()!.subjects[1], 't9');
});
