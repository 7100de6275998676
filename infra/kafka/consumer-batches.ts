/** Hands fetched batches to the owner, one at a time for each partition, and moves on only past what was really taken. */
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { MarqueeError } from '../../domain/errors.ts';
import { isRetryable, logUnavailable } from './client.ts';
import { admit, type Life } from './consumer-life.ts';
import type { LogBatch, LogRecord } from './consumer-port.ts';
import { columnsIn, recordsOf } from './fetched-records.ts';
import { batchOfRecords, logBatch } from './log-batch.ts';
import { shareBounds } from './offsets.ts';
import type { Stay } from './partition-turns.ts';

/**
 * A batch that became stale, or whose owner gave it up, is not moved past: it is read again from the position that the
 * owner names at the next assignment. Where kafkajs is not joining anew by itself, the session fails for that.
 */
export async function handleBatch(life: Life, payload: EachBatchPayload): Promise<void> {
  const { batch, resolveOffset } = payload;
  const stay = life.stays.get(batch.topic, batch.partition);
  if (stay?.position === undefined || stay.stale) return;
  const { promise, resolve }: PromiseWithResolvers<void> = Promise.withResolvers();
  stay.underWay = promise;
  const beating = startBeating(life, payload);
  try {
    const fetchedFrom = fetchedOffset(batch);
    if (fetchedFrom !== stay.position && !(await realign(life, stay, fetchedFrom))) return;
    const given = toLogBatch(batch, () => stay.stale || isSilent(life));
    const failure = await failureOf(() => life.options.handlers.onBatch(given));
    if (given.isStale() && (failure === undefined || isRetryable(failure.error))) {
      const eviction = beating.eviction();
      if (eviction !== undefined) throw eviction;
      if (stay.stale) return;
      throw failure === undefined ? notTaken(life, stay) : logUnavailable(failure.error);
    }
    if (failure !== undefined) throw failure.error;
    life.progressed = true;
    stay.position = Number(batch.lastOffset()) + 1;
    resolveOffset(batch.lastOffset());
  } catch (error) {
    // kafkajs knows what to do about an eviction: it joins anew, and positions are asked for again.
    if (error === beating.eviction()) throw error;
    life.fail(error);
    throw notRetriable(error);
  } finally {
    beating.stop();
    resolve();
  }
}

/** A process that was paused past its session timeout finds out by this, before the coordinator can tell it. */
function isSilent({ client, lastHeartbeat }: Life): boolean {
  return Date.now() - lastHeartbeat > client.settings.sessionTimeoutMs;
}

function notTaken({ client }: Life, { topic, partition, position }: Stay): MarqueeError {
  const reason = `no heartbeat for ${client.settings.sessionTimeoutMs} ms while a batch of ${topic}/${partition} from ${position} was handled`;
  return new MarqueeError('LOG_UNAVAILABLE', { reason });
}

async function failureOf(work: () => Promise<void>): Promise<{ readonly error: unknown } | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** kafkajs tries again what it does not know to be final; a handler's failure ends the session instead. */
function notRetriable(error: unknown): Error {
  const wrapped = new Error(error instanceof Error ? error.message : String(error), { cause: error });
  return Object.assign(wrapped, { retriable: false });
}

/** Heartbeats while a batch is handled. `eviction` is what kafkajs joins anew upon, once the coordinator said it. */
function startBeating(
  life: Life,
  payload: EachBatchPayload,
): { eviction(): Error | undefined; stop(): void } {
  let evicted: Error | undefined;
  const timer = setInterval(() => {
    payload.heartbeat().catch((error: unknown) => {
      if (!isEviction(error)) return;
      evicted ??= error;
      life.stays.markStale();
    });
  }, life.client.settings.heartbeatIntervalMs);
  return { eviction: () => evicted, stop: () => clearInterval(timer) };
}

/** Answers of the coordinator after which kafkajs joins anew; other failures of a heartbeat pass by themselves. */
const EVICTIONS: ReadonlySet<unknown> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'NOT_COORDINATOR_FOR_GROUP',
  'UNKNOWN_MEMBER_ID',
]);

function isEviction(error: unknown): error is Error {
  return EVICTIONS.has((error as { type?: unknown } | undefined)?.type);
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
  const position = admit(life, stay, expected, await shareBounds(life.client).of(topic, partition, expected));
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

/** Once a batch was seen stale it stays so, whatever heartbeat gets through later: its owner may have given it up. */
function toLogBatch(batch: EachBatchPayload['batch'], isStaleNow: () => boolean): LogBatch {
  const { topic, partition, highWatermark } = batch;
  let wasStale = false;
  const isStale = (): boolean => (wasStale ||= isStaleNow());
  const place = { topic, partition, highWatermark: Number(highWatermark), isStale };
  const found = columnsIn(batch);
  if (found === undefined) return batchOfRecords(place, batch.messages.map(toRecord));
  const { columns, release } = found;
  return logBatch(place, { records: () => recordsOf(columns), columns: () => columns, release });
}

function toRecord({ offset, timestamp, key, value, headers }: KafkaMessage): LogRecord {
  return { offset: Number(offset), timestamp: Number(timestamp), key, value, headers: headers ?? {} };
}
