/**
 * The audit stage: one member reads every audited partition, since a producer's silence and its sequence show only
 * where all of them are seen. What it finds is sent first and then stored with the positions, so that a restart tells
 * the same again and counts nothing twice.
 */
import type { AuditLimits } from '../../domain/audit/limits.ts';
import { createAuditState, type AuditState } from '../../domain/audit/state.ts';
import { positionOf } from '../../domain/audit/take.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import { topicName } from '../../domain/topics.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { runConsumer } from '../../infra/kafka/consumer.ts';
import type { LogConsumer, LogGap } from '../../infra/kafka/consumer-port.ts';
import { offsetsAt } from '../../infra/kafka/offsets.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import { createAuditor, type QualityRecord, type Surroundings, type Tick } from './auditor.ts';
import type { AuditStore } from './audit-store.ts';
import { trackExtracted, type Extracted } from './extracted.ts';
import { AUDITED_TOPICS, takeRecords, type AuditedTopic } from './read-records.ts';

export interface AuditStageDeps {
  readonly kafka: KafkaClient;
  readonly producer: LogProducer;
  readonly codec: CleanCodec;
  readonly store: AuditStore;
  readonly region: Region;
  readonly generation: Generation;
  /** Partitions of every topic of the generation. */
  readonly partitions: number;
  readonly limits: AuditLimits;
  readonly lagRecords: number;
  readonly priorStrength: number;
  readonly tickMs: number;
  readonly checkpointIntervalMs: number;
  readonly startBackMs: number;
  /** Wall clock in milliseconds that never steps back. */
  readonly now: () => EpochMs;
  /** What serving says; asked at every tick. */
  readonly surroundings: () => Omit<Surroundings, 'lag'>;
  readonly onTick?: (tick: Tick, state: AuditState) => void;
  readonly onCorrupt?: (topic: AuditedTopic) => void;
  readonly onGap?: (gap: LogGap) => void;
  /** A send or a store that failed; it is tried again at the next tick. */
  readonly onRetry?: (error: unknown) => void;
}

export interface AuditStage {
  readonly closed: Promise<void>;
  stop(): Promise<void>;
}

/** Records that wait to be sent while Kafka is away; older windows are told of again from the stored state. */
const MAX_WAITING = 100_000;

export async function startAuditStage(deps: AuditStageDeps): Promise<AuditStage> {
  const { store, limits, region, generation } = deps;
  const found = await store.load(limits.windowMs);
  const state = found ?? createAuditState(deps.now() - deps.startBackMs, limits.windowMs);
  const topics = new Map(AUDITED_TOPICS.map((topic) => [topicName(region, generation, topic), topic]));
  const lag = new Map<string, number>();
  const extracted = trackExtracted(deps);
  const consumer = runAuditConsumer(deps, { state, topics, lag, extracted });
  const auditor = createAuditor({
    state,
    limits,
    lagRecords: deps.lagRecords,
    priorStrength: deps.priorStrength,
    expected: AUDITED_TOPICS.flatMap((topic) =>
      Array.from({ length: deps.partitions }, (_, partition) => `${topic}/${partition}`),
    ),
  });
  const waiting = new Map<string, QualityRecord>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let savedAt = deps.now();
  let closing = false;

  /** What is waiting is sent before anything is stored; a failed send is tried again with what came since. */
  async function settle(isLast: boolean): Promise<void> {
    const now = deps.now();
    const tick = auditor.tick(now, { ...deps.surroundings(), lag });
    for (const record of tick.records) waiting.set(record.upsertKey, record);
    for (const key of waiting.keys()) {
      if (waiting.size <= MAX_WAITING) break;
      waiting.delete(key);
    }
    deps.onTick?.(tick, state);
    await send(deps, [...waiting.values()]);
    waiting.clear();
    if (!isLast && now - savedAt < deps.checkpointIntervalMs) return;
    savedAt = now;
    await store.save(state, limits.windowMs);
    for (const [name, topic] of topics) {
      for (let partition = 0; partition < deps.partitions; partition++) {
        const position = state.positions.get(`${topic}/${partition}`);
        if (position !== undefined && position.next > 0) consumer.commit(name, partition, position.next);
      }
    }
  }

  const ticking = startTicking(deps.tickMs, async () => {
    try {
      await extracted.ask().catch((error: unknown) => deps.onRetry?.(error));
      await settle(false);
    } catch (error) {
      if (isMarqueeError(error) && error.retryable && error.code !== 'STATE_MOVED') deps.onRetry?.(error);
      else failed.reject(error);
    }
  });

  return {
    closed: Promise.race([consumer.closed, failed.promise]),
    async stop() {
      if (closing) return;
      closing = true;
      await ticking.stop();
      await settle(true).catch((error: unknown) => deps.onRetry?.(error));
      await consumer.stop();
    },
  };
}

interface Reading {
  readonly state: AuditState;
  /** By name. */
  readonly topics: ReadonlyMap<string, AuditedTopic>;
  readonly lag: Map<string, number>;
  readonly extracted: Extracted;
}

function runAuditConsumer(deps: AuditStageDeps, { state, topics, lag, extracted }: Reading): LogConsumer {
  const { kafka, codec, region, generation } = deps;
  const proven = (name: string, partition: number): void => {
    const topic = topics.get(name);
    if (topic === undefined) return;
    const position = positionOf(state, topic, partition);
    position.provenAt = Math.max(position.provenAt, extracted.provenBy(topic, partition));
  };
  const starts = new Map<string, ReturnType<typeof offsetsAt>>();
  /** Asked once a topic: all its partitions are assigned at the same time. */
  const startOf = async (name: string, partition: number): Promise<number | undefined> => {
    const asked = starts.get(name) ?? offsetsAt(kafka, name, state.begin);
    starts.set(name, asked);
    asked.catch(() => starts.delete(name));
    return (await asked).find((one) => one.partition === partition)?.offset;
  };
  return runConsumer(kafka, {
    groupId: `${region}.audit.${generation}`,
    topics: [...topics.keys()],
    async onAssigned(name, partition) {
      const position = positionOf(state, topics.get(name)!, partition);
      if (position.next > 0) return position.next;
      const start = await startOf(name, partition);
      position.next = start ?? 0;
      return start;
    },
    onRevoked: () => undefined,
    onEmptyFetch: proven,
    onGap(gap) {
      const position = positionOf(state, topics.get(gap.topic)!, gap.partition);
      position.next = Math.max(position.next, gap.found);
      deps.onGap?.(gap);
    },
    async onBatch({ topic: name, partition, records, highWatermark }) {
      const topic = topics.get(name)!;
      if (topic !== 'dead-letters') {
        await codec.learn(
          topic,
          records.flatMap(({ value }) => (value === null ? [] : [value])),
        );
      }
      takeRecords(state, topic, partition, records, deps);
      const behind = highWatermark - positionOf(state, topic, partition).next;
      lag.set(`${topic}/${partition}`, Math.max(0, behind));
      if (behind <= 0) proven(name, partition);
    },
  });
}

async function send(
  { producer, region, generation, codec }: AuditStageDeps,
  records: readonly QualityRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const messages = records.map((record) => ({
    key: record.scope,
    value: codec.encodeDerived('quality-metrics', record),
  }));
  await producer.send([{ topic: topicName(region, generation, 'quality-metrics'), messages }]);
}

/** Runs `work` again and again, never twice at a time, until stopped. */
function startTicking(everyMs: number, work: () => Promise<void>): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = work().finally(next);
    }, everyMs);
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
