import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMarqueeError } from '../../../domain/errors.ts';
import {
  batchOnColumns,
  columnsIn,
  decodeToColumns,
  FetchedRecords,
  recordsOf,
  type BatchClass,
  type DecodeMessages,
} from '../../../infra/kafka/fetched-records.ts';
import { createFrameMemory, takeMemory } from '../../../infra/kafka/frame-memory.ts';
import { batchSketch, encodeBatches, type BatchSketch } from '../../support/fetched-batches.ts';

interface Message {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: object;
  readonly batchContext?: object;
}
interface Batch {
  readonly rawMessages: readonly Message[];
  readonly messages: readonly Message[];
  firstOffset(): string | null;
  lastOffset(): string;
  offsetLag(): string;
  offsetLagLow(): string;
  isEmpty(): boolean;
  isEmptyDueToFiltering(): boolean;
  isEmptyIncludingFiltered(): boolean;
}
interface Answer {
  readonly bytes: Buffer;
  readonly fetchedOffset: string;
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
}

const load = createRequire(import.meta.url);
// Nothing is repaired in this process, so these are what kafkajs itself does.
const decodeMessages = load('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as DecodeMessages;
const TheirBatch = load('kafkajs/src/consumer/batch') as BatchClass;
const Decoder = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Parameters<DecodeMessages>[0];
const OurBatch = batchOnColumns(TheirBatch);

async function batchOf(decode: DecodeMessages, Batch: BatchClass, answer: Answer): Promise<Batch> {
  const size = Buffer.alloc(4);
  size.writeInt32BE(answer.bytes.length);
  const decoder = new Decoder(Buffer.concat([size, answer.bytes, Buffer.from('what follows')]));
  const messages = await decode(decoder);
  assert.equal(decoder.offset, 4 + answer.bytes.length);
  const data = { messages, partition: 3, highWatermark: '9000000000000000', ...answer };
  return new Batch('t', answer.fetchedOffset, data) as unknown as Batch;
}

const theirs = (answer: Answer): Promise<Batch> => batchOf(decodeMessages, TheirBatch, answer);
const ours = (answer: Answer): Promise<Batch> => batchOf(decodeToColumns(decodeMessages), OurBatch, answer);

const seen = (messages: readonly Message[]): object[] =>
  messages.map(({ batchContext: _context, ...message }) => message);

function told(batch: Batch): object {
  return {
    messages: seen(batch.messages),
    raw: seen(batch.rawMessages),
    first: batch.firstOffset(),
    last: batch.lastOffset(),
    lag: batch.offsetLag(),
    lagLow: batch.offsetLagLow(),
    isEmpty: [batch.isEmpty(), batch.isEmptyDueToFiltering(), batch.isEmptyIncludingFiltered()],
  };
}

/** What handlers get: the same numbers and bytes, without the text. */
function handed(batch: Batch): object[] {
  return batch.messages.map(({ offset, timestamp, key, value, headers }) => ({
    ...{ offset: Number(offset), timestamp: Number(timestamp), key, value, headers },
  }));
}

const plain: BatchSketch = {
  ...{ hole: 0, firstTimestamp: 1.7e12, maxTimestamp: 1.7e12, isAppendTime: false, compression: 0 },
  ...{ isTransactional: false, isControl: false, producerId: -1 },
  records: [0, 1, 2].map((i) => ({
    ...{ offsetHole: 0, timestampDelta: i, key: Buffer.from('k'), value: Buffer.from(`v${i}`), headers: {} },
  })),
};
const answerOf = (bytes: Buffer, fetchedOffset = '0'): Answer => ({
  bytes,
  fetchedOffset,
  abortedTransactions: [],
});
const bigOffset = fc.constantFrom(0n, 41n, 2n ** 31n - 2n, 2n ** 40n, 2n ** 53n - 20n, 2n ** 53n, 2n ** 60n);

test('what kafkajs decodes is decoded, whatever the batches hold and wherever the last is cut', async () => {
  const sketches = fc.array(batchSketch, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      ...[bigOffset, sketches, fc.nat(60), fc.nat(20), fc.option(fc.nat(30), { nil: undefined })],
      async (first, batches, cut, skip, aborted) => {
        const whole = await encodeBatches(first, batches);
        const answer = {
          bytes: whole.subarray(0, Math.max(17, whole.length - cut)),
          fetchedOffset: String(first + BigInt(skip)),
          abortedTransactions:
            aborted === undefined ? [] : [{ producerId: '7', firstOffset: String(first + BigInt(aborted)) }],
        };
        const [expected, found] = [await theirs(answer), await ours(answer)];
        assert.deepEqual(told(found), told(expected));
        const columns = columnsIn(found)?.columns;
        if (columns !== undefined) assert.deepEqual(recordsOf(columns), handed(expected));
      },
    ),
    { numRuns: 400 },
  );
});

test('only what it does not know is left to kafkajs', async () => {
  const decode = async (...sketches: BatchSketch[]): Promise<unknown> => {
    const bytes = await encodeBatches(5n, sketches);
    const size = Buffer.alloc(4);
    size.writeInt32BE(bytes.length);
    return decodeToColumns(decodeMessages)(new Decoder(Buffer.concat([size, bytes])));
  };
  assert.ok((await decode(plain, { ...plain, hole: 9, isAppendTime: true })) instanceof FetchedRecords);
  for (const unknown of [{ compression: 1 }, { isTransactional: true }, { isControl: true }]) {
    assert.ok(Array.isArray(await decode(plain, { ...plain, ...unknown })));
  }
  assert.ok(Array.isArray(await decodeToColumns(decodeMessages)(new Decoder(Buffer.alloc(4)))));
});

test('a byte changed on the way is noticed, also in what kafkajs decodes', async () => {
  const { length } = await encodeBatches(5n, [plain]);
  for (const compression of [0, 1]) {
    const bytes = await encodeBatches(5n, [plain, { ...plain, compression }]);
    // Offset, length and epoch are not under the checksum: brokers write them.
    const covered = fc.integer({ min: length + 17, max: bytes.length - 1 });
    await fc.assert(
      fc.asyncProperty(covered, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const torn = Buffer.from(bytes);
        torn[at] = torn[at]! ^ change;
        await assert.rejects(
          async () => ours(answerOf(torn)),
          (error) => isMarqueeError(error, 'LOG_UNAVAILABLE'),
        );
      }),
    );
  }
});

test('the memory of an answer is used again though some of its partitions hold nothing to hand on', async () => {
  const pool = createFrameMemory();
  const bytes = await encodeBatches(0n, [plain]);
  const frame = takeMemory(pool, 1 << 16);
  let at = 0;
  const put = (part: Buffer): void => {
    at = frame.writeInt32BE(part.length, at);
    at += part.copy(frame, at);
  };
  const [empty, cutOff] = [Buffer.alloc(0), bytes.subarray(0, bytes.length - 1)];
  for (const part of [empty, bytes, cutOff, bytes]) put(part);
  const decoder = new Decoder(frame.subarray(0, at));
  const batchAt = async (fetchedOffset: string): Promise<Batch> => {
    const messages = await decodeToColumns(decodeMessages)(decoder);
    const data = { messages, partition: 3, highWatermark: '9', ...answerOf(bytes, fetchedOffset) };
    return new OurBatch('t', fetchedOffset, data) as unknown as Batch;
  };
  const batches: Batch[] = [];
  for (const from of ['0', '0', '0', String(plain.records.length)]) batches.push(await batchAt(from));
  assert.deepEqual(
    batches.map(({ messages }) => messages.length),
    [0, plain.records.length, 0, 0],
  );
  assert.equal(pool.free.length, 0);
  columnsIn(batches[1]!)!.release();
  assert.equal(pool.free.length, 1);
});

test('a header with the name of what every object has is a header like others', async () => {
  for (const name of ['toString', '__proto__', 'constructor']) {
    const headers = Object.fromEntries([[name, Buffer.from('v')]]);
    const records = [{ ...plain.records[0]!, headers }];
    const batch = await ours(answerOf(await encodeBatches(0n, [{ ...plain, records }])));
    assert.deepEqual(recordsOf(columnsIn(batch)!.columns)[0]?.headers, headers);
  }
});

test('messages are made one by one, and are an array to whoever looks at all', async () => {
  const { messages } = await ours(answerOf(await encodeBatches(0n, [plain]), '1'));
  assert.equal(messages.length, 2);
  assert.equal(messages[1], messages[1]);
  assert.equal(messages[2], undefined);
  assert.ok(Array.isArray(messages) && 1 in messages && !(2 in messages));
  assert.deepEqual(Object.keys(messages), ['0', '1']);
  assert.deepEqual(
    messages.map(({ value }) => String(value)),
    ['v1', 'v2'],
  );
});
