/**
 * kafkajs 2.2.4 with six repairs of what costs most in it. Its version is pinned; a test beside this file holds each
 * repair to what kafkajs itself does.
 *
 * 1. Produce requests made of record runs are encoded in one pass: kafkajs allocates and copies each record several
 *    times and takes its checksum byte by byte, 16 µs for a record of 1.2 KB where this takes 1.3 µs.
 * 2. Frames are written once instead of being copied through two growing buffers.
 * 3. The request queue of every connection sets a timer with a negative delay for ever, once a millisecond and with a
 *    TimeoutNegativeWarning since Node 24 (https://github.com/tulios/kafkajs/issues/1751); here it sets one only when
 *    requests wait.
 * 4. A consumer tells what brokers answered to a fetch: see fetch-answers.ts.
 * 5. Fetched records are read into columns, checksums included, which kafkajs does not look at: see fetched-records.ts.
 * 6. Answers are read straight into memory of their size, and what a lost connection had begun is dropped: see frames.ts
 *    and reading-socket.ts.
 */
import { createRequire } from 'node:module';
import type * as KafkaJs from 'kafkajs';
import { tellAnswers, type FetchingGroup } from './fetch-answers.ts';
import { batchOnColumns, decodeToColumns, type BatchClass, type DecodeMessages } from './fetched-records.ts';
import { processData } from './frames.ts';
import { encodeProduceRequest, RecordRun } from './produce-request.ts';
import { readingSockets } from './reading-socket.ts';

interface Encoder {
  buf: Buffer;
  offset: number;
  /** Free bytes at the start of `buf`, where the frame's header can go. */
  headroom?: number;
}
interface EncoderClass {
  new (initialSize: number): Encoder;
}
interface RequestDefinition {
  readonly apiKey: number;
  readonly apiVersion: number;
  encode(): Promise<Encoder>;
}
interface ProduceOptions {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null;
  readonly compression?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly messages: readonly { readonly value: unknown }[];
    }[];
  }[];
}
type MakeProduceRequest = (options: ProduceOptions) => RequestDefinition;
interface FrameOptions {
  readonly correlationId: number;
  readonly clientId: string;
  readonly request: RequestDefinition;
}
type MakeFrame = (options: FrameOptions) => Promise<Encoder>;
interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

const WAITING_CHECK_MS = 10;
/** Room for the header of a frame whose client id has up to fifty bytes; a longer one costs a copy. */
const HEADROOM_BYTES = 64;

const load = createRequire(import.meta.url);

let loaded: typeof KafkaJs | undefined;

/** The repaired client library; repaired once a process, before anything of it runs. */
export function loadKafkaJs(): typeof KafkaJs {
  if (loaded !== undefined) return loaded;
  const Encoder = load('kafkajs/src/protocol/encoder') as EncoderClass;
  replace<MakeProduceRequest>('kafkajs/src/protocol/requests/produce/v3/request', (original) =>
    withRecordRuns(original, Encoder),
  );
  replace<MakeFrame>('kafkajs/src/protocol/request', () => frameWriter(Encoder));
  const queue = load('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  queue.prototype.scheduleCheckPendingRequests = scheduleOnlyWhenWaiting;
  // Before what requires them: the answers of a fetch, and the consumer group.
  replace<DecodeMessages>('kafkajs/src/protocol/requests/fetch/v4/decodeMessages', decodeToColumns);
  replace<BatchClass>('kafkajs/src/consumer/batch', batchOnColumns);
  const connection = load('kafkajs/src/network/connection') as {
    prototype: { processData: typeof processData };
  };
  connection.prototype.processData = processData;
  replace<() => KafkaJs.ISocketFactory>(
    'kafkajs/src/network/socketFactory',
    (original) => () => readingSockets(original()),
  );
  const group = load('kafkajs/src/consumer/consumerGroup') as { prototype: FetchingGroup };
  tellAnswers(group.prototype);
  loaded = load('kafkajs') as typeof KafkaJs;
  return loaded;
}

function replace<T>(module: string, make: (original: T) => T): void {
  const original = load(module) as T;
  const entry = load.cache[load.resolve(module)];
  if (entry === undefined) throw new Error(`${module} cannot be replaced: it is not in the module cache`);
  entry.exports = make(original);
}

function encoderOf(Encoder: EncoderClass, bytes: Buffer): Encoder {
  const encoder = new Encoder(1);
  encoder.buf = bytes;
  encoder.offset = bytes.length;
  return encoder;
}

function runIn(messages: readonly { readonly value: unknown }[]): RecordRun | undefined {
  const value = messages.length === 1 ? messages[0]?.value : undefined;
  return value instanceof RecordRun ? value : undefined;
}

export function withRecordRuns(original: MakeProduceRequest, Encoder: EncoderClass): MakeProduceRequest {
  return (options) => {
    const request = original(options);
    const topics = options.topicData.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, messages }) => ({ partition, run: runIn(messages) })),
    }));
    const partitions = topics.flatMap((topic) => topic.partitions);
    if (partitions.every(({ run }) => run === undefined)) return request;
    if (partitions.some(({ run }) => run === undefined) || options.transactionalId || options.compression) {
      throw new TypeError('Record runs cannot be compressed, transactional or mixed with messages');
    }
    const { acks, timeout } = options;
    const produce = { acks, timeout, topics } as Parameters<typeof encodeProduceRequest>[0];
    return {
      ...request,
      encode() {
        const encoder = encoderOf(Encoder, encodeProduceRequest(produce, Date.now(), HEADROOM_BYTES));
        encoder.headroom = HEADROOM_BYTES;
        return Promise.resolve(encoder);
      },
    };
  };
}

export function frameWriter(Encoder: EncoderClass): MakeFrame {
  return async ({ correlationId, clientId, request }) => {
    const payload = await request.encode();
    const headroom = payload.headroom ?? 0;
    const clientIdBytes = Buffer.byteLength(clientId);
    const headerBytes = 4 + 2 + 2 + 4 + 2 + clientIdBytes;
    const payloadBytes = payload.offset - headroom;
    let frame: Buffer;
    if (headroom >= headerBytes) frame = payload.buf.subarray(headroom - headerBytes, payload.offset);
    else {
      frame = Buffer.allocUnsafeSlow(headerBytes + payloadBytes);
      payload.buf.copy(frame, headerBytes, headroom, payload.offset);
    }
    let at = frame.writeInt32BE(headerBytes - 4 + payloadBytes, 0);
    at = frame.writeInt16BE(request.apiKey, at);
    at = frame.writeInt16BE(request.apiVersion, at);
    at = frame.writeInt32BE(correlationId, at);
    at = frame.writeInt16BE(clientIdBytes, at);
    frame.write(clientId, at);
    return encoderOf(Encoder, frame);
  };
}

function scheduleOnlyWhenWaiting(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledFor = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledFor > 0 ? throttledFor : WAITING_CHECK_MS,
  );
}
