/**
 * A member that the group has given up may come to open a partition after its successor did, on real servers. Whoever has
 * it by the group's word takes it back by itself: no further record need come for what it folded to be stored.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import type { S3ObjectStore } from '../../../infra/object-store/s3.ts';
import type { KeyedStates } from '../../../infra/state/keyed-state.ts';
import { createLmdbKeyedStates } from '../../../infra/state/lmdb-keyed-state.ts';
import { createMovableKeyedStates } from '../../../infra/state/movable-keyed-states.ts';
import { topicName } from '../../../domain/topics.ts';
import { runKeyedStage, type KeyedStage } from '../../../streaming/keyed/stage.ts';
import { counting, record, type Count } from '../../support/counting-lane.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const config = testConfig({ MARQUEE_PARTITIONS: '1', KAFKA_SESSION_TIMEOUT_MS: '6000' });
const { region, generation } = config;
const fold = counting(['impressions']);
const codec = createCleanCodec();
const opened: KeyedStates<Count>[] = [];
let kafka: KafkaClient;
let producer: LogProducer;
let store: S3ObjectStore;
let stage: KeyedStage;

before(async () => {
  kafka = openKafka(config, silentLog());
  store = openObjectStore(config);
  await store.ensureBucket();
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
});
after(async () => {
  await stage.stop();
  for (const states of opened) await states.close();
  await producer.close();
  await kafka.close();
  store.close();
});

function machine(name: string): KeyedStates<Count> {
  const states = createMovableKeyedStates<Count>({
    local: createLmdbKeyedStates<Count>(join(config.dataDir, name), fold.version),
    ...{ store, region, generation, fold, owner: name, log: silentLog() },
    limits: {
      ...{ intervalMs: 50, handoverMs: 0 },
      ...{ partBytes: 1000, maxParts: 4, maxChanges: 100, releaseMs: 5000 },
    },
  });
  opened.push(states);
  return states;
}

async function send(rawOffset: number): Promise<void> {
  const { event, ...rest } = record(rawOffset, 'p', 1_790_000_000_000 + rawOffset);
  const value = codec.encodeClean('impressions', { ...rest, event });
  const messages = [{ partition: 0, key: event.profileId, value }];
  await producer.send([{ topic: topicName(region, generation, 'impressions'), messages }]);
}

/** What the newest checkpoint says of the partition. */
async function checkpoint(): Promise<{ owner?: string; next?: number }> {
  const key = `${region}/checkpoints/keyed/${fold.name}/${generation}/0/v${fold.version}/manifest`;
  const [, json = '{}'] = new TextDecoder().decode((await store.get(key))?.body).split('\n');
  const { owner, positions } = JSON.parse(json) as {
    owner?: string;
    positions?: Record<string, { next: number }>;
  };
  return {
    ...(owner && { owner }),
    ...(positions?.['impressions'] && { next: positions['impressions'].next }),
  };
}

const stored = (owner: string, next: number): Promise<void> =>
  until(async () => {
    const found = await checkpoint();
    return found.owner === owner && found.next === next;
  }, 30_000);

test('a partition that was taken by one whom the group had given up is taken back while no record comes', async () => {
  const limits = { maxBatchRecords: 7, cachedKeys: 3, storeIntervalMs: 50 };
  const states = machine('successor');
  stage = runKeyedStage(
    { kafka, producer, codec, states, region, generation, limits, log: silentLog() },
    fold,
  );
  await send(0);
  await stored('successor', 1);
  const late = await machine('given-up').partition(0).open();
  assert.equal(late.positions['impressions']?.next, 1);
  // Folded under an epoch that is over: to be stored, it has to be folded again.
  await send(1);
  await stored('successor', 2);
  assert.equal(states.partition(0).get('p')?.state.seen, 2);
});
