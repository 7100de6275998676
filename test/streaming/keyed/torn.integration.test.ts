/** A stage whose checkpoints are torn in a real object store, over a real log that was trimmed behind them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { topicName } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import type { LogGap } from '../../../infra/kafka/consumer-port.ts';
import { deleteRecords } from '../../../infra/kafka/delete-records.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import type { S3ObjectStore } from '../../../infra/object-store/s3.ts';
import { createLmdbKeyedStates } from '../../../infra/state/lmdb-keyed-state.ts';
import { createMovableKeyedStates } from '../../../infra/state/movable-keyed-states.ts';
import { runKeyedStage } from '../../../streaming/keyed/stage.ts';
import { counting, record, type Count } from '../../support/counting-lane.ts';
import { testConfig } from '../../support/stack.ts';
import { BEFORE, harm, manifestIn, NEWEST, type Which } from '../../support/torn-checkpoints.ts';
import { until } from '../../support/until.ts';

const config = testConfig({ MARQUEE_PARTITIONS: '1' });
const { region, generation } = config;
const fold = counting(['impressions']);
const topic = topicName(region, generation, 'impressions');
const prefix = `${region}/checkpoints/keyed/${fold.name}/${generation}/0/v${fold.version}`;
const codec = createCleanCodec();
const closers: (() => Promise<void>)[] = [];
let kafka: KafkaClient;
let producer: LogProducer;
let store: S3ObjectStore;

before(async () => {
  kafka = openKafka(config, silentLog());
  store = openObjectStore(config);
  await store.ensureBucket();
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
});
after(async () => {
  for (const close of closers) await close();
  await producer.close();
  await kafka.close();
  store.close();
});

interface Running {
  readonly gaps: LogGap[];
  readonly discarded: string[];
  seen(): number | undefined;
  stop(): Promise<void>;
}

/** A stage on a machine of its own. */
function run(name: string): Running {
  const gaps: LogGap[] = [];
  const discarded: string[] = [];
  const log = silentLog();
  const states = createMovableKeyedStates<Count>({
    local: createLmdbKeyedStates<Count>(join(config.dataDir, name), fold.version),
    ...{ store, region, generation, fold, owner: name, log },
    limits: {
      ...{ intervalMs: 50, handoverMs: 0 },
      ...{ partBytes: 1000, maxParts: 4, maxChanges: 100, releaseMs: 5000 },
    },
    onDiscarded: (from) => void discarded.push(from),
  });
  const limits = { maxBatchRecords: 7, cachedKeys: 3, storeIntervalMs: 50 };
  const onGap = (gap: LogGap): void => void gaps.push(gap);
  const stage = runKeyedStage(
    { kafka, producer, codec, states, region, generation, limits, log, onGap },
    fold,
  );
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= stage.stop().then(states.close));
  closers.push(stop);
  return { gaps, discarded, stop, seen: () => states.partition(0).get('p')?.state.seen };
}

let sent = 0;
async function send(records: number): Promise<void> {
  for (const to = sent + records; sent < to; sent += 1) {
    const { event, ...rest } = record(sent, 'p', 1_790_000_000_000 + sent);
    const value = codec.encodeClean('impressions', { ...rest, event });
    await producer.send([{ topic, messages: [{ partition: 0, key: event.profileId, value }] }]);
  }
}

/** Once what was sent is in both checkpoints the log forgets it. */
async function trim(): Promise<void> {
  const reachOf = async (which: Which): Promise<number | undefined> =>
    (await manifestIn(store, prefix, which))?.positions['impressions']?.next;
  await until(async () => (await reachOf(NEWEST)) === sent && (await reachOf(BEFORE)) === sent, 30_000);
  await deleteRecords(kafka, topic, [{ partition: 0, offset: sent }]);
}

const tear = async (which: Which): Promise<void> => {
  for (const { key } of (await manifestIn(store, prefix, which))!.parts) await harm(store, key, 'torn');
};

test('with the newest checkpoint torn a stage loses nothing; with both torn it tells what the log has lost', async () => {
  const first = run('first');
  await send(6);
  await trim();
  await first.stop();
  await tear(NEWEST);

  const second = run('second');
  await send(3);
  await until(async () => Promise.resolve(second.seen() === 9), 30_000);
  assert.deepEqual([second.gaps, second.discarded], [[], ['before']]);
  await trim();
  await second.stop();
  await tear(NEWEST);
  await tear(BEFORE);

  const third = run('third');
  await send(2);
  await until(async () => Promise.resolve(third.seen() === 2), 30_000);
  assert.deepEqual(third.gaps, [{ topic, partition: 0, expected: 0, found: 9 }]);
  assert.deepEqual(third.discarded, ['nothing']);
});
