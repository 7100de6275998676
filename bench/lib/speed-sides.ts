/** Our sides of the speed benchmark: the stage in one or more processes, and a bare read. */
import { join } from 'node:path';
import { COUNTED_TOPICS, countedPartitionOf, topicName } from '../../domain/topics.ts';
import { decodeSpeedRecord } from '../../domain/speed-codec.ts';
import { createSpeedTotals } from '../../domain/speed-totals.ts';
import { MEASURE_COUNT, MEASURES } from '../../domain/measures.ts';
import type { Config } from '../../infra/config.ts';
import { topicPlanOf } from '../../infra/connections.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { readAll } from '../../infra/kafka/reader.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { FOLDING_FLAGS } from '../../infra/local/node-flags.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import { startLineProcess, type LineProcess } from './line-process.ts';
import { patiently } from './speed-log.ts';
import type { Counts, Finished, SpeedLane } from './speed-lane.ts';

export interface SidesDeps {
  readonly config: Config;
  /** What the processes under test are given. */
  readonly environment: Readonly<Record<string, string>>;
  readonly kafka: KafkaClient;
  readonly store: ObjectStore;
}

const SPEED = join(import.meta.dirname, 'speed-process.ts');
const BARE = join(import.meta.dirname, 'bare-read-process.ts');

/**
 * The speed stage in so many processes of so many threads (0: one a core; else as many as there are unless configured); the
 * log's parts are shared out between them.
 */
export function marqueeLane(
  deps: SidesDeps,
  processes: number,
  threads = deps.config.speed.threads,
): SpeedLane {
  const { config, kafka, store } = deps;
  const environment = { ...deps.environment, SPEED_THREADS: String(threads) };
  const { region, generation, partitions } = config;
  return {
    parts: COUNTED_TOPICS.length * partitions,
    async start() {
      await patiently(() => ensureTopics(kafka, topicPlanOf(config)));
      return Promise.all(Array.from({ length: processes }, () => startNode(SPEED, environment)));
    },
    finish: () => published(deps),
    async clear() {
      const admin = await kafka.admin();
      await admin.deleteGroups([`${region}.speed.${generation}`]).catch(() => undefined);
      await admin.deleteTopics({ topics: [topicName(region, generation, 'speed-view')] });
      for (const { key } of await store.list(`${region}/`)) await store.delete(key);
    },
  };
}

/** A consumer of the same client that counts bytes: of records, as kafkajs has them, or of columns, as the stage reads. */
export function bareLane({ config, environment, kafka }: SidesDeps, as: 'records' | 'columns'): SpeedLane {
  const { region, generation, partitions } = config;
  return {
    parts: COUNTED_TOPICS.length * partitions,
    start: async () => [await startNode(BARE, environment, as)],
    finish: () => Promise.resolve({ outputRecords: 0, outputBytes: 0 }),
    async clear() {
      const admin = await kafka.admin();
      await admin.deleteGroups([`${region}.bare-read.${generation}`]).catch(() => undefined);
    },
  };
}

const startNode = (
  module: string,
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<LineProcess> =>
  startLineProcess([process.execPath, ...FOLDING_FLAGS, module, ...args], environment);

/** What was published, and what a reader of it counts, which must reach to the end of every clean partition. */
async function published({ config, kafka }: SidesDeps): Promise<Finished> {
  const { region, generation, partitions, blockSize } = config;
  const totals = createSpeedTotals({ partitions, blockSize });
  let outputRecords = 0;
  let outputBytes = 0;
  const reader = await readAll(kafka, {
    topic: topicName(region, generation, 'speed-view'),
    live: false,
    onRecords({ partition, records }) {
      const counted = countedPartitionOf(partition, partitions);
      outputRecords += records.length;
      for (const { key, value } of records) {
        outputBytes += (key?.length ?? 0) + (value?.length ?? 0);
        const record = decodeSpeedRecord(key, value);
        if (record !== undefined) totals.apply(counted.topic, counted.partition, record);
      }
    },
  });
  await reader.closed;
  const { watermark, holes } = totals.reach();
  for (const topic of COUNTED_TOPICS) {
    for (const { partition, end } of await logBounds(kafka, topicName(region, generation, topic))) {
      if (watermark[topic][partition] === end) continue;
      throw new Error(`${topic}/${partition} is published to ${watermark[topic][partition]} of ${end}`);
    }
  }
  if (holes.length > 0) throw new Error(`blocks are missing: ${JSON.stringify(holes)}`);
  const sums = new Float64Array(MEASURE_COUNT);
  totals.addEverything(sums);
  const of = (measure: (typeof MEASURES)[number]): number => sums[MEASURES.indexOf(measure)]!;
  const counts: Counts = {
    plays: of('plays'),
    qualifiedPlays: of('qualifiedPlays'),
    impressions: of('impressions'),
    secondsViewed: of('secondsViewed'),
  };
  return { counts, outputRecords, outputBytes };
}
