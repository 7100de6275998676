/** The extract stage: a consumer group over the raw log, one extractor per partition. */
import type { ErasureBook } from '../../domain/erasure/book.ts';
import type { ExtractLimits, ExtractOutcome } from '../../domain/extract.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { topicName } from '../../domain/topics.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { runConsumer } from '../../infra/kafka/consumer.ts';
import { takenAway, type LogConsumer, type LogGap } from '../../infra/kafka/consumer-port.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { singleFlight } from '../../infra/kafka/producer.ts';
import { withRedriven } from '../../infra/kafka/redriven.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import type { ExtractState } from '../../infra/state/extract-state.ts';
import { createCleanLog } from './clean-log.ts';
import type { Completions } from './completions.ts';
import { cutBatches } from './cut-batches.ts';
import { createExtractor, type Extractor, type SideInputSource } from './extractor.ts';

export interface ExtractStageDeps {
  readonly kafka: KafkaClient;
  /** Shared by the partitions; each gets a single file of its own. */
  readonly producer: LogProducer;
  readonly codec: CleanCodec;
  readonly state: ExtractState;
  readonly region: Region;
  readonly generation: Generation;
  readonly limits: ExtractLimits & { readonly maxBatchRecords: number };
  /** Absent where nobody is ever erased. */
  readonly erasures?: Pick<ErasureBook, 'owners'> | undefined;
  readonly sideInputs?: SideInputSource;
  /** Absent where nobody is asked who could be out. */
  readonly completions?: Completions | undefined;
  readonly pendingRoom?: (partition: number) => number;
  /** Told of a partition before its state is loaded, which may give it one. */
  readonly prepare?: (partition: number) => Promise<void>;
  readonly onOutcomes?: (partition: number, outcomes: readonly ExtractOutcome[]) => void;
  readonly onForgone?: (count: number) => void;
  /** Raw records that the log lost before they were read. */
  readonly onGap?: (gap: LogGap) => void;
  readonly onLag?: (partition: number, records: number) => void;
}

/** Sends waiting behind the one in flight; a partition never has more than one. */
const MAX_WAITING = 1;

export function runExtractStage(deps: ExtractStageDeps): LogConsumer {
  const { kafka, region, generation, limits } = deps;
  const rawTopic = topicName(region, generation, 'raw-events');
  const extractors = new Map<number, Extractor>();
  const files = new Map<number, LogProducer>();
  const producerOf = (partition: number): LogProducer => {
    const file = files.get(partition) ?? singleFlight(deps.producer, MAX_WAITING);
    files.set(partition, file);
    return file;
  };
  const log = createCleanLog({
    producerOf,
    codec: deps.codec,
    region,
    generation,
    maxLetterBytes: limits.maxEventBytes,
  });

  const consumer = runConsumer(kafka, {
    groupId: `${region}.extract.${generation}`,
    topics: [rawTopic],
    async onAssigned(_topic, partition) {
      const extractor = createExtractor({
        ...{ partition, limits, log, state: deps.state },
        owners: deps.erasures?.owners(generation, partition),
        ...(deps.sideInputs && { sideInputs: deps.sideInputs }),
        pendingRoom: () => deps.pendingRoom?.(partition) ?? 0,
        onOutcomes: (outcomes) => deps.onOutcomes?.(partition, outcomes),
        onForgone: (count) => deps.onForgone?.(count),
      });
      extractors.set(partition, extractor);
      await deps.prepare?.(partition);
      const position = await extractor.open(await startWithoutState(kafka, rawTopic, partition));
      deps.completions?.begin(partition);
      // A killed owner may have decided more than it told.
      consumer.commit(rawTopic, partition, position);
      return position;
    },
    onRevoked(_topic, partition) {
      deps.completions?.end(partition);
      extractors.delete(partition);
    },
    onGap(gap) {
      deps.onGap?.(gap);
      extractors.get(gap.partition)?.skipTo(gap.found);
    },
    async onBatch({ partition, records, highWatermark, isStale }) {
      for (const batch of cutBatches(records, limits.maxBatchRecords)) {
        const extractor = extractors.get(partition);
        // Giving up silently would let the session read on behind records that nobody decided.
        if (extractor === undefined || isStale()) throw takenAway(rawTopic, partition);
        const slice = batch.map((record) => withRedriven(record, { region, generation, partition }));
        const expected = (slice.at(-1)?.offset ?? -1) + 1;
        const position = await extractor.process(slice);
        if (position !== expected) {
          throw new MarqueeError('STATE_MOVED', { topic: rawTopic, partition, actual: position, expected });
        }
        consumer.commit(rawTopic, partition, position);
        deps.onLag?.(partition, highWatermark - position);
      }
    },
  });
  return consumer;
}

/**
 * Without any state the whole log is decided again: every decision is a function of the log, and what the clean topics
 * hold already is skipped by its raw offset.
 */
async function startWithoutState(kafka: KafkaClient, topic: string, partition: number): Promise<number> {
  const bounds = await logBounds(kafka, topic);
  return bounds.find((one) => one.partition === partition)?.start ?? 0;
}
