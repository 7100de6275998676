/** A keyed fold as a consumer group over its topics: one lane per partition number, whatever the number of topics. */
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { ErasureBook } from '../../domain/erasure/book.ts';
import type { Generation, ProfileId, Region } from '../../domain/ids.ts';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import { topicName, type DerivedTopic, type FoldedTopic } from '../../domain/topics.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { runConsumer } from '../../infra/kafka/consumer.ts';
import { takenAway, type LogBatch, type LogConsumer, type LogGap } from '../../infra/kafka/consumer-port.ts';
import { singleFlight } from '../../infra/kafka/producer.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import type { Log } from '../../infra/log.ts';
import type { KeyedStates } from '../../infra/state/keyed-state.ts';
import { createBatchDecoder } from './decode.ts';
import { createKeyedLane, type KeyedLane, type KeyedOutput } from './lane.ts';

export interface KeyedStageDeps<S> {
  readonly kafka: KafkaClient;
  /** Shared by the partitions; each gets a single file of its own. */
  readonly producer: LogProducer;
  readonly codec: CleanCodec;
  readonly states: KeyedStates<S>;
  /** Absent where nobody is ever erased. */
  readonly erasures?: StageErasures | undefined;
  readonly region: Region;
  readonly generation: Generation;
  readonly limits: {
    readonly maxBatchRecords: number;
    readonly cachedKeys: number;
    /** How often state is stored: what a restart folds again, at most. */
    readonly storeIntervalMs: number;
  };
  readonly log: Log;
  readonly onProgress?: (topic: FoldedTopic, partition: number, records: number, lag: number) => void;
  readonly onOutputs?: (topic: DerivedTopic, records: number) => void;
  /** Records that the log lost before they were folded. */
  readonly onGap?: (gap: LogGap) => void;
}

export interface KeyedStage extends LogConsumer {
  /** Forgets the profile in every partition that is held here, at once. */
  forget(profileId: ProfileId): Promise<void>;
}

/** Who was erased, and whose erasure is under way. */
export interface StageErasures extends Pick<ErasureBook, 'owners' | 'ownerAt'> {
  underWay(): Promise<readonly ProfileId[]>;
}

interface Held {
  readonly lane: KeyedLane;
  /** Of all its topics, together with the first: none is read before those who are being erased are forgotten. */
  opened?: Promise<void>;
  /** Topics assigned at the moment. */
  readonly topics: Set<string>;
}

/** Sends waiting behind the one in flight; a lane never has more than one. */
const MAX_WAITING = 1;

export function runKeyedStage<S, T extends DerivedTopic>(
  deps: KeyedStageDeps<S>,
  fold: KeyedFold<S, T>,
): KeyedStage {
  const { kafka, codec, region, generation, limits, log, erasures } = deps;
  const read: readonly FoldedTopic[] = [...fold.topics, ...(fold.upserts?.topics ?? [])];
  const topics = new Map(read.map((topic) => [topicName(region, generation, topic), topic]));
  const lanes = new Map<number, Held>();
  const decode = createBatchDecoder(codec, fold, log);

  const createLane = (partition: number): KeyedLane =>
    createKeyedLane({
      fold,
      partition,
      states: deps.states.partition(partition),
      owners: erasures && {
        events: erasures.owners(generation, partition),
        ownerAt: erasures.ownerAt,
      },
      emit: emitter(deps, fold, partition),
      cachedKeys: limits.cachedKeys,
    });

  /** What cannot be stored now is stored next time, or folded again by the next owner. */
  const store = (lane: KeyedLane, partition: number): Promise<void> =>
    lane.store().catch((err: unknown) => log.warn({ err, partition }, 'state could not be stored'));
  /**
   * A member that the group had given up may open a partition after its successor. Whoever has it by the group's word
   * would find out at the next record, which may be long in coming: what it folded meanwhile would stay unstored.
   */
  const askAgainIfTaken = (lane: KeyedLane, partition: number): void => {
    const held = lanes.get(partition);
    if (held?.lane !== lane || !lane.isTaken()) return;
    for (const name of held.topics) consumer.askAgain(name, partition);
  };
  const begin = async (lane: KeyedLane, topic: FoldedTopic, isOver: () => boolean): Promise<void> => {
    await lane.open(topic, isOver);
    // Whoever had the partition may have been gone when it was told.
    for (const profileId of (await erasures?.underWay()) ?? []) await lane.forget(profileId);
  };
  const storing = setInterval(() => {
    for (const [partition, { lane }] of lanes)
      void store(lane, partition).then(() => askAgainIfTaken(lane, partition));
  }, limits.storeIntervalMs);

  const consumer = runConsumer(kafka, {
    groupId: `${region}.${fold.name}.${generation}`,
    topics: [...topics.keys()],
    coPartitioned: true,
    async onAssigned(name, partition, isOver) {
      const held = lanes.get(partition) ?? { lane: createLane(partition), topics: new Set() };
      lanes.set(partition, held);
      held.topics.add(name);
      held.opened ??= begin(held.lane, topics.get(name)!, isOver);
      await held.opened;
      return held.lane.open(topics.get(name)!, isOver);
    },
    async onRevoked(name, partition) {
      const held = lanes.get(partition);
      held?.topics.delete(name);
      if (held?.topics.size !== 0) return;
      lanes.delete(partition);
      await store(held.lane, partition);
      await held.lane.release();
    },
    onGap(gap) {
      deps.onGap?.(gap);
      lanes.get(gap.partition)?.lane.skipTo(topics.get(gap.topic)!, gap.found);
    },
    onEmptyFetch(name, partition) {
      lanes.get(partition)?.lane.idle(topics.get(name)!);
    },
    async onBatch(batch) {
      const topic = topics.get(batch.topic)!;
      const { partition, highWatermark } = batch;
      const records = await decode(topic, batch);
      for (let from = 0; from < records.length; from += limits.maxBatchRecords) {
        const held = lanes.get(partition);
        // Giving up silently would let the session read on behind records that nobody folded.
        if (held === undefined || batch.isStale()) throw takenAway(batch.topic, partition);
        const slice = records.slice(from, from + limits.maxBatchRecords);
        const next = await inTime(held.lane.process(topic, slice), batch);
        consumer.commit(batch.topic, partition, next);
        deps.onProgress?.(topic, partition, slice.length, highWatermark - next);
      }
    },
  });
  return {
    ...consumer,
    async forget(profileId) {
      for (const { lane } of lanes.values()) await lane.forget(profileId);
    },
    async stop() {
      clearInterval(storing);
      await consumer.stop();
    },
  };
}

/** Another owner's commit is no fault: the partition is asked for again. */
async function inTime(next: Promise<number>, batch: LogBatch): Promise<number> {
  try {
    return await next;
  } catch (error) {
    if (isMarqueeError(error, 'STATE_MOVED')) throw takenAway(batch.topic, batch.partition);
    throw error;
  }
}

function emitter<S, T extends DerivedTopic>(
  { producer, codec, region, generation, onOutputs }: KeyedStageDeps<S>,
  fold: KeyedFold<S, T>,
  partition: number,
): (outputs: readonly KeyedOutput<T>[]) => Promise<void> {
  const file = singleFlight(producer, MAX_WAITING);
  return async (outputs) => {
    const { output } = fold;
    if (output === undefined) {
      throw new MarqueeError('INTERNAL', { reason: `${fold.name} has outputs and no topic for them` });
    }
    const messages = outputs.map(({ key, record }) => ({
      partition,
      key,
      value: codec.encodeDerived(output, record),
      timestamp: record.appendTime,
    }));
    await file.send([{ topic: topicName(region, generation, output), messages }]);
    onOutputs?.(output, messages.length);
  };
}
