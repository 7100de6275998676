/**
 * State per profile on the move, on real servers: two behaviour processes with a data folder each, as on two machines,
 * are killed, frozen past their session, stopped and joined again under load. What they said last of every play and signal,
 * and what a third machine then restores, is what one lane makes of the same log.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { DerivedRecord } from '../../../domain/events/derived.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { readMemory } from '../../../domain/memory/read.ts';
import type { MemoryState } from '../../../domain/memory/state.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { topicName, type CleanTopic } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import type { S3ObjectStore } from '../../../infra/object-store/s3.ts';
import { createLmdbKeyedStates, openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import { createMovableKeyedStates } from '../../../infra/state/movable-keyed-states.ts';
import { behaviourFolds, type AnyKeyedFold } from '../../../streaming/behaviour/folds.ts';
import { createKeyedLane } from '../../../streaming/keyed/lane.ts';
import { generateBehaviour } from '../../support/behaviour-log.ts';
import { readTopic } from '../../support/kafka-log.ts';
import { startProcess, type MarqueeProcess } from '../../support/pipeline.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = 2;
const SESSION_MS = 6000;
const SETTINGS = {
  MARQUEE_PARTITIONS: String(PARTITIONS),
  KAFKA_SESSION_TIMEOUT_MS: String(SESSION_MS),
  KAFKA_HEARTBEAT_INTERVAL_MS: '500',
  BEHAVIOUR_MAX_BATCH_RECORDS: '40',
  BEHAVIOUR_CACHED_PROFILES: '10',
  BEHAVIOUR_STORE_INTERVAL_MS: '200',
  BEHAVIOUR_CHECKPOINT_INTERVAL_MS: '700',
  BEHAVIOUR_CHECKPOINT_PART_BYTES: '20000',
  BEHAVIOUR_CHECKPOINT_MAX_PARTS: '4',
  BEHAVIOUR_HANDOVER_MS: '1000',
};
const TOPICS = ['impressions', 'plays', 'searches'] as const;
const OUTPUTS = ['attributed-plays', 'user-behavior-features'] as const;
const config = testConfig(SETTINGS);
const { region, generation } = config;
const codec = createCleanCodec();
const log = generateBehaviour({
  seed: 23,
  profiles: 400,
  partitions: PARTITIONS,
  until: Date.now() - DAY_MS,
});
const folds = behaviourFolds(config);
const dir = mkdtempSync(join(tmpdir(), 'marquee-moves-'));
const running = new Map<string, MarqueeProcess>();
let kafka: KafkaClient;
let producer: LogProducer;
let store: S3ObjectStore;

before(async () => {
  kafka = openKafka(config, silentLog());
  store = openObjectStore(config);
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
});
after(async () => {
  await Promise.all(Array.from(running.values(), (one) => one.stop()));
  await producer.close();
  await kafka.close();
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

async function launch(machine: string): Promise<void> {
  const env = testEnvironment({ ...SETTINGS, MARQUEE_DATA_DIR: join(dir, machine) });
  running.set(
    machine,
    await startProcess('behaviour', { env, logDir: join(config.dataDir, 'logs', machine) }),
  );
}

async function kill(machine: string): Promise<void> {
  running.get(machine)!.signal('SIGKILL');
  await running.get(machine)!.stop();
}

/** One more record on every log, so late that every timer fires. */
const closing = log.map((topics, partition) => {
  const last = (topic: CleanTopic): CleanRecord => {
    const record = topics[topic].at(-1)!;
    const appendTime = Date.now() - DAY_MS / 2 + 3 * DAY_MS;
    const event = { ...record.event, eventId: `closing-${topic}-${partition}`, eventTime: appendTime };
    return { ...record, rawOffset: 1_000_000, appendTime, timeStatus: 'ok', event } as CleanRecord;
  };
  return Object.fromEntries(TOPICS.map((topic) => [topic, [last(topic)]])) as Record<
    CleanTopic,
    CleanRecord[]
  >;
});

/** Sends a share of every log; a part of what went before once more, as an extractor does that was restarted. */
async function send(
  from: number,
  to: number,
  of: readonly Readonly<Record<CleanTopic, readonly CleanRecord[]>>[] = log,
) {
  for (const topic of TOPICS) {
    const messages = of.flatMap((topics, partition) => {
      const records = topics[topic];
      const start = Math.max(0, Math.floor(from * records.length) - 10);
      return records.slice(start, Math.floor(to * records.length)).map((record) => ({
        partition,
        key: record.event.profileId,
        value: codec.encodeClean(topic, record),
      }));
    });
    await producer.send([{ topic: topicName(region, generation, topic), messages }]);
  }
}

type Words = Map<string, DerivedRecord>;

function hear(words: Words, record: DerivedRecord): void {
  const before = words.get(record.upsertKey);
  if (before === undefined || before.version < record.version) words.set(record.upsertKey, record);
}

/** What was said last of each key, without what says when it was said. */
const lastWords = (words: Words) =>
  new Map(
    Array.from(words, ([key, word]) => [key, { ...word, version: 0, appendTime: 0 }] as const).toSorted(
      ([a], [b]) => (a < b ? -1 : 1),
    ),
  );

/** The folds over the whole log in one lane each. */
async function truth() {
  const words = new Map(OUTPUTS.map((topic) => [topic, new Map() as Words]));
  const memories = new Map<string, MemoryState>();
  for (const fold of folds) {
    const folder = join(dir, 'truth', fold.name);
    const states = createLmdbKeyedStates<unknown>(folder, fold.version);
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const lane = createKeyedLane({
        ...{ fold, partition, states: states.partition(partition), cachedKeys: 1000 },
        emit(outputs) {
          for (const { record } of outputs) hear(words.get(fold.output as 'attributed-plays')!, record);
          return Promise.resolve();
        },
      });
      for (const topic of fold.topics) await lane.open(topic);
      for (const part of [log, closing]) {
        for (const topic of fold.topics) {
          const records: readonly CleanRecord[] | undefined = part[partition]![topic];
          if (records === undefined) continue;
          const from = part === log ? 0 : log[partition]![topic].length;
          await lane.process(
            topic,
            records.map((record, i) => ({ offset: from + i, record })),
          );
        }
      }
      await lane.store();
    }
    if (fold.name === 'impression-memory') {
      const reader = openKeyedReader<MemoryState>(folder, PARTITIONS);
      for (const profile of profiles()) {
        const state = reader.get(profile);
        if (state !== undefined) memories.set(profile, state);
      }
      await reader.close();
    }
    await states.close();
  }
  return { words: new Map(Array.from(words, ([topic, of]) => [topic, lastWords(of)])), memories };
}

const profiles = (): Set<string> =>
  new Set(
    log.flatMap((topics) => TOPICS.flatMap((topic) => topics[topic].map(({ event }) => event.profileId))),
  );

async function said(topic: (typeof OUTPUTS)[number]) {
  const words: Words = new Map();
  for (const records of (await readTopic(kafka, topicName(region, generation, topic))).values()) {
    for (const { value } of records) hear(words, codec.decodeDerived(topic, value!));
  }
  return lastWords(words);
}

function thirdMachine<S>(fold: AnyKeyedFold) {
  const folder = join(dir, 'third', fold.name);
  const restored: number[] = [];
  const states = createMovableKeyedStates<S>({
    ...{ store, region, generation, fold, owner: 'third', log: silentLog() },
    local: createLmdbKeyedStates<S>(folder, fold.version),
    limits: {
      ...{ intervalMs: 60_000, handoverMs: 0, partBytes: 1 << 20, maxParts: 10 },
      ...{ maxChanges: 1000, releaseMs: 1000 },
    },
    onRestore: ({ rows }) => void restored.push(rows),
  });
  return { states, restored };
}

test('killed, frozen, stopped and joined again on machines of their own, two processes end as one does', async (t) => {
  const expected = await truth();
  await launch('a');
  await send(0, 0.2);
  await until(async () => (await said('user-behavior-features')).size > 20, 60_000, 100);
  await launch('b');
  await send(0.2, 0.4);
  await sleep(2000);
  await kill('a');
  await send(0.4, 0.5);
  await launch('a');
  await send(0.5, 0.7);
  await sleep(1000);
  running.get('b')!.signal('SIGSTOP');
  await send(0.7, 0.8);
  await sleep(SESSION_MS + 3000);
  running.get('b')!.signal('SIGCONT');
  await send(0.8, 0.9);
  await sleep(1000);
  await running.get('b')!.stop();
  await send(0.9, 1);
  await launch('b');
  await kill('a');
  await send(0, 1, closing);
  for (const topic of OUTPUTS) {
    const isSame = async (): Promise<boolean> =>
      isDeepStrictEqual(await said(topic), expected.words.get(topic));
    await until(isSame, 60_000, 300).catch(() => undefined);
    const found = await said(topic);
    t.diagnostic(`${topic}: ${found.size} keys`);
    assert.ok(found.size > 200);
    assert.deepEqual(found, expected.words.get(topic));
  }
  await running.get('b')!.stop();

  const memory = folds.find(({ name }) => name === 'impression-memory')!;
  const { states, restored } = thirdMachine<MemoryState>(memory);
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const { positions } = await states.partition(partition).open();
    assert.equal(positions['plays']?.rawHigh, 1_000_000);
    assert.equal(positions['impressions']?.rawHigh, 1_000_000);
  }
  assert.equal(restored.length, PARTITIONS);
  for (const profile of profiles()) {
    const partition = log.findIndex((topics) =>
      TOPICS.some((topic) => topics[topic].some((one) => one.event.profileId === profile)),
    );
    const state = states.partition(partition).get(profile)?.state;
    const wanted = expected.memories.get(profile);
    const asOf = Date.now() + 3 * DAY_MS;
    assert.deepEqual(state && readMemory(state, asOf), wanted && readMemory(wanted, asOf), profile);
  }
  await states.close();
});
