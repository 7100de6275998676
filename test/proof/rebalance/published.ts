/** What the processes have published so far, read beside them: the speed view and the upserts of the derived topics. */
import { decodeSpeedRecord } from '../../../domain/speed-codec.ts';
import { createSpeedReader, type SpeedReader } from '../../../domain/speed-reader.ts';
import {
  COUNTED_TOPICS,
  speedViewPartition,
  topicName,
  type DerivedTopic,
  type TopicKind,
} from '../../../domain/topics.ts';
import type { CleanCodec } from '../../../infra/avro/codec.ts';
import type { Config } from '../../../infra/config.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import type { LogBatch } from '../../../infra/kafka/consumer-port.ts';
import { logBounds } from '../../../infra/kafka/offsets.ts';
import { readAll, type LogReader } from '../../../infra/kafka/reader.ts';
import type { LaneReach } from './compare.ts';
import { entriesOf, type Entries } from './expected-counts.ts';
import { keepNewest, type Upserts } from './expected-profiles.ts';

export interface Published {
  counts(): Entries;
  reaches(): Promise<LaneReach[]>;
  readonly attribution: Upserts;
  readonly signals: Upserts;
  /** Resolves once everything that is in the topics by now was read. */
  caughtUp(): Promise<boolean>;
  stop(): Promise<void>;
}

export interface PublishedDeps {
  readonly config: Pick<Config, 'region' | 'generation' | 'partitions' | 'blockSize'>;
  readonly kafka: KafkaClient;
  readonly codec: CleanCodec;
}

export async function followPublished({ config, kafka, codec }: PublishedDeps): Promise<Published> {
  const { region, generation, partitions, blockSize } = config;
  const nameOf = (kind: TopicKind): string => topicName(region, generation, kind);
  const views = new Map<number, SpeedReader>();
  const viewOf = (partition: number): SpeedReader => {
    const view = views.get(partition) ?? createSpeedReader(blockSize);
    views.set(partition, view);
    return view;
  };
  const readers: [string, LogReader][] = [];
  const follow = async (topic: string, onRecords: (batch: LogBatch) => void): Promise<void> => {
    readers.push([topic, await readAll(kafka, { topic, live: true, onRecords })]);
  };
  const upsertsOf = async (topic: DerivedTopic): Promise<Upserts> => {
    const upserts: Upserts = new Map();
    await follow(nameOf(topic), ({ partition, records }) => {
      for (const { offset, value } of records)
        keepNewest(upserts, codec.decodeDerived(topic, value ?? Buffer.alloc(0), { partition, offset }));
    });
    return upserts;
  };

  await follow(nameOf('speed-view'), ({ partition, records }) => {
    for (const { key, value } of records) {
      const record = decodeSpeedRecord(key, value);
      if (record !== undefined) viewOf(partition).apply(record);
    }
  });
  const attribution = await upsertsOf('attributed-plays');
  const signals = await upsertsOf('user-behavior-features');

  return {
    attribution,
    signals,
    counts: () =>
      entriesOf(
        [...views.values()].flatMap((view) => view.pastCut(0).flatMap(({ chunks }) => [...chunks.values()])),
      ),
    async reaches() {
      const reaches: LaneReach[] = [];
      for (const topic of COUNTED_TOPICS) {
        for (const { partition, end } of await logBounds(kafka, nameOf(topic))) {
          const reach = viewOf(speedViewPartition(topic, partition, partitions)).reach(0);
          reaches.push({ lane: `${topic}/${partition}`, end, ...reach });
        }
      }
      return reaches;
    },
    async caughtUp() {
      for (const [topic, reader] of readers) {
        const positions = reader.positions();
        for (const { partition, end } of await logBounds(kafka, topic))
          if ((positions.get(partition) ?? 0) < end) return false;
      }
      return true;
    },
    async stop() {
      for (const [, reader] of readers) await reader.stop();
    },
  };
}
