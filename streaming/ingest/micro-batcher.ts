/**
 * Gathers the events of many requests into few sends: what arrives within the linger time, or while sends are under
 * way, leaves together. Bytes that Kafka has not answered for are bounded.
 */
import { MarqueeError } from '../../domain/errors.ts';
import { partitionOfKey } from '../../infra/kafka/partitioner.ts';
import type { LogProducer, OutgoingMessage } from '../../infra/kafka/producer-port.ts';

export interface RawEvent {
  /** The profile; decides the partition. */
  readonly key: string;
  readonly value: Buffer;
}

/** Why each event that was not acknowledged was not, by its position. */
export type Failures = ReadonlyMap<number, MarqueeError>;

export interface MicroBatcher {
  /**
   * Resolves once every event was acknowledged or refused, or has waited for the ack timeout; a refused or late event
   * may still be in the log. Throws BUFFER_FULL, and takes none of them, when they do not fit.
   */
  append(events: readonly RawEvent[]): Promise<Failures>;
  bufferedBytes(): number;
  /** Events that come from now on, and those that the topic before refuses, go to this one. */
  moveTo(target: RawTopic): void;
  /** Sends what is buffered and waits for the answers; takes no more events. */
  close(): Promise<void>;
}

/** A raw topic and its partition count. */
export interface RawTopic {
  readonly topic: string;
  readonly partitions: number;
}

export interface MicroBatcherSettings extends RawTopic {
  readonly bufferBytes: number;
  readonly lingerMs: number;
  readonly ackTimeoutMs: number;
}

/** A batch of this many bytes does not wait for company. */
const FULL_BATCH_BYTES = 2 << 20;
const MAX_SENDS = 2;
/** What an event costs beyond its bytes while it waits. */
const EVENT_OVERHEAD_BYTES = 128;
const NONE: Failures = new Map();

/** The events of one request, which stand together in a batch from `first` on. */
interface Share {
  readonly first: number;
  readonly count: number;
  settle(failures: Failures): void;
}

interface Batch {
  readonly target: RawTopic;
  messages: OutgoingMessage[];
  readonly shares: Share[];
  bytes: number;
  readonly since: number;
}

export function createMicroBatcher(producer: LogProducer, settings: MicroBatcherSettings): MicroBatcher {
  const { bufferBytes, lingerMs, ackTimeoutMs } = settings;
  let target: RawTopic = { topic: settings.topic, partitions: settings.partitions };
  const sends = new Set<Promise<void>>();
  let gathering: Batch | undefined;
  let timer: NodeJS.Timeout | undefined;
  let buffered = 0;
  let closing = false;

  /** Sends what was gathered if it may leave now, else sees to it that this is asked again. */
  function consider(): void {
    if (gathering === undefined || (sends.size >= MAX_SENDS && !closing)) return;
    const waitMs = gathering.since + lingerMs - performance.now();
    if (waitMs > 0 && gathering.bytes < FULL_BATCH_BYTES && !closing) {
      timer ??= setTimeout(() => {
        timer = undefined;
        consider();
      }, waitMs);
      return;
    }
    clearTimeout(timer);
    timer = undefined;
    leave(gathering);
  }

  function leave(batch: Batch): void {
    gathering = undefined;
    const done = send(batch).then(() => {
      sends.delete(done);
      consider();
    });
    sends.add(done);
  }

  async function send(batch: Batch): Promise<void> {
    let failed = NO_FAILURE;
    try {
      await producer.send([{ topic: batch.target.topic, messages: batch.messages }]);
    } catch {
      // What may stand in the topic before as well is a duplicate there or here, as anything that is sent again.
      const { topic, partitions } = target;
      if (batch.target !== target)
        batch.messages = batch.messages.map((one) => ({
          ...one,
          partition: partitionOfKey(String(one.key), partitions),
        }));
      failed = await sendApart(producer, topic, batch.messages);
    }
    buffered -= batch.bytes;
    for (const share of batch.shares)
      share.settle(failed.size === 0 ? NONE : failuresOf(share, batch.messages, failed));
  }

  return {
    append(events) {
      if (closing)
        return Promise.reject(new MarqueeError('LOG_UNAVAILABLE', { reason: 'the process is closing' }));
      if (events.length === 0) return Promise.resolve(NONE);
      let bytes = 0;
      for (const { value } of events) bytes += value.length + EVENT_OVERHEAD_BYTES;
      if (buffered + bytes > bufferBytes) {
        return Promise.reject(new MarqueeError('BUFFER_FULL', { bytes: bufferBytes }));
      }
      buffered += bytes;
      gathering ??= { target, messages: [], shares: [], bytes: 0, since: performance.now() };
      const { messages, shares } = gathering;
      gathering.bytes += bytes;
      const first = messages.length;
      for (const { key, value } of events) {
        messages.push({ key, value, partition: partitionOfKey(key, target.partitions) });
      }
      const answered = new Promise<Failures>((resolve) => {
        shares.push({
          first,
          count: events.length,
          settle: withDeadline(resolve, events.length, ackTimeoutMs),
        });
      });
      consider();
      return answered;
    },
    bufferedBytes: () => buffered,
    moveTo({ topic, partitions }) {
      target = { topic, partitions };
      if (gathering === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      leave(gathering);
    },
    async close() {
      closing = true;
      consider();
      while (sends.size > 0) await Promise.all(sends);
      await producer.close();
    },
  };
}

/** Events that are late are said to be unacknowledged: sending them again is harmless. */
function withDeadline(
  resolve: (failures: Failures) => void,
  count: number,
  timeoutMs: number,
): Share['settle'] {
  const late = setTimeout(() => {
    const error = new MarqueeError('LOG_UNAVAILABLE', {
      reason: `no acknowledgement within ${timeoutMs} ms`,
    });
    resolve(new Map(Array.from({ length: count }, (_, index) => [index, error] as const)));
  }, timeoutMs);
  return (failures) => {
    clearTimeout(late);
    resolve(failures);
  };
}

type FailedPartitions = ReadonlyMap<number, MarqueeError>;
const NO_FAILURE: FailedPartitions = new Map();

/** Once more after a failure, each partition by itself: one that is out of order must not fail the others' events. */
async function sendApart(
  producer: LogProducer,
  topic: string,
  messages: readonly OutgoingMessage[],
): Promise<FailedPartitions> {
  const byPartition = Map.groupBy(messages, ({ partition = 0 }) => partition);
  const failed = new Map<number, MarqueeError>();
  await Promise.all(
    Array.from(byPartition, async ([partition, own]) => {
      try {
        await producer.send([{ topic, messages: own }]);
      } catch (error) {
        failed.set(partition, asUnavailable(error));
      }
    }),
  );
  return failed;
}

function asUnavailable(error: unknown): MarqueeError {
  if (error instanceof MarqueeError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new MarqueeError('LOG_UNAVAILABLE', { reason }, { cause: error });
}

function failuresOf(
  { first, count }: Share,
  messages: readonly OutgoingMessage[],
  failed: FailedPartitions,
): Failures {
  const failures = new Map<number, MarqueeError>();
  for (let index = 0; index < count; index += 1) {
    const error = failed.get(messages[first + index]?.partition ?? 0);
    if (error !== undefined) failures.set(index, error);
  }
  return failures;
}
