/** Record batches as a broker sends them, written by kafkajs, for tests of what reads them. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { crc32c } from '../../infra/kafka/crc32c.ts';

const load = createRequire(import.meta.url);
const encodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => object;
const { RecordBatch } = load('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<{ buffer: Buffer }>;
};

export interface BatchSketch {
  /** Added to where the batch before ended: what compaction took. */
  readonly hole: number;
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly isAppendTime: boolean;
  readonly compression: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly producerId: number;
  readonly records: readonly {
    readonly offsetHole: number;
    readonly timestampDelta: number;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, Buffer | Buffer[]>>;
  }[];
}

const CRC_AT = 17;
const CHECKED_FROM = 21;

/** The batches one after the other, the first from `firstOffset` on. */
export async function encodeBatches(firstOffset: bigint, sketches: readonly BatchSketch[]): Promise<Buffer> {
  const encoded: Buffer[] = [];
  let offset = firstOffset;
  for (const sketch of sketches) {
    offset += BigInt(sketch.hole);
    let delta = -1;
    const records = sketch.records.map(({ offsetHole, ...record }) => {
      delta += 1 + offsetHole;
      return encodeRecord({ ...record, offsetDelta: delta });
    });
    const { buffer } = await RecordBatch({
      ...{ compression: sketch.compression, transactional: sketch.isTransactional, records },
      ...{ firstOffset: offset, firstTimestamp: sketch.firstTimestamp, maxTimestamp: sketch.maxTimestamp },
      ...{ lastOffsetDelta: Math.max(0, delta), producerId: sketch.producerId },
    });
    const attributes = (sketch.isAppendTime ? 8 : 0) | (sketch.isControl ? 32 : 0);
    encoded.push(withAttributes(buffer, attributes));
    offset += BigInt(Math.max(0, delta) + 1);
  }
  return Buffer.concat(encoded);
}

function withAttributes(batch: Buffer, added: number): Buffer {
  const copy = Buffer.from(batch);
  copy.writeInt16BE(copy.readInt16BE(CHECKED_FROM) | added, CHECKED_FROM);
  copy.writeUInt32BE(crc32c(copy, CHECKED_FROM), CRC_AT);
  return copy;
}

const bytes = fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value));
const maybe = fc.option(bytes, { nil: null, freq: 4 });
/** kafkajs takes what every object has, such as `toString`, for a header that came before. */
const headerName = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => !(name in {}));
const record = fc.record({
  offsetHole: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(1000)),
  timestampDelta: fc.oneof(fc.nat(5000), fc.integer({ min: -5000, max: 2 ** 31 - 1 })),
  key: maybe,
  value: maybe,
  headers: fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.dictionary(headerName, fc.oneof(bytes, fc.array(bytes, { minLength: 1 })), {
        maxKeys: 4,
      }),
    },
  ),
});
const rarely = fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.boolean());

export const batchSketch: fc.Arbitrary<BatchSketch> = fc.record({
  hole: fc.oneof(fc.constant(0), fc.nat(10_000)),
  firstTimestamp: fc.oneof(fc.integer({ min: 1e12, max: 2e12 }), fc.constantFrom(-1, 0)),
  maxTimestamp: fc.integer({ min: 1e12, max: 2e12 }),
  isAppendTime: fc.boolean(),
  compression: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.constant(1)),
  isTransactional: rarely,
  isControl: rarely,
  producerId: fc.constantFrom(-1, 7, 8),
  records: fc.array(record, { minLength: 1, maxLength: 12 }),
});
