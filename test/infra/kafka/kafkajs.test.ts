import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { FetchedRecords } from '../../../infra/kafka/fetched-records.ts';
import { frameWriter, loadKafkaJs, withRecordRuns } from '../../../infra/kafka/kafkajs.ts';
import { encodeProduceRequest, RecordRun } from '../../../infra/kafka/produce-request.ts';
import type { BatchRecord } from '../../../infra/kafka/record-batch.ts';

interface Encoder {
  readonly buffer: Buffer;
}
type MakeProduce = (options: object) => { apiKey: number; apiVersion: number; encode(): Promise<Encoder> };

const load = createRequire(import.meta.url);
// Before the repairs are made, so these are what kafkajs itself does.
const makeProduce = load('kafkajs/src/protocol/requests/produce/v3/request') as MakeProduce;
const makeFrame = load('kafkajs/src/protocol/request') as (options: object) => Promise<Encoder>;
const EncoderClass = load('kafkajs/src/protocol/encoder') as never;

const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value));
const timed = (timestamp: fc.Arbitrary<number>): fc.Arbitrary<BatchRecord> =>
  fc.record({
    key: fc.oneof(fc.constant(null), fc.string({ unit: 'grapheme' }), bytes),
    value: fc.oneof(fc.constant(null), bytes),
    timestamp,
    headers: fc.option(fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), bytes, { maxKeys: 3 }), {
      nil: undefined,
    }),
  });

test('a run of records is encoded byte for byte as kafkajs encodes its messages', async () => {
  const topic = fc.record({
    topic: fc.string({ unit: 'grapheme-ascii', minLength: 1 }),
    // Thirteen digits, because kafkajs compares times as text to find the first.
    partitions: fc.array(
      fc.array(timed(fc.integer({ min: 1e12, max: 9e12 })), { minLength: 1, maxLength: 80 }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(topic, { minLength: 1, maxLength: 2 }), async (topics) => {
      const theirs = await makeProduce({
        acks: -1,
        timeout: 3000,
        topicData: topics.map(({ topic: name, partitions }) => ({
          topic: name,
          partitions: partitions.map((messages, partition) => ({ partition, messages, firstSequence: 0 })),
        })),
      }).encode();
      const ours = encodeProduceRequest(
        {
          acks: -1,
          timeout: 3000,
          topics: topics.map(({ topic: name, partitions }) => ({
            topic: name,
            partitions: partitions.map((records, partition) => ({ partition, run: new RecordRun(records) })),
          })),
        },
        5e12,
      );
      assert.equal(ours.toString('hex'), theirs.buffer.toString('hex'));
    }),
    { numRuns: 60 },
  );
});

test('records without a time take the time of the request', () => {
  const request = (timestamp: number | undefined): Buffer =>
    encodeProduceRequest(
      {
        acks: -1,
        timeout: 1,
        topics: [
          {
            topic: 't',
            partitions: [
              {
                partition: 0,
                run: new RecordRun([
                  { key: null, value: null, timestamp },
                  { key: null, value: null, timestamp: 2e12 },
                ]),
              },
            ],
          },
        ],
      },
      1_999_999_999_000,
    );
  assert.equal(request(undefined).toString('hex'), request(1_999_999_999_000).toString('hex'));
});

test('a frame is written byte for byte as kafkajs writes it', async () => {
  const request = makeProduce({
    acks: -1,
    timeout: 1,
    topicData: [
      {
        topic: 't',
        partitions: [{ partition: 0, messages: [{ key: 'k', value: 'v', timestamp: '1700000000000' }] }],
      },
    ],
  });
  const options = { correlationId: 77, clientId: 'marquée', request };
  const theirs = await makeFrame(options);
  const ours = (await frameWriter(EncoderClass)(options as never)) as unknown as Encoder;
  assert.equal(ours.buffer.toString('hex'), theirs.buffer.toString('hex'));
});

test('a frame round record runs is the same whether its header fits before them or not', async () => {
  const messages = [{ value: new RecordRun([{ key: 'k', value: Buffer.from('v'), timestamp: 1.7e12 }]) }];
  const options = {
    acks: -1,
    timeout: 1,
    topicData: [{ topic: 't', partitions: [{ partition: 0, messages }] }],
  };
  const plain = {
    acks: -1,
    timeout: 1,
    topicData: [
      {
        topic: 't',
        partitions: [{ partition: 0, messages: [{ key: 'k', value: 'v', timestamp: '1700000000000' }] }],
      },
    ],
  };
  const makeRun = withRecordRuns(makeProduce as never, EncoderClass);
  for (const clientId of ['short', 'a client id that is much longer than the room that was left for it, é']) {
    const theirs = await makeFrame({ correlationId: 7, clientId, request: makeProduce(plain) });
    const request = makeRun(options);
    const ours = (await frameWriter(EncoderClass)({
      correlationId: 7,
      clientId,
      request,
    })) as unknown as Encoder;
    assert.equal(ours.buffer.toString('hex'), theirs.buffer.toString('hex'));
  }
});

test('an idle connection sets no timer for requests that do not wait', () => {
  loadKafkaJs();
  const Queue = load('kafkajs/src/network/requestQueue') as new (options: object) => {
    pending: unknown[];
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
    destroy(): void;
  };
  const queue = new Queue({ maxInFlightRequests: 1, requestTimeout: 1000, clientId: 'c', broker: 'b' });
  queue.checkPendingRequests();
  assert.equal(queue.throttleCheckTimeoutId, null);
  queue.pending.push({});
  queue.scheduleCheckPendingRequests();
  assert.notEqual(queue.throttleCheckTimeoutId, null);
  queue.destroy();
});

test('fetched records stay columns in all versions of the answer that brokers of today give', async () => {
  loadKafkaJs();
  const records = [{ key: 'k', value: Buffer.from('v'), timestamp: 1.7e12 }];
  const set = encodeProduceRequest(
    {
      acks: -1,
      timeout: 1,
      topics: [{ topic: 't', partitions: [{ partition: 0, run: new RecordRun(records) }] }],
    },
    0,
  ).subarray(2 + 2 + 4 + 4 + 3 + 4 + 4);
  // Throttle time, error, session; one topic `t`; partition 0, no error, three offsets, nothing aborted, no replica.
  const head = '00000000 0000 00000000 00000001 0001 74 00000001 00000000 0000'.replaceAll(' ', '');
  const bounds = '0000000000000001'.repeat(2) + '0000000000000000';
  const answer = Buffer.concat([Buffer.from(`${head}${bounds}00000000ffffffff`, 'hex'), set]);
  const { decode } = load('kafkajs/src/protocol/requests/fetch/v11/response') as {
    decode: (bytes: Buffer) => Promise<{ responses: { partitions: { messages: unknown }[] }[] }>;
  };
  const messages = (await decode(answer)).responses[0]?.partitions[0]?.messages;
  assert.ok(messages instanceof FetchedRecords);
  assert.equal(String(messages.columns.bytes.subarray(messages.columns.valueStart[0])), 'v\0');
});
