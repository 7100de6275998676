/** The producer port on kafkajs: a concurrent producer, and one that keeps a single request in flight. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, Producer, RecordMetadata } from 'kafkajs';
import { MarqueeError } from '../../domain/errors.ts';
import { logUnavailable, retryOptions, type KafkaClient } from './client.ts';
import { partitionOfKey } from './partitioner.ts';
import { RecordRun } from './produce-request.ts';
import type { Appended, LogProducer, OutgoingMessage, OutgoingTopic } from './producer-port.ts';

/** A partition's share of one request is at most this large, below the topics' `max.message.bytes`. */
const MAX_RUN_BYTES = 1 << 20;
/** More bytes than any record's framing and key take. */
const RECORD_OVERHEAD_BYTES = 64;
const ACKS_ALL = -1;
const RECONNECT_PAUSE_MS = 50;

export interface ProducerLimits {
  /** Largest record value accepted; the topic's `max.message.bytes` must be above it. */
  readonly maxRecordBytes: number;
}

export interface SingleFlightLimits extends ProducerLimits {
  /** Sends that may wait behind the one in flight. */
  readonly maxWaiting: number;
}

interface Run {
  readonly topic: string;
  readonly partition: number;
  readonly messages: OutgoingMessage[];
  bytes: number;
}

/** The run of a partition that records are still added to. */
interface OpenRun {
  readonly run: Run;
  readonly round: number;
}

/** Any number of sends at a time; order holds within a send, not between sends. The caller bounds how many. */
export async function createProducer(client: KafkaClient, limits: ProducerLimits): Promise<LogProducer> {
  const producer = client.kafka.producer({
    idempotent: false,
    allowAutoTopicCreation: false,
    retry: retryOptions(client.settings),
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  });
  await producer.connect().catch((error: unknown) => {
    throw logUnavailable(error);
  });
  const countOf = partitionCounts(client);
  const sending = new Set<Promise<unknown>>();
  return {
    async send(batch) {
      const work = append(client, producer, batch, countOf, limits);
      sending.add(work);
      try {
        return await work;
      } catch (error) {
        throw logUnavailable(error);
      } finally {
        sending.delete(work);
      }
    },
    async close() {
      await Promise.allSettled(sending);
      await producer.disconnect();
    },
  };
}

/**
 * Strictly one request in flight, sends in the order of the calls. When a send fails, those waiting behind it fail
 * too, so that nothing later can overtake what its caller will send again.
 */
export async function createSingleFlightProducer(
  client: KafkaClient,
  limits: SingleFlightLimits,
): Promise<LogProducer> {
  return singleFlight(await createProducer(client, limits), limits.maxWaiting);
}

/** Puts sends in single file; apart from the connection so that it can be tested with a producer that fails at will. */
export function singleFlight(producer: LogProducer, maxWaiting: number): LogProducer {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    send(batch) {
      if (waiting > maxWaiting) {
        return Promise.reject(
          new MarqueeError('LOG_UNAVAILABLE', { reason: `${waiting} sends wait already` }),
        );
      }
      waiting += 1;
      const turn = waiting === 1 ? Promise.resolve() : last;
      const result = turn
        .then(() => producer.send(batch))
        .finally(() => {
          waiting -= 1;
        });
      last = result;
      return result;
    },
    async close() {
      await last.catch(() => undefined);
      await producer.close();
    },
  };
}

/** The number of partitions of a topic, asked once: it is fixed for a generation. */
function partitionCounts(client: KafkaClient): (topic: string) => Promise<number> {
  const known = new Map<string, Promise<number>>();
  const ask = async (topic: string): Promise<number> => {
    const admin = await client.admin();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const count = topics[0]?.partitions.length ?? 0;
    if (count === 0)
      throw new MarqueeError('LOG_UNAVAILABLE', { reason: `topic ${topic} has no partitions` });
    return count;
  };
  return (topic) => {
    const found = known.get(topic) ?? ask(topic);
    known.set(topic, found);
    found.catch(() => known.delete(topic));
    return found;
  };
}

async function append(
  client: KafkaClient,
  producer: Producer,
  batch: readonly OutgoingTopic[],
  countOf: (topic: string) => Promise<number>,
  limits: ProducerLimits,
): Promise<Appended[]> {
  const rounds = await planRounds(batch, countOf, limits);
  const appended: Appended[] = [];
  for (const runs of rounds) {
    const topicMessages = runs.map(({ topic, partition, messages }) => ({
      topic,
      // The encoder in kafkajs.ts knows runs; to kafkajs itself a run is one message.
      messages: [{ partition, value: new RecordRun(messages) } as unknown as Message],
    }));
    const answers = await persist(client, () =>
      producer.sendBatch({ acks: ACKS_ALL, timeout: client.settings.requestTimeoutMs, topicMessages }),
    );
    for (const run of runs) appended.push(match(run, answers));
  }
  return appended;
}

/**
 * kafkajs tries again by itself, but not after a plain "Broker not connected" that sends meet while another of them
 * reconnects.
 */
async function persist<T>({ settings }: KafkaClient, send: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      const isConnectionRace = error instanceof Error && error.message === 'Broker not connected';
      if (!isConnectionRace || attempt >= settings.maxRetries) throw error;
      await sleep(RECONNECT_PAUSE_MS * 2 ** attempt);
    }
  }
}

function match(run: Run, answers: readonly RecordMetadata[]): Appended {
  const { topic, partition, messages } = run;
  const answer = answers.find((one) => one.topicName === topic && one.partition === partition);
  if (answer?.baseOffset === undefined) {
    throw new MarqueeError('LOG_UNAVAILABLE', { reason: `${topic}/${partition} was not acknowledged` });
  }
  return { topic, partition, baseOffset: Number(answer.baseOffset), count: messages.length };
}

/** Runs by round: a round is one request and holds at most one run of each partition. */
async function planRounds(
  batch: readonly OutgoingTopic[],
  countOf: (topic: string) => Promise<number>,
  limits: ProducerLimits,
): Promise<Run[][]> {
  const rounds: Run[][] = [];
  const open = new Map<string, OpenRun[]>();
  for (const { topic, messages } of batch) {
    const needsCount = messages.some(({ partition }) => partition === undefined);
    const count = needsCount ? await countOf(topic) : 0;
    let openRuns = open.get(topic);
    if (openRuns === undefined) open.set(topic, (openRuns = []));
    for (const message of messages) {
      const bytes = sizeOf(message, limits);
      const partition = message.partition ?? partitionOfKey(message.key ?? '', count);
      const current = openRuns[partition];
      if (current !== undefined && current.run.bytes + bytes <= MAX_RUN_BYTES) {
        current.run.messages.push(message);
        current.run.bytes += bytes;
        continue;
      }
      const round = current === undefined ? 0 : current.round + 1;
      const run: Run = { topic, partition, messages: [message], bytes };
      (rounds[round] ??= []).push(run);
      openRuns[partition] = { run, round };
    }
  }
  return rounds;
}

function sizeOf({ key, value }: OutgoingMessage, { maxRecordBytes }: ProducerLimits): number {
  const size = value === null ? 0 : value.length;
  if (size > maxRecordBytes)
    throw new MarqueeError('EVENT_TOO_LARGE', { bytes: size, limit: maxRecordBytes });
  return size + (key === null ? 0 : key.length) + RECORD_OVERHEAD_BYTES;
}
