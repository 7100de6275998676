/** Both lanes on real servers, fed with the same clean records: Kafka for the speed lane, Iceberg for the batch lane. */
import fc from 'fast-check';
import type { CleanRecord } from '../../domain/events/event.ts';
import { countedRecord } from '../../domain/measures.ts';
import { speedViewPartition, topicName, type CountedTopic } from '../../domain/topics.ts';
import { DAY_MS } from '../../domain/time.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { createStoredRegistry } from '../../infra/avro/registry.ts';
import type { Config } from '../../infra/config.ts';
import { topicPlanOf } from '../../infra/connections.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { createSingleFlightProducer, singleFlight } from '../../infra/kafka/producer.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { silentLog } from '../../infra/log.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import { createCheckpoints } from '../../streaming/speed/checkpoints.ts';
import { createBatchDecoder } from '../../streaming/speed/decode.ts';
import { createLease } from '../../streaming/speed/lease.ts';
import { createLogHistory } from '../../streaming/speed/log-history.ts';
import { createSpeedOwner, type FoldInput } from '../../streaming/speed/owner.ts';
import { createViewLog } from '../../streaming/speed/view-log.ts';
import { arbitraryImpressions, arbitraryPlays, LOG_START, partitionRows } from './clean-rows.ts';

export interface Place {
  readonly topic: CountedTopic;
  readonly partition: number;
}

export interface ParityLanes {
  /** The next records of a partition's made-up log go to Kafka, and to the lake at the same offsets. */
  append(at: Place, count: number): Promise<void>;
  /** A record by its offset. */
  recordAt(at: Place, offset: number): CleanRecord;
  length(at: Place): number;
  /**
   * Folds a partition from where its owner stood to its end and publishes it, as an owner would whose fold sees `change`
   * of each record.
   */
  foldOtherwise(at: Place, change: (input: FoldInput) => FoldInput): Promise<void>;
  close(): Promise<void>;
}

const MOST = 2000;
const LOG_DAYS = 3;

export async function createParityLanes(
  config: Config,
  { kafka, lake, store }: { kafka: KafkaClient; lake: DuckDbLake; store: ObjectStore },
): Promise<ParityLanes> {
  const { region, generation, partitions, blockSize } = config;
  await ensureTopics(kafka, topicPlanOf(config));
  const codec = createCleanCodec(createStoredRegistry(store, region));
  await codec.publishSchemas();
  const producer = await createSingleFlightProducer(kafka, { maxRecordBytes: 1 << 16, maxWaiting: 1 });
  const now = Date.now();
  const logs = new Map<string, CleanRecord[]>();
  const lengths = new Map<string, number>();
  const keyOf = ({ topic, partition }: Place): string => `${topic}/${partition}`;

  const logOf = (at: Place): CleanRecord[] => {
    let records = logs.get(keyOf(at));
    if (records !== undefined) return records;
    const arbitrary = at.topic === 'plays' ? arbitraryPlays : arbitraryImpressions;
    const seed = at.partition + (at.topic === 'plays' ? 1 : 100);
    const [sample] = fc.sample(arbitrary({ minLength: MOST, maxLength: MOST }), { numRuns: 1, seed });
    const shift = now - LOG_DAYS * DAY_MS - LOG_START;
    records = sample!.map((record, offset) => {
      const { appendTime, event } = record;
      const moved = { eventId: `e${offset}`, eventTime: event.eventTime + shift };
      const rank = at.topic === 'impressions' ? { rank: 0 } : {};
      return {
        ...{ ...record, rawOffset: 2 * offset, appendTime: appendTime + shift },
        event: { ...event, ...moved, ...rank } as CleanRecord['event'],
      };
    });
    logs.set(keyOf(at), records);
    return records;
  };

  return {
    async append(at, count) {
      const from = lengths.get(keyOf(at)) ?? 0;
      const records = logOf(at).slice(from, from + count);
      const messages = records.map((record) => ({
        key: record.event.profileId,
        value: codec.encodeClean(at.topic, record),
        partition: at.partition,
        timestamp: record.appendTime,
      }));
      await producer.send([{ topic: topicName(region, generation, at.topic), messages }]);
      await lake.appendExactlyOnce(at.topic, [partitionRows(at.topic, at.partition, records, { from })]);
      lengths.set(keyOf(at), from + records.length);
    },
    recordAt: (at, offset) => logOf(at)[offset]!,
    length: (at) => lengths.get(keyOf(at)) ?? 0,
    async foldOtherwise(at, change) {
      const { topic, partition } = at;
      const log = silentLog();
      const shape = { ...at, blockSize, slots: config.speed.slots };
      const place = { store, region, topic: `${topic}.${generation}` as const, partition };
      const clean = topicName(region, generation, topic);
      const decode = createBatchDecoder(codec, topic, log);
      const owner = createSpeedOwner({
        shape,
        lease: createLease({ ...place, owner: 'test' }),
        checkpoints: createCheckpoints({ ...place, shape, log }),
        view: createViewLog({
          ...{ kafka, log, topic: topicName(region, generation, 'speed-view') },
          producer: singleFlight(producer, 1),
          partition: speedViewPartition(topic, partition, partitions),
        }),
        history: createLogHistory({ kafka, topic: clean, partition, decode }),
        rawHighBelow: () => Promise.resolve(undefined),
      });
      const position = await owner.open(0);
      const inputs = logOf(at)
        .slice(position, lengths.get(keyOf(at)))
        .map((record, i) => change({ offset: position + i, record: countedRecord(record) }));
      await owner.process(inputs);
      await owner.flush();
    },
    close: () => producer.close(),
  };
}
