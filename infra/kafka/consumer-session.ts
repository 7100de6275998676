/**
 * One life of a kafkajs group member. Positions are the owner's: at every (re)assignment all partitions are paused,
 * the old stays are given back, the owner is asked for each position, and only then is the partition read. A batch
 * that does not begin where it must is dropped and sought again.
 */
import type { Consumer } from 'kafkajs';
import { coPartitionedAssigner } from './co-partitioned.ts';
import { logUnavailable, retryOptions, type KafkaClient } from './client.ts';
import { handleBatch } from './consumer-batches.ts';
import { takenAway } from './consumer-port.ts';
import { admit, type Life, type SessionOptions } from './consumer-life.ts';
import { fetchesAhead } from './fetch-ahead.ts';
import { answersIn, provenEmpty, type FetchAnswer } from './fetch-answers.ts';
import { loadKafkaJs } from './kafkajs.ts';
import { createOffsetCommits } from './offset-commits.ts';
import { shareBounds, type SharedBounds } from './offsets.ts';
import { createStays, type Stay } from './partition-turns.ts';

export interface Session {
  /** Resolves when stopped; rejects with what ended this life. */
  readonly ended: Promise<void>;
  /** Whether a batch was handled in this life. */
  progressed(): boolean;
  commit(topic: string, partition: number, nextOffset: number): void;
  askAgain(topic: string, partition: number): void;
  stop(): Promise<void>;
}

/** Fetches of this many partitions are handled at the same time. */
const CONCURRENT_PARTITIONS = 64;
const FETCH_PARTITIONS_BYTES_FACTOR = 8;

export async function startSession(client: KafkaClient, options: SessionOptions): Promise<Session> {
  const { promise: ended, resolve, reject }: PromiseWithResolvers<void> = Promise.withResolvers();
  ended.catch(() => undefined);
  const consumer = createConsumer(client, options);
  const life: Life = {
    client,
    options,
    consumer,
    stays: createStays(),
    commits: createOffsetCommits(consumer, client.log),
    fail: reject,
    lastHeartbeat: Date.now(),
    progressed: false,
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
    askAgain(topic, partition) {
      if (life.stays.get(topic, partition)?.stale === false) life.fail(takenAway(topic, partition));
    },
    async stop() {
      life.closing = true;
      await endStays(life, {});
      await life.commits.flush();
      await consumer.disconnect().catch(() => undefined);
      resolve();
    },
  };
}

function createConsumer(
  { kafka, settings }: KafkaClient,
  { groupId, coPartitioned, readsAhead, onEmptyFetch }: SessionOptions,
): Consumer {
  const assigner =
    coPartitioned === true ? coPartitionedAssigner : loadKafkaJs().PartitionAssigners.roundRobin;
  const isAhead = readsAhead === true && onEmptyFetch === undefined;
  return kafka.consumer({
    groupId,
    partitionAssigners: [isAhead ? fetchesAhead(assigner) : assigner],
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
  const { consumer, stays } = life;
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
  consumer.on(consumer.events.FETCH, ({ payload }) => noteAnswers(life, answersIn(payload)));
}

function noteAnswers({ stays, options }: Life, answers: readonly FetchAnswer[]): void {
  if (answers.length === 0) return;
  options.onFetched?.();
  for (const { topic, partition, fetchedFrom } of provenEmpty(answers, FETCH_PARTITIONS_BYTES_FACTOR - 1)) {
    const stay = stays.get(topic, partition);
    if (stay?.position === undefined || stay.stale || fetchedFrom < stay.position) continue;
    options.onEmptyFetch?.(topic, partition);
  }
}

/** Gives every partition back and begins the new stays. Failures end the session. */
function endStays(life: Life, assignment: Readonly<Record<string, number[]>>): Promise<void> {
  const { ended, begun } = life.stays.replace(assignment);
  life.transition = life.transition
    .then(async () => {
      await settleAll(ended.map((stay) => revoke(life, stay)));
      const bounds = shareBounds(life.client);
      await settleAll(begun.map((stay) => begin(life, stay, bounds)));
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
  if (stay.isHandedOut) await options.handlers.onRevoked(stay.topic, stay.partition);
}

async function begin(life: Life, stay: Stay, shared: SharedBounds): Promise<void> {
  const { topic, partition } = stay;
  const isOver = (): boolean => stay.stale;
  if (isOver()) return;
  // Before the call, so that an owner that fails half-way is told to let go as well.
  stay.isHandedOut = true;
  let wanted: number | 'skip' | undefined;
  try {
    wanted = await life.options.handlers.onAssigned(topic, partition, isOver);
  } catch (error) {
    if (isOver()) return;
    throw error;
  }
  if (wanted === 'skip') return;
  const bounds = await shared.of(topic, partition, wanted ?? 0);
  const position = admit(life, stay, wanted ?? bounds.start, bounds);
  stay.position = position;
  if (isOver()) return;
  // What a commit that failed while partitions changed hands would have said; nothing may come to say it again.
  life.commits.note(topic, partition, position);
  life.consumer.seek({ topic, partition, offset: String(position) });
  life.consumer.resume([{ topic, partitions: [partition] }]);
}
