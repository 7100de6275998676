/**
 * A topic generation with more partitions on real Kafka, S3 and lake: events go on, some are sent again on the other side of
 * the change, and in the end each is counted once by view and cells together.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError, type ErrorCode } from '../../../domain/errors.ts';
import { sealedPredecessor } from '../../../domain/generations.ts';
import { topicName } from '../../../domain/topics.ts';
import { createPopularityJob } from '../../../batch/popularity/job.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openActivityDeps } from '../../../infra/bin/worker-process.ts';
import type { Config } from '../../../infra/config.ts';
import {
  openKafka,
  openLake,
  openObjectStore,
  topicPlanOf,
  type OpenLake,
} from '../../../infra/connections.ts';
import { createGenerationStore } from '../../../infra/generations/store.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import type { ServiceContext } from '../../../infra/service.ts';
import { startBehaviour } from '../../../streaming/behaviour/process.ts';
import { startExtract } from '../../../streaming/extract/process.ts';
import {
  openGeneration,
  sealGeneration,
  type GenerationDeps,
} from '../../../streaming/generations/change.ts';
import { readDrain } from '../../../streaming/generations/drained.ts';
import { startSink } from '../../../streaming/sink/process.ts';
import { startSpeed } from '../../../streaming/speed/process.ts';
import { readTopic } from '../../support/kafka-log.ts';
import { startLane, type LiveLane } from '../../support/live-lane.ts';
import { readSpeedView } from '../../support/speed-view-log.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const SETTINGS = {
  MARQUEE_BLOCK_SIZE: '64',
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  SINK_FLUSH_INTERVAL_MS: '500',
  EXTRACT_START_GRACE_MS: '0',
  BEHAVIOUR_CHECKPOINT_INTERVAL_MS: '1000',
  SPEED_CLEAR_UP_INTERVAL_MS: '3600000',
};
const OLD = testConfig({ ...SETTINGS, MARQUEE_GENERATION: 'g1', MARQUEE_PARTITIONS: '2' });
const NEW = testConfig({ ...SETTINGS, MARQUEE_GENERATION: 'g2', MARQUEE_PARTITIONS: '4' });
const SHAPE = { partitions: NEW.partitions, blockSize: NEW.blockSize };
const EVENTS = 600;
const SEALING = { patienceMs: 120_000, pollIntervalMs: 200, now: () => Date.now() };

let kafka: KafkaClient;
let producer: LogProducer;
let open: OpenLake;
let old: GenerationDeps;
const lanes: LiveLane[] = [];
const closing: (() => unknown)[] = [];

/** A broker that is busy may take a while to have topics that were just created. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 10; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !isMarqueeError(error, 'LOG_UNAVAILABLE')) throw error;
      await sleep(500);
    }
  }
}

before(async () => {
  kafka = openKafka(OLD, silentLog());
  closing.push(kafka.close);
  await patiently(() => ensureTopics(kafka, topicPlanOf(OLD)));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 16 });
  closing.push(producer.close);
  open = await openLake(OLD, silentLog());
  closing.push(open.close);
  await open.lake.ensureTables();
  const objects = openObjectStore(OLD);
  closing.push(objects.close);
  old = { kafka, config: OLD, store: createGenerationStore(objects, OLD.region) };
  lanes.push(await startLane(OLD, [startSink, startExtract, startSpeed, startBehaviour]));
});
after(async () => {
  for (const lane of lanes) await lane.stop();
  for (const close of closing.reverse()) await close();
});

/** Every third event is a play, the others are impressions. */
function eventOf(number: number): { profileId: string; text: string } {
  const profileId = `p${number % 50}`;
  const common = {
    ...{ eventId: `e${number}`, eventTime: Date.now(), profileId, country: 'DE' },
    titleId: `t${number % 7}`,
  };
  const event =
    number % 3 === 0
      ? { ...common, kind: 'play_start' }
      : { ...common, kind: 'impression', row: 'trending', rank: number % 10 };
  return { profileId, text: JSON.stringify(event) };
}

async function send({ region, generation, partitions }: Config, from: number, to: number): Promise<void> {
  const messages = Array.from({ length: to - from }, (_, i) => {
    const { profileId, text } = eventOf(from + i);
    return { key: profileId, partition: partitionOfKey(profileId, partitions), value: Buffer.from(text) };
  });
  await producer.send([{ topic: topicName(region, generation, 'raw-events'), messages }]);
}

/** Somebody is shown a title before the change, and plays it afterwards. */
const SEER = { profileId: 'seer', country: 'DE', titleId: 'seen-before' };

async function sendOne({ region, generation, partitions }: Config, event: object): Promise<void> {
  const value = Buffer.from(JSON.stringify({ ...SEER, eventTime: Date.now(), ...event }));
  const message = { key: SEER.profileId, partition: partitionOfKey(SEER.profileId, partitions), value };
  await producer.send([{ topic: topicName(region, generation, 'raw-events'), messages: [message] }]);
}

/** What the new generation says led to the play. */
async function attributed(): Promise<unknown> {
  const codec = createCleanCodec();
  const { region, generation } = NEW;
  const topic = topicName(region, generation, 'attributed-plays');
  const records = [...(await readTopic(kafka, topic)).values()].flat();
  const upserts = records.map(({ value }) => codec.decodeDerived('attributed-plays', value!));
  const own = upserts.filter(({ profileId }) => profileId === SEER.profileId);
  const newest = own.sort((a, b) => a.version - b.version).at(-1);
  return newest && [newest.source, newest.row, newest.impressionId];
}

const failsWith = (code: ErrorCode) => (error: unknown) => isMarqueeError(error, code);

/** How often each event stands in the clean topics that are counted, of both generations. */
async function cleanCounts(): Promise<Map<string, number>> {
  const codec = createCleanCodec();
  const counts = new Map<string, number>();
  for (const { region, generation } of [OLD, NEW])
    for (const topic of ['plays', 'impressions'] as const) {
      const taken = new Set<string>();
      for (const [partition, records] of await readTopic(kafka, topicName(region, generation, topic)))
        for (const { value } of records) {
          const { rawOffset, event } = codec.decodeClean(topic, value!);
          // What was sent again has its raw offset: readers skip it.
          if (taken.has(`${partition}/${rawOffset}`)) continue;
          taken.add(`${partition}/${rawOffset}`);
          counts.set(event.eventId, (counts.get(event.eventId) ?? 0) + 1);
        }
    }
  return counts;
}

/** What an extractor of the new generation ends with when it is started now. */
async function failureOfStart(): Promise<unknown> {
  const begun: (() => unknown)[] = [];
  const onClose = (close: () => unknown): void => void begun.push(close);
  const context = { config: NEW, log: silentLog(), onClose, fail: () => undefined } as ServiceContext;
  const failure = await startExtract(context).then(
    () => undefined,
    (error: unknown) => error,
  );
  for (const close of begun.reverse()) await close();
  return failure;
}

const isRead = async (config: Config): Promise<boolean> => {
  const { behind, ends } = await readDrain(kafka, config, config.generation);
  return behind.length === 0 && ends['raw-events']!.some((end) => end > 0);
};

test('every event is counted once across the change, also one that is sent on both sides', async () => {
  await send(OLD, 0, EVENTS / 2);
  await sendOne(OLD, { kind: 'impression', eventId: 'shown', row: 'trending', rank: 3 });
  const opened = await patiently(() => openGeneration(old, SHAPE));
  assert.deepEqual(
    opened.map(({ generation, state }) => `${generation} ${state}`),
    ['g1 closing', 'g2 open'],
  );
  assert.deepEqual(await openGeneration(old, SHAPE), opened);
  await assert.rejects(openGeneration(old, { ...SHAPE, partitions: 3 }), failsWith('GENERATION_REFUSED'));

  // Writers move one after the other: for a while both logs grow, and callers send again what they are unsure of.
  await send(NEW, EVENTS / 4, EVENTS / 2 + 50);
  await send(OLD, EVENTS / 2, EVENTS / 2 + 100);
  assert.ok(failsWith('GENERATION_NOT_SEALED')(await failureOfStart()));
  const worker = await openActivityDeps(NEW, silentLog());
  closing.push(worker.close);
  await assert.rejects(worker.deps.popularity.plan(), failsWith('GENERATION_NOT_SEALED'));

  const sealed = await sealGeneration(old, SEALING);
  assert.equal(sealedPredecessor(sealed, NEW.generation, 'x')?.state, 'sealed');
  await assert.rejects(send(OLD, EVENTS, EVENTS + 1), failsWith('LOG_UNAVAILABLE'));
  assert.deepEqual(await sealGeneration(old, SEALING), sealed);

  await send(NEW, EVENTS / 2 - 100, EVENTS);
  await sendOne(NEW, { kind: 'play_start', eventId: 'played' });
  lanes.push(await startLane(NEW, [startSink, startExtract, startSpeed, startBehaviour]));
  await until(() => isRead(NEW), 120_000, 500);
  const counts = await cleanCounts();
  const odd = [...counts].filter(([, count]) => count !== 1);
  assert.deepEqual([counts.size, odd], [EVENTS + 2, []]);
  assert.deepEqual(await attributed(), ['row', 'trending', 'shown']);

  const plan = await worker.deps.popularity.plan();
  assert.equal(plan.generation, NEW.generation);
  const outDir = join(NEW.dataDir, 'parts');
  const log = { generation: NEW.generation, ...SHAPE };
  const { metrics } = await createPopularityJob({ lake: open.lake, log }).compute(plan, {
    outDir,
    asOf: Date.now(),
  });
  let speed = { plays: 0, impressions: 0 };
  const isWhole = async (): Promise<boolean> => {
    const { reach, counts: cells } = await readSpeedView(NEW, kafka, plan.cut);
    speed = { plays: 0, impressions: 0 };
    for (const [name, count] of cells) speed[name.split('/')[0] as keyof typeof speed] += count;
    const { ends } = await readDrain(kafka, NEW, NEW.generation);
    return (
      reach.holes.length === 0 &&
      (['plays', 'impressions'] as const).every((topic) =>
        ends[topic]!.every((end, partition) => reach.watermark[topic][partition] === end),
      )
    );
  };
  await until(isWhole, 60_000, 500);
  assert.ok(metrics['impressions']! > 0 && speed.impressions > 0, 'both lanes count');
  assert.deepEqual(
    { plays: metrics['plays']! + speed.plays, impressions: metrics['impressions']! + speed.impressions },
    { plays: EVENTS / 3 + 1, impressions: (EVENTS / 3) * 2 + 1 },
  );
});
