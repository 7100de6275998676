/** The speed stage: a consumer group over the counted clean topics, one owner per topic-partition. */
import { hostname } from 'node:os';
import type { Generation, Region } from '../../domain/ids.ts';
import type { CutVector } from '../../domain/manifest.ts';
import type { FoldShape } from '../../domain/speed-fold.ts';
import { COUNTED_TOPICS, speedViewPartition, topicName, type CountedTopic } from '../../domain/topics.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { takenAway, type LogConsumer } from '../../infra/kafka/consumer-port.ts';
import { runConsumer } from '../../infra/kafka/consumer.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { singleFlight } from '../../infra/kafka/producer.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import type { Log } from '../../infra/log.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import { createCheckpoints } from './checkpoints.ts';
import { createBatchDecoder, type BatchDecoder } from './decode.ts';
import { createLane, type Lane } from './lane.ts';
import { createLease } from './lease.ts';
import { createLogHistory } from './log-history.ts';
import { createSpeedOwner, type RawHighBelow, type SpeedOwner } from './owner.ts';
import { createViewLog } from './view-log.ts';

export interface SpeedStageDeps {
  readonly kafka: KafkaClient;
  /** Without retries of its own: an unknown outcome ends the epoch. */
  readonly producer: LogProducer;
  readonly codec: CleanCodec;
  readonly store: ObjectStore;
  readonly region: Region;
  readonly generation: Generation;
  readonly partitions: number;
  readonly blockSize: number;
  readonly speed: {
    readonly flushIntervalMs: number;
    readonly checkpointIntervalMs: number;
    readonly slots: number;
  };
  readonly rawHighBelow: (topic: CountedTopic, partition: number) => RawHighBelow;
  readonly log: Log;
  /** Told of what the stage cannot mend by trying again. */
  readonly onFault: (error: unknown) => void;
  readonly onProgress?: (topic: CountedTopic, partition: number, records: number, lag: number) => void;
  /** A partition was taken over: its lease, its checkpoint, and what was published of it. */
  readonly onOpened?: (topic: CountedTopic, partition: number, durationMs: number) => void;
  readonly onFlush?: (topic: CountedTopic, partition: number, durationMs: number) => void;
}

export interface SpeedStage extends LogConsumer {
  /** Clears up the blocks that lie below the cuts of every servable view. */
  tombstoneBelow(cut: CutVector): void;
}

interface Held {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly lane: Lane;
  readonly decode: BatchDecoder;
}

/** One flush under way and one waiting behind it. */
const MAX_WAITING = 2;

export function runSpeedStage(deps: SpeedStageDeps): SpeedStage {
  const { kafka, region, generation } = deps;
  const topics = new Map(COUNTED_TOPICS.map((topic) => [topicName(region, generation, topic), topic]));
  const lanes = new Map<string, Held>();
  const stale = new Set<string>();
  const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`;

  const consumer = runConsumer(kafka, {
    groupId: `${region}.speed.${generation}`,
    topics: [...topics.keys()],
    readsAhead: true,
    async onAssigned(name, partition) {
      const topic = topics.get(name)!;
      const log = deps.log.child({ topic, partition });
      const lane = createLane({
        owner: createOwner(deps, topic, partition, log),
        ...deps.speed,
        log,
        onFault: deps.onFault,
        onFlush: (durationMs) => deps.onFlush?.(topic, partition, durationMs),
      });
      stale.delete(nameOf(name, partition));
      const bounds = (await logBounds(kafka, name)).find((one) => one.partition === partition);
      const startedMs = performance.now();
      const position = await lane.open(bounds?.start ?? 0);
      deps.onOpened?.(topic, partition, performance.now() - startedMs);
      const decode = createBatchDecoder(deps.codec, topic, log);
      lanes.set(nameOf(name, partition), { topic, partition, lane, decode });
      return position;
    },
    async onRevoked(name, partition) {
      const key = nameOf(name, partition);
      await lanes.get(key)?.lane.close(!stale.has(key));
      lanes.delete(key);
    },
    async onBatch(batch) {
      const key = nameOf(batch.topic, batch.partition);
      const held = lanes.get(key);
      if (held === undefined) return;
      if (batch.isStale()) {
        stale.add(key);
        // Giving up silently would let the session read on behind records that nobody folded.
        throw takenAway(batch.topic, batch.partition);
      }
      const columns = await held.decode(batch, held.lane.texts());
      const position = await held.lane.process(columns);
      consumer.commit(batch.topic, batch.partition, position);
      deps.onProgress?.(held.topic, batch.partition, columns.size, batch.highWatermark - position);
    },
  });

  return {
    ...consumer,
    tombstoneBelow(cut) {
      for (const { topic, partition, lane } of lanes.values())
        lane.tombstoneBelow(cut[topic]?.[partition] ?? 0);
    },
  };
}

function createOwner(deps: SpeedStageDeps, topic: CountedTopic, partition: number, log: Log): SpeedOwner {
  const { store, region, generation, partitions, blockSize, kafka } = deps;
  const shape: FoldShape = { topic, partition, blockSize, slots: deps.speed.slots };
  const place = { store, region, topic: `${topic}.${generation}` as const, partition };
  return createSpeedOwner({
    shape,
    lease: createLease({ ...place, owner: `${hostname()}/${process.pid}` }),
    checkpoints: createCheckpoints({ ...place, shape, log }),
    view: createViewLog({
      kafka,
      producer: singleFlight(deps.producer, MAX_WAITING),
      topic: topicName(region, generation, 'speed-view'),
      partition: speedViewPartition(topic, partition, partitions),
      log,
    }),
    history: createLogHistory({
      kafka,
      topic: topicName(region, generation, topic),
      partition,
      decode: createBatchDecoder(deps.codec, topic, log),
    }),
    rawHighBelow: deps.rawHighBelow(topic, partition),
  });
}
