/**
 * Deletes from the clean topics what every owner's checkpoints in the object store have behind them, so that whoever takes a
 * partition over without one cannot have the right state.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyedFold } from '../../../domain/keyed-fold.ts';
import { COUNTED_TOPICS, topicName, type CleanTopic, type CountedTopic } from '../../../domain/topics.ts';
import type { Config } from '../../../infra/config.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { logBounds } from '../../../infra/kafka/offsets.ts';
import { silentLog } from '../../../infra/log.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { createCheckpoints } from '../../../streaming/speed/checkpoints.ts';
import { BEFORE, manifestIn, NEWEST } from '../../support/torn-checkpoints.ts';

export interface TrimDeps {
  readonly config: Pick<Config, 'region' | 'generation' | 'partitions' | 'blockSize' | 'speed'>;
  readonly kafka: KafkaClient;
  readonly store: ObjectStore;
}

/** Up to where a topic-partition is covered by the checkpoint of one of its readers; 0 where there is none. */
export type CoveredTo = (topic: CleanTopic, partition: number) => Promise<number>;

/** How long checkpoints may take to cover what was read: the ones before come after the newest. */
const PATIENCE_MS = 25_000;
const POLL_MS = 500;

/** Waits, for a while, until everything is covered. */
export async function awaitCovered(
  { config, kafka }: TrimDeps,
  topics: readonly CleanTopic[],
  covered: readonly CoveredTo[],
): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (const kind of topics)
    for (const { partition, end } of await logBounds(
      kafka,
      topicName(config.region, config.generation, kind),
    )) {
      const isCovered = async (): Promise<boolean> =>
        (await Promise.all(covered.map((by) => by(kind, partition)))).every((to) => to >= end);
      while (!(await isCovered()) && Date.now() < until) await sleep(POLL_MS);
    }
}

/** Answers how many records are gone. */
export async function trimLogs(
  { config, kafka }: TrimDeps,
  topics: readonly CleanTopic[],
  covered: readonly CoveredTo[],
): Promise<number> {
  const admin = await kafka.admin();
  let trimmed = 0;
  for (const kind of topics) {
    const topic = topicName(config.region, config.generation, kind);
    const partitions: { partition: number; offset: string }[] = [];
    for (const { partition, start } of await logBounds(kafka, topic)) {
      const to = Math.min(...(await Promise.all(covered.map((by) => by(kind, partition)))));
      if (to <= start || to === Infinity) continue;
      partitions.push({ partition, offset: String(to) });
      trimmed += to - start;
    }
    if (partitions.length > 0) await admin.deleteTopicRecords({ topic, partitions });
  }
  return trimmed;
}

/** By the checkpoints of the counting fold; topics that it does not read hold nobody up. */
export const coveredBySpeed =
  ({ config, store }: TrimDeps): CoveredTo =>
  async (topic, partition) => {
    if (!(COUNTED_TOPICS as readonly string[]).includes(topic)) return Infinity;
    const { region, generation, blockSize, speed } = config;
    const checkpoints = createCheckpoints({
      ...{ store, region, topic: `${topic}.${generation}`, partition },
      shape: { topic: topic as CountedTopic, partition, blockSize, slots: speed.slots },
      log: silentLog(),
    });
    return (await checkpoints.load())?.position ?? 0;
  };

/**
 * By the checkpoints of folds with state per profile: the newest and the one before, since whoever cannot read the newest
 * goes on from that one. A topic that none of them reads holds nobody up.
 */
export const coveredByStates =
  (
    { config, store }: TrimDeps,
    folds: readonly Pick<KeyedFold<unknown>, 'name' | 'version' | 'topics'>[],
  ): CoveredTo =>
  async (topic, partition) => {
    const { region, generation } = config;
    const readers = folds.filter(({ topics }) => topics.includes(topic));
    const covered = readers.flatMap(({ name, version }) => {
      const prefix = `${region}/checkpoints/keyed/${name}/${generation}/${partition}/v${version}`;
      return ([NEWEST, BEFORE] as const).map(
        async (which) => (await manifestIn(store, prefix, which))?.positions[topic]?.next ?? 0,
      );
    });
    return Math.min(Infinity, ...(await Promise.all(covered)));
  };
