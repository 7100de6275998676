/** A group member and an admin of kafkajs that do what the test says, for sessions without a broker. */
import type { Batch, EachBatchPayload, IMemberAssignment } from 'kafkajs';
import { kafkaSection } from '../../infra/config/kafka.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { silentLog } from '../../infra/log.ts';

type Settings = KafkaClient['settings'];
type Emitted = (event: { payload: unknown }) => void;
type EachBatch = (payload: EachBatchPayload) => Promise<void>;

const EVENTS = {
  ...{ GROUP_JOIN: 'join', HEARTBEAT: 'heartbeat', REBALANCING: 'rebalancing', CRASH: 'crash' },
  ...{ FETCH: 'fetch', FETCH_START: 'fetch-start' },
} as const;

export interface FakeKafka {
  readonly client: KafkaClient;
  emit(event: keyof typeof EVENTS, payload?: object): void;
  join(memberAssignment: IMemberAssignment): void;
  /** Hands over a batch of `count` records from `from` on; answers the offset resolved, undefined when none was. */
  deliver(
    batch: { topic: string; partition: number; from: number; count: number },
    heartbeat?: () => Promise<void>,
  ): Promise<string | undefined>;
  /** The broker answers a fetch: the offset asked for in each partition and how many records there are. */
  answer(
    topic: string,
    ...partitions: readonly [partition: number, fetchedFrom: number, records: number][]
  ): void;
  /** Partitions that may be fetched, as `topic/partition@position`, in the order of their seeks. */
  readonly reading: string[];
  /** Topics whose bounds were asked, in order. */
  readonly boundsAsked: string[];
  /** Where every partition of every topic ends, or what asking for it rejects with. */
  end: number | Error;
  /** Asking for bounds waits for this. */
  boundsGate: Promise<void>;
}

export function createFakeKafka(settings: Partial<Settings> = {}): FakeKafka {
  const listeners = new Map<string, Emitted[]>();
  const reading: string[] = [];
  const boundsAsked: string[] = [];
  let eachBatch: EachBatch | undefined;
  const emit = (event: keyof typeof EVENTS, payload: object = {}): void => {
    for (const listener of listeners.get(EVENTS[event]) ?? []) listener({ payload });
  };
  const consumer = {
    events: EVENTS,
    on: (name: string, listener: Emitted) => listeners.set(name, [...(listeners.get(name) ?? []), listener]),
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    run: (options: { eachBatch: EachBatch }) => Promise.resolve(void (eachBatch = options.eachBatch)),
    pause: () => void (reading.length = 0),
    resume: () => undefined,
    seek: ({ topic, partition, offset }: { topic: string; partition: number; offset: string }) =>
      reading.push(`${topic}/${partition}@${offset}`),
    commitOffsets: () => Promise.resolve(),
  };
  const fake: FakeKafka = {
    client: {
      kafka: { consumer: () => consumer },
      settings: { ...kafkaSection.parse({ brokers: 'localhost:1' }), ...settings },
      log: silentLog(),
      admin: () => Promise.resolve({ fetchTopicOffsets, deleteGroups: () => Promise.resolve([]) }),
      close: () => Promise.resolve(),
    } as unknown as KafkaClient,
    emit,
    join: (memberAssignment) => emit('GROUP_JOIN', { memberAssignment }),
    answer: (topic, ...partitions) =>
      emit('FETCH', {
        answers: partitions.map(([partition, fetchedFrom, records]) => ({
          topic,
          partition,
          fetchedFrom,
          records,
        })),
      }),
    async deliver({ topic, partition, from, count }, heartbeat = () => Promise.resolve()) {
      let resolved: string | undefined;
      const messages = Array.from({ length: count }, (_, i) => ({
        offset: String(from + i),
        timestamp: '0',
        key: null,
        value: null,
      }));
      const batch = {
        ...{ topic, partition, messages, highWatermark: '1000', fetchedOffset: String(from) },
        firstOffset: () => String(from),
        lastOffset: () => String(from + count - 1),
      };
      const payload = {
        batch: batch as unknown as Batch,
        heartbeat,
        resolveOffset: (offset: string) => (resolved = offset),
      };
      await eachBatch!(payload as unknown as EachBatchPayload);
      return resolved;
    },
    reading,
    boundsAsked,
    end: 1000,
    boundsGate: Promise.resolve(),
  };
  async function fetchTopicOffsets(topic: string): Promise<object[]> {
    boundsAsked.push(topic);
    await fake.boundsGate;
    if (fake.end instanceof Error) throw fake.end;
    const high = String(fake.end);
    return Array.from({ length: 16 }, (_, partition) => ({ partition, low: '0', high }));
  }
  return fake;
}
