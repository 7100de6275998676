import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { processData, reusesPieces, roomFor, type FramedConnection } from '../../../infra/kafka/frames.ts';

type Process = (this: unknown, chunk: Buffer) => void;

const load = createRequire(import.meta.url);
// Nothing is repaired in this process, so this is what kafkajs itself does.
const { processData: theirs } = (
  load('kafkajs/src/network/connection') as { prototype: { processData: Process } }
).prototype;

interface Told {
  readonly size: number;
  readonly correlationId: number;
  readonly payload: string;
}

function connection(): { readonly made: FramedConnection & { socket: object }; readonly told: Told[] } {
  const told: Told[] = [];
  const made = {
    socket: {
      destroy: (error: Error) => void told.push({ size: -1, correlationId: -1, payload: error.message }),
    },
    authHandlers: null,
    authExpectResponse: false,
    requestQueue: {
      fulfillRequest: ({ payload, ...rest }: { size: number; correlationId: number; payload: Buffer }) =>
        void told.push({ ...rest, payload: payload.toString('hex') }),
    },
    ...{ chunks: [], bytesBuffered: 0, bytesNeeded: 4 },
  };
  return { made, told };
}

function frame(correlationId: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + payload.length);
  head.writeInt32BE(correlationId, 4);
  return Buffer.concat([head, payload]);
}

function pieces(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].toSorted((a, b) => a - b);
  const ends = [...at, stream.length];
  return ends
    .map((end, i) => Buffer.from(stream.subarray(ends[i - 1] ?? 0, end)))
    .filter(({ length }) => length > 0);
}

const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 6 });

test('answers come out as kafkajs takes them out, wherever the socket cuts', () => {
  fc.assert(
    fc.property(payloads, fc.array(fc.nat(300), { maxLength: 30 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.map((payload, i) => frame(i, payload)));
      const [mine, other] = [connection(), connection()];
      for (const piece of pieces(stream, cuts)) {
        processData.call(mine.made, piece);
        theirs.call(other.made, piece);
      }
      assert.equal(mine.told.length, sent.length);
      assert.deepEqual(mine.told, other.told);
    }),
  );
});

test('pieces may all come in the same memory, or straight where they belong', () => {
  fc.assert(
    fc.property(payloads, fc.array(fc.nat(300), { maxLength: 30 }), (sent, cuts) => {
      const frames = sent.map((payload, i) => frame(i, payload));
      const { made, told } = connection();
      reusesPieces(made.socket);
      const shared = Buffer.alloc(400);
      for (const piece of pieces(Buffer.concat(frames), cuts)) {
        for (let at = 0; at < piece.length;) {
          const into = roomFor(made.socket) ?? shared;
          const copied = piece.copy(into, 0, at);
          at += copied;
          processData.call(made, into.subarray(0, copied));
        }
      }
      const expected = sent.map((payload) => Buffer.from(payload).toString('hex'));
      assert.deepEqual(
        told.map(({ payload }) => payload),
        expected,
      );
    }),
  );
});

test('what a lost connection had begun does not reach the next one', () => {
  const { made, told } = connection();
  processData.call(made, frame(1, Buffer.from('lost')).subarray(0, 10));
  made.socket = { ...made.socket };
  processData.call(made, frame(2, Buffer.from('next')));
  assert.deepEqual(told, [{ size: 8, correlationId: 2, payload: Buffer.from('next').toString('hex') }]);
});

test('answers to authentication go whole to who waits for them, or raw where they have no frame', () => {
  const { made, told } = connection();
  const got: string[] = [];
  const authHandlers = { onSuccess: (bytes: Buffer) => void got.push(bytes.toString('hex')) };
  const answer = frame(1, Buffer.from('token'));
  const whole = { ...made, authHandlers, authExpectResponse: true };
  for (const piece of pieces(answer, [2, 6])) processData.call(whole, piece);
  processData.call({ ...made, authHandlers }, Buffer.from('raw'));
  assert.deepEqual(got, [answer.toString('hex'), Buffer.from('raw').toString('hex')]);
  assert.deepEqual(told, []);
});

test('a size that no answer can have ends the connection', () => {
  for (const size of [-5, 0, 3]) {
    const { made, told } = connection();
    const head = Buffer.alloc(12);
    head.writeInt32BE(size);
    processData.call(made, head);
    assert.deepEqual(told, [{ size: -1, correlationId: -1, payload: `an answer of ${size} bytes is none` }]);
  }
});
