/**
 * Gathers the events of many requests into few sends. Each partition has a lane: what arrives while a lane's sends are
 * under way, or within the linger time, leaves together. Bytes that Kafka has not answered for are bounded.
 */
import { MarqueeError } from '../../domain/errors.ts';
import { partitionOfKey } from '../../infra/kafka/partitioner.ts';
import type { LogProducer, OutgoingMessage } from '../../infra/kafka/producer-port.ts';

export interface RawEvent {
  /** The profile; decides the partition. */
  readonly key: string;
  readonly value: Buffer;
}

/** Per event that was not acknowledged, by its position, why. */
export type Failures = ReadonlyMap<number, MarqueeError>;

export interface MicroBatcher {
  /**
   * Resolves once every event was acknowledged, refused or has waited for the ack timeout; a refused or late event may
   * still be in the log. Throws BUFFER_FULL, and takes none of them, when they do not fit.
   */
  append(events: readonly RawEvent[]): Promise<Failures>;
  bufferedBytes(): number;
  /** Sends what is buffered and waits for the answers; takes no more events. */
  close(): Promise<void>;
}

export interface MicroBatcherSettings {
  readonly topic: string;
  readonly partitions: number;
  readonly bufferBytes: number;
  readonly lingerMs: number;
  readonly ackTimeoutMs: number;
}

/** A send of this many bytes leaves at once. */
const FULL_SEND_BYTES = 512 * 1024;
const SENDS_PER_LANE = 2;
/** What an event costs beyond its bytes while it waits. */
const EVENT_OVERHEAD_BYTES = 128;
const NONE: Failures = new Map();

interface Delivery {
  /** Lanes that have not answered yet. */
  open: number;
  failures: Map<number, MarqueeError> | undefined;
  readonly settle: (failures: Failures) => void;
}

/** The events of one request that go to one lane. */
interface Share {
  readonly delivery: Delivery;
  readonly indexes: number[];
}

interface Lane {
  readonly partition: number;
  messages: OutgoingMessage[];
  shares: Share[];
  bytes: number;
  sending: number;
  timer: NodeJS.Timeout | undefined;
}

export function createMicroBatcher(producer: LogProducer, settings: MicroBatcherSettings): MicroBatcher {
  const { topic, partitions, bufferBytes, lingerMs, ackTimeoutMs } = settings;
  const lanes = Array.from({ length: partitions }, (_, partition): Lane => ({
    partition,
    messages: [],
    shares: [],
    bytes: 0,
    sending: 0,
    timer: undefined,
  }));
  const sends = new Set<Promise<void>>();
  let buffered = 0;
  let closing = false;

  function flush(lane: Lane): void {
    clearTimeout(lane.timer);
    lane.timer = undefined;
    if (lane.messages.length === 0 || (lane.sending >= SENDS_PER_LANE && !closing)) return;
    const { messages, shares, bytes } = lane;
    lane.messages = [];
    lane.shares = [];
    lane.bytes = 0;
    lane.sending += 1;
    const send = producer.send([{ topic, messages }]).then(
      () => {
        answer(shares, undefined);
      },
      (error: unknown) => {
        answer(shares, error);
      },
    );
    const done = send.then(() => {
      buffered -= bytes;
      lane.sending -= 1;
      sends.delete(done);
      if (lane.messages.length > 0) schedule(lane);
    });
    sends.add(done);
  }

  function schedule(lane: Lane): void {
    if (closing || lane.bytes >= FULL_SEND_BYTES || lingerMs === 0) flush(lane);
    else if (lane.sending < SENDS_PER_LANE) {
      lane.timer ??= setTimeout(() => {
        flush(lane);
      }, lingerMs);
    }
  }

  function put(events: readonly RawEvent[], delivery: Delivery): void {
    const touched = new Map<Lane, number[]>();
    for (let index = 0; index < events.length; index += 1) {
      const { key, value } = events[index] as RawEvent;
      const lane = lanes[partitionOfKey(key, partitions)] as Lane;
      let indexes = touched.get(lane);
      if (indexes === undefined) touched.set(lane, (indexes = []));
      indexes.push(index);
      lane.messages.push({ key, value, partition: lane.partition });
      lane.bytes += value.length + EVENT_OVERHEAD_BYTES;
    }
    delivery.open = touched.size;
    for (const [lane, indexes] of touched) {
      lane.shares.push({ delivery, indexes });
      schedule(lane);
    }
  }

  return {
    append(events) {
      if (closing)
        return Promise.reject(new MarqueeError('LOG_UNAVAILABLE', { reason: 'the process is closing' }));
      const bytes = events.reduce((sum, { value }) => sum + value.length + EVENT_OVERHEAD_BYTES, 0);
      if (events.length === 0) return Promise.resolve(NONE);
      if (buffered + bytes > bufferBytes) {
        return Promise.reject(new MarqueeError('BUFFER_FULL', { bytes: bufferBytes }));
      }
      buffered += bytes;
      return deliver(events, ackTimeoutMs, put);
    },
    bufferedBytes: () => buffered,
    async close() {
      closing = true;
      for (const lane of lanes) flush(lane);
      while (sends.size > 0) await Promise.all(sends);
      await producer.close();
    },
  };
}

function deliver(
  events: readonly RawEvent[],
  ackTimeoutMs: number,
  put: (events: readonly RawEvent[], delivery: Delivery) => void,
): Promise<Failures> {
  return new Promise((resolve) => {
    const delivery: Delivery = {
      open: 0,
      failures: undefined,
      settle(failures) {
        clearTimeout(late);
        resolve(failures);
      },
    };
    const late = setTimeout(() => {
      // Events that were acknowledged in time are said to be late with the others: a repeat of them is harmless.
      const reason = `no acknowledgement within ${ackTimeoutMs} ms`;
      const error = new MarqueeError('LOG_UNAVAILABLE', { reason });
      delivery.settle(new Map(events.map((_, index) => [index, error])));
    }, ackTimeoutMs);
    put(events, delivery);
  });
}

function answer(shares: readonly Share[], error: unknown): void {
  for (const { delivery, indexes } of shares) {
    if (error !== undefined) {
      const failure = error instanceof MarqueeError ? error : unanswered(error);
      delivery.failures ??= new Map();
      for (const index of indexes) delivery.failures.set(index, failure);
    }
    delivery.open -= 1;
    if (delivery.open === 0) delivery.settle(delivery.failures ?? NONE);
  }
}

function unanswered(error: unknown): MarqueeError {
  const reason = error instanceof Error ? error.message : String(error);
  return new MarqueeError('LOG_UNAVAILABLE', { reason }, { cause: error });
}
