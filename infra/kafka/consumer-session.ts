/**
 * One life of a kafkajs group member. Positions are the owner's: at every (re)assignment all partitions are paused,
 * the old stays are given back, the owner is asked for each position, and only then is the partition read. A batch
 * that does not begin where it must is dropped and sought again.
 */
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { MarqueeError } from '../../domain/errors.ts';
import { logUnavailable, retryOptions, type KafkaClient } from './client.ts';
import type { LogBatch, LogHandlers, LogRecord } from './consumer-port.ts';
import { createOffsetCommits, type OffsetCommits } from './offset-commits.ts';
import { logBounds, type PartitionBounds } from './offsets.ts';
import { createStays, type Stay, type Stays } from './partition-turns.ts';

export interface SessionOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly handlers: LogHandlers;
  /** Told whenever the broker answered a fetch without records. */
  readonly onEmptyFetch?: () => void;
  /** Told whenever the broker answered a fetch. */
  readonly onFetched?: () => void;
}

export interface Session {
  /** Resolves when stopped; rejects with what ended this life. */
  readonly ended: Promise<void>;
  /** Whether a batch was handled in this life. */
  progressed(): boolean;
  commit(topic: string, partition: number, nextOffset: number): void;
  stop(): Promise<void>;
}

/** Fetches of this many partitions are handled at the same time. */
const CONCURRENT_PARTITIONS = 64;
const FETCH_PARTITIONS_BYTES_FACTOR = 8;

interface Life {
  readonly client: KafkaClient;
  readonly options: SessionOptions;
  readonly consumer: Consumer;
  readonly stays: Stays;
  readonly commits: OffsetCommits;
  readonly fail: (error: unknown) => void;
  lastHeartbeat: number;
  progressed: boolean;
  /** A batch came since the last fetch began. */
  fetchedRecords: boolean;
  /** Assignments are applied one after the other. */
  transition: Promise<void>;
  /** No new stays from now on. */
  closing: boolean;
}

export async function startSession(client: KafkaClient, options: SessionOptions): Promise<Session> {
  const { promise: ended, resolve, reject }: PromiseWithResolvers<void> = Promise.withResolvers();
  ended.catch(() => undefined);
  const consumer = createConsumer(client, options.groupId);
  const life: Life = {
    client,
    options,
    consumer,
    stays: createStays(),
    commits: createOffsetCommits(consumer, client.log),
    fail: reject,
    lastHeartbeat: Date.now(),
    progressed: false,
    fetchedRecords: true,
    transition: Promise.resolve(),
    closing: false,
  };
  listen(life);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: CONCURRENT_PARTITIONS,
      eachBatch: (payload) => handleBatch(life, payload),
    });
  } catch (error) {
    await consumer.disconnect().catch(() => undefined);
    reject(logUnavailable(error));
  }
  return {
    ended,
    progressed: () => life.progressed,
    commit: life.commits.note,
    async stop() {
      life.closing = true;
      await endStays(life, {});
      await life.commits.flush();
      await consumer.disconnect().catch(() => undefined);
      resolve();
    },
  };
}

function createConsumer({ kafka, settings }: KafkaClient, groupId: string): Consumer {
  return kafka.consumer({
    groupId,
    sessionTimeout: settings.sessionTimeoutMs,
    rebalanceTimeout: settings.rebalanceTimeoutMs,
    heartbeatInterval: settings.heartbeatIntervalMs,
    minBytes: 1,
    maxWaitTimeInMs: settings.fetchMaxWaitMs,
    maxBytesPerPartition: settings.maxBytesPerPartition,
    maxBytes: settings.maxBytesPerPartition * FETCH_PARTITIONS_BYTES_FACTOR,
    allowAutoTopicCreation: false,
    // A crash ends this life; the next one is begun by the caller, with fresh positions.
    retry: { ...retryOptions(settings), restartOnFailure: () => Promise.resolve(false) },
  });
}

function listen(life: Life): void {
  const { consumer, stays, options } = life;
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    life.lastHeartbeat = Date.now();
    // Called before the first fetch of the new assignment: nothing is read until positions are known.
    const paused = Object.entries(payload.memberAssignment).map(([topic, partitions]) => ({
      topic,
      partitions,
    }));
    consumer.pause(paused);
    void endStays(life, life.closing ? {} : payload.memberAssignment);
  });
  consumer.on(consumer.events.HEARTBEAT, () => {
    life.lastHeartbeat = Date.now();
  });
  consumer.on(consumer.events.REBALANCING, () => stays.markStale());
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    stays.markStale();
    void endStays(life, {}).then(() => life.fail(logUnavailable(payload.error)));
  });
  consumer.on(consumer.events.FETCH, () => options.onFetched?.());
  consumer.on(consumer.events.FETCH_START, () => {
    if (!life.fetchedRecords) options.onEmptyFetch?.();
    life.fetchedRecords = false;
  });
}

/** Gives every partition back and begins the new stays. Failures end the session. */
function endStays(life: Life, assignment: Readonly<Record<string, number[]>>): Promise<void> {
  const { ended, begun } = life.stays.replace(assignment);
  life.transition = life.transition
    .then(async () => {
      await settleAll(ended.map((stay) => revoke(life, stay)));
      await settleAll(begun.map((stay) => begin(life, stay)));
    })
    .catch((error: unknown) => {
      life.fail(error);
    });
  return life.transition;
}

/** Waits for all before it throws the first failure, so that nothing is left running. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function revoke({ options }: Life, stay: Stay): Promise<void> {
  await stay.underWay;
  if (stay.position !== undefined) await options.handlers.onRevoked(stay.topic, stay.partition);
}

async function begin(life: Life, stay: Stay): Promise<void> {
  const { topic, partition } = stay;
  const isOver = (): boolean => stay.stale;
  if (isOver()) return;
  const wanted = await life.options.handlers.onAssigned(topic, partition);
  if (wanted === 'skip') return;
  const bounds = await boundsOf(life.client, topic, partition);
  const position = admit(life, stay, wanted ?? bounds.start, bounds);
  stay.position = position;
  if (isOver()) return;
  life.consumer.seek({ topic, partition, offset: String(position) });
  life.consumer.resume([{ topic, partitions: [partition] }]);
}

async function boundsOf(client: KafkaClient, topic: string, partition: number): Promise<PartitionBounds> {
  const bounds = (await logBounds(client, topic)).find((one) => one.partition === partition);
  if (bounds === undefined) {
    throw new MarqueeError('LOG_UNAVAILABLE', { reason: `${topic}/${partition} has no bounds` });
  }
  return bounds;
}

/** Where reading can begin for a wanted position; tells gaps and refuses a log that ends too early. */
function admit(life: Life, { topic, partition }: Stay, position: number, bounds: PartitionBounds): number {
  if (position > bounds.end) {
    throw new MarqueeError('LOG_TRUNCATED', { topic, partition, position, end: bounds.end });
  }
  if (position >= bounds.start) return position;
  life.options.handlers.onGap?.({ topic, partition, expected: position, found: bounds.start });
  return bounds.start;
}

async function handleBatch(life: Life, payload: EachBatchPayload): Promise<void> {
  const { batch, resolveOffset } = payload;
  life.fetchedRecords = true;
  const stay = life.stays.get(batch.topic, batch.partition);
  if (stay?.position === undefined || stay.stale) return;
  const { promise, resolve }: PromiseWithResolvers<void> = Promise.withResolvers();
  stay.underWay = promise;
  const beating = setInterval(() => {
    payload.heartbeat().catch((error: unknown) => {
      if (isEviction(error)) life.stays.markStale();
    });
  }, life.client.settings.heartbeatIntervalMs);
  try {
    const fetchedFrom = fetchedOffset(batch);
    if (fetchedFrom !== stay.position && !(await realign(life, stay, fetchedFrom))) return;
    await life.options.handlers.onBatch(toLogBatch(life, stay, batch));
    life.progressed = true;
    stay.position = Number(batch.lastOffset()) + 1;
    resolveOffset(batch.lastOffset());
  } catch (error) {
    life.fail(error);
    throw notRetriable(error);
  } finally {
    clearInterval(beating);
    resolve();
  }
}

/** Answers of the coordinator after which kafkajs joins anew; other failures of a heartbeat pass by themselves. */
const EVICTIONS: ReadonlySet<unknown> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'NOT_COORDINATOR_FOR_GROUP',
  'UNKNOWN_MEMBER_ID',
]);

function isEviction(error: unknown): boolean {
  return EVICTIONS.has((error as { type?: unknown } | undefined)?.type);
}

/** kafkajs tries again what it does not know to be final; a handler's failure ends the session instead. */
function notRetriable(error: unknown): Error {
  const wrapped = new Error(error instanceof Error ? error.message : String(error), { cause: error });
  return Object.assign(wrapped, { retriable: false });
}

/** The offset the fetch asked for: the one property that tells a gap in the log from a misplaced fetch. */
function fetchedOffset(batch: EachBatchPayload['batch']): number {
  const { fetchedOffset: asked } = batch as { fetchedOffset?: string };
  return Number(asked ?? batch.firstOffset());
}

/** Whether the batch may be taken after all, because nothing is left of what should have come before it. */
async function realign(life: Life, stay: Stay, fetchedFrom: number): Promise<boolean> {
  const { topic, partition } = stay;
  const expected = stay.position as number;
  const position = admit(life, stay, expected, await boundsOf(life.client, topic, partition));
  stay.position = position;
  if (position === fetchedFrom) return true;
  if (stay.soughtFor === position && fetchedFrom > position) {
    life.options.handlers.onGap?.({ topic, partition, expected: position, found: fetchedFrom });
    stay.position = fetchedFrom;
    return true;
  }
  stay.soughtFor = position;
  life.client.log.info({ topic, partition, position, fetchedFrom }, 'misplaced fetch, seeking');
  life.consumer.seek({ topic, partition, offset: String(position) });
  return false;
}

function toLogBatch(life: Life, stay: Stay, batch: EachBatchPayload['batch']): LogBatch {
  const { topic, partition, messages, highWatermark } = batch;
  const { sessionTimeoutMs } = life.client.settings;
  const records = messages.map(({ offset, timestamp, key, value, headers }): LogRecord => ({
    offset: Number(offset),
    timestamp: Number(timestamp),
    key,
    value,
    headers: headers ?? {},
  }));
  return {
    topic,
    partition,
    records,
    highWatermark: Number(highWatermark),
    // A process that was paused past its session timeout finds out here, before the coordinator can tell it.
    isStale: () => stay.stale || Date.now() - life.lastHeartbeat > sessionTimeoutMs,
  };
}
