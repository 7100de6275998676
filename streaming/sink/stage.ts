/** The sink stage: a consumer group over the raw log and the clean topics, one sink for all of a process' partitions. */
import { isMarqueeError } from '../../domain/errors.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import {
  CLEAN_TOPICS,
  DERIVED_TOPICS,
  topicName,
  type CleanTopic,
  type DerivedTopic,
} from '../../domain/topics.ts';
import type { CleanCodec, EncodedTopic } from '../../infra/avro/codec.ts';
import { fingerprintIn } from '../../infra/avro/fingerprint.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { runConsumer } from '../../infra/kafka/consumer.ts';
import { readRedriven } from '../../infra/kafka/redriven.ts';
import type { LogBatch, LogConsumer, LogGap } from '../../infra/kafka/consumer-port.ts';
import type { Lake } from '../../infra/lake/port.ts';
import { DERIVED_TABLES, RAW_TABLE, type LakeTable } from '../../infra/lake/tables.ts';
import type { Log } from '../../infra/log.ts';
import { isOwnSchema } from './row-buffer.ts';
import type { DecodedRow, EncodedRow } from './rows.ts';
import type { WriteLetter } from './letters.ts';
import { createSink, type Sink, type SinkDeps, type SinkLimits } from './sink.ts';

export interface SinkStageDeps {
  readonly kafka: KafkaClient;
  readonly codec: CleanCodec;
  readonly lake: Lake;
  readonly region: Region;
  readonly generation: Generation;
  /** Partitions of every topic of the generation. */
  readonly partitions: number;
  readonly limits: SinkLimits;
  /** Derived topics alone, and of those only these; everything when absent. */
  readonly only?: readonly DerivedTopic[];
  readonly log: Log;
  /** Where records go that cannot be decoded; without it they are only logged. */
  readonly writeLetter?: WriteLetter;
  readonly onFlush?: SinkDeps['onFlush'];
  /** Records not yet in the lake. */
  readonly onLag?: (table: LakeTable, partition: number, records: number) => void;
  /** Records that the log lost before they were read. */
  readonly onGap?: (table: LakeTable, gap: LogGap) => void;
}

export interface SinkStage extends LogConsumer {
  /** Rows that wait for a commit, by table. */
  waiting: Sink['waiting'];
}

/** How often the sink looks for rows that have waited long enough. */
const TICK_MS = 250;

export function runSinkStage(deps: SinkStageDeps): SinkStage {
  const { kafka, region, generation, log } = deps;
  const feeds =
    deps.only === undefined ? feedsOf(region, generation) : derivedFeeds(region, generation, deps.only);
  const tables = new Map(Array.from(feeds, ([topic, { table }]) => [topic, table]));
  const topicOf = new Map(Array.from(tables, ([topic, table]) => [table, topic]));
  const ends = new Map<string, number>();
  const failed = Promise.withResolvers<never>();
  const sink = createSink({
    lake: deps.lake,
    generation,
    partitions: deps.partitions,
    limits: deps.limits,
    now: () => performance.now(),
    ...(deps.onFlush === undefined ? {} : { onFlush: deps.onFlush }),
  });

  const consumer = runConsumer(kafka, {
    groupId: `${region}.sink.${generation}`,
    topics: [...tables.keys()],
    onAssigned: (topic, partition) => sink.assign(tables.get(topic)!, partition),
    onRevoked(topic, partition) {
      sink.revoke(tables.get(topic)!, partition);
      ends.delete(`${topic}/${partition}`);
    },
    async onBatch(batch) {
      const { table, decode } = feeds.get(batch.topic)!;
      ends.set(`${batch.topic}/${batch.partition}`, batch.highWatermark);
      // A stale owner goes on as well: what it writes late, the lake leaves out.
      await (decode === undefined
        ? acceptRaw(sink, batch, { region, generation })
        : acceptEncoded({ ...deps, sink }, table, decode, batch));
    },
    onGap(gap) {
      const table = tables.get(gap.topic)!;
      sink.skipTo(table, gap.partition, gap.found);
      deps.onGap?.(table, gap);
    },
  });

  const report = (): void => {
    for (const { table, partition, next } of sink.committed()) {
      const topic = topicOf.get(table)!;
      consumer.commit(topic, partition, next);
      const end = ends.get(`${topic}/${partition}`);
      if (end !== undefined) deps.onLag?.(table, partition, Math.max(0, end - next));
    }
  };
  const ticking = startTicking(async () => {
    // The rows of a failed commit are still there; a partition that fills up meanwhile ends the session by itself.
    try {
      await sink.tick();
    } catch (err) {
      log.warn({ err }, 'commit failed, rows wait');
      if (!isMarqueeError(err) || !err.retryable) failed.reject(err);
    }
    report();
  });

  return {
    closed: Promise.race([consumer.closed, failed.promise]),
    commit: (topic, partition, nextOffset) => consumer.commit(topic, partition, nextOffset),
    askAgain: (topic, partition) => consumer.askAgain(topic, partition),
    waiting: () => sink.waiting(),
    async stop() {
      await ticking.stop();
      await sink
        .flush()
        .catch((err: unknown) => log.warn({ err }, 'last commit failed, rows are read again'));
      report();
      await consumer.stop();
    },
  };
}

async function acceptRaw(
  sink: Sink,
  { partition, records }: LogBatch,
  log: { region: Region; generation: Generation },
): Promise<void> {
  const rows = records.map((record) => {
    const { offset, timestamp, key, value } = record;
    const redriven = readRedriven(record, { ...log, partition });
    return { offset, appendTime: timestamp, key, value, redriven };
  });
  await sink.accept(RAW_TABLE, partition, rows);
}

/** What a topic's records become: a table, and how each is decoded (the raw log's are kept as they are). */
interface Feed {
  readonly table: LakeTable;
  readonly decode?: Decode;
}

interface Decode {
  readonly topic: EncodedTopic;
  row(codec: CleanCodec, bytes: Buffer, at: { partition: number; offset: number }): DecodedRow;
}

function feedsOf(region: Region, generation: Generation): ReadonlyMap<string, Feed> {
  return new Map<string, Feed>([
    [topicName(region, generation, 'raw-events'), { table: RAW_TABLE }],
    ...CLEAN_TOPICS.map((topic): [string, Feed] => [
      topicName(region, generation, topic),
      { table: topic, decode: cleanDecode(topic) },
    ]),
    ...derivedFeeds(region, generation, DERIVED_TOPICS),
  ]);
}

const derivedFeeds = (
  region: Region,
  generation: Generation,
  topics: readonly DerivedTopic[],
): ReadonlyMap<string, Feed> =>
  new Map(
    topics.map((topic) => [
      topicName(region, generation, topic),
      { table: DERIVED_TABLES[topic], decode: derivedDecode(topic) },
    ]),
  );

const cleanDecode = (topic: CleanTopic): Decode => ({
  topic,
  row: (codec, bytes, at) => ({
    offset: at.offset,
    record: codec.decodeClean(topic, bytes, at),
    schemaFingerprint: fingerprintIn(bytes) ?? '',
    bytes: bytes.byteLength,
  }),
});

const derivedDecode = (topic: DerivedTopic): Decode => ({
  topic,
  row: (codec, bytes, at) => ({
    offset: at.offset,
    derived: codec.decodeDerived(topic, bytes, at),
    bytes: bytes.byteLength,
  }),
});

/** A record that cannot be decoded moves the position and is not in the lake, as the speed layer does not count it. */
async function acceptEncoded(
  { sink, codec, log, writeLetter }: SinkStageDeps & { readonly sink: Sink },
  table: LakeTable,
  { topic, row }: Decode,
  batch: LogBatch,
): Promise<void> {
  const { partition } = batch;
  const { count, offsets, timestamps, bytes, valueStart, valueEnd } = batch.columns();
  const valueOf = ({ from, to }: EncodedRow): Buffer => bytes.subarray(Math.max(0, from), Math.max(0, to));
  const whole = (one: EncodedRow): DecodedRow => row(codec, valueOf(one), { partition, offset: one.offset });
  const rows = Array.from({ length: count }, (_, i): EncodedRow & { readonly timestamp: number } => ({
    offset: offsets[i]!,
    timestamp: timestamps[i]!,
    bytes,
    from: valueStart[i]!,
    to: valueEnd[i]!,
    whole,
  }));
  const foreign = rows.filter(({ from, to }) => from >= 0 && !isOwnSchema(table, bytes, from, to));
  if (foreign.length > 0) await codec.learn(topic, foreign.map(valueOf));
  await sink.accept(table, partition, rows, async (one, error) => {
    const { offset, timestamp, from } = one;
    log.error({ err: error, topic, partition, offset }, 'record left out of the lake');
    const value = from < 0 ? null : Buffer.from(valueOf(one));
    await writeLetter?.({ topic, partition, record: { offset, timestamp, value }, error });
  });
  // Every row was copied.
  batch.release();
}

/** Runs `work` again and again, never twice at a time, until stopped. */
function startTicking(work: () => Promise<void>): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = work().finally(next);
    }, TICK_MS);
  };
  next();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
