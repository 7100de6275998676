/**
 * Avro object container files (Avro 1.11 specification, "Object Container Files"), whole in memory: Iceberg's manifests.
 * Longs are bigints, since snapshot ids are 64 bits wide.
 */
import { randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import avro, { type Schema, type Type } from 'avsc';
import { MarqueeError } from '../../domain/errors.ts';

export interface Container {
  /** Entries of the file's header, texts. */
  readonly meta: Readonly<Record<string, string>>;
  readonly records: readonly unknown[];
}

const MAGIC = Buffer.from('Obj\u0001');
const SYNC_BYTES = 16;

const bigLong = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer(value: bigint) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});
/** Writers spell a long as a name, or as an object that has that name. */
const isLong = (schema: unknown): boolean =>
  schema === 'long' ||
  (typeof schema === 'object' && schema !== null && (schema as { type?: unknown }).type === 'long');
const typeOf = (schema: unknown): Type =>
  avro.Type.forSchema(schema as Schema, {
    typeHook: (of) => (isLong(of) ? bigLong : undefined),
    wrapUnions: false,
  });

const LONG = typeOf('long');
const HEADER = typeOf({
  type: 'record',
  name: 'Header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: MAGIC.length } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'Sync', size: SYNC_BYTES } },
  ],
});

const INFLATE: Readonly<Record<string, (block: Buffer) => Buffer>> = {
  null: (block) => block,
  deflate: (block) => inflateRawSync(block),
  zstandard: (block) => zstdDecompressSync(block),
};

interface ContainerHead {
  readonly magic: Buffer;
  readonly meta: Readonly<Record<string, Buffer>>;
  readonly sync: Buffer;
}

/** Reads records by the schema they were written with. Throws RECORD_CORRUPT, under `name`, for what is no such file. */
export function readContainer(bytes: Uint8Array, name: string): Container {
  try {
    return read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MarqueeError('RECORD_CORRUPT', { topic: name, partition: 0, offset: 0, reason }, { cause });
  }
}

function read(file: Buffer): Container {
  const header = HEADER.decode(file, 0);
  const { magic, meta: raw, sync } = header.value as ContainerHead;
  if (!magic.equals(MAGIC)) throw new Error('it is no Avro container');
  const meta = Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, value.toString('utf8')]));
  const codec = meta['avro.codec'] ?? 'null';
  const inflate = INFLATE[codec];
  if (inflate === undefined) throw new Error(`codec ${codec} is not known`);
  const type = typeOf(JSON.parse(meta['avro.schema'] ?? ''));
  const records: unknown[] = [];
  const longAt = (at: number): { value: bigint; offset: number } => LONG.decode(file, at);
  for (let at = header.offset; at < file.length;) {
    const count = longAt(at);
    const size = longAt(count.offset);
    const end = size.offset + Number(size.value);
    if (!file.subarray(end, end + SYNC_BYTES).equals(sync))
      throw new Error('a block does not end where it says');
    const block = inflate(file.subarray(size.offset, end));
    let from = 0;
    for (let n = 0n; n < count.value; n += 1n) {
      const one = type.decode(block, from);
      if (one.offset < 0) throw new Error('a block ends in mid-record');
      records.push(one.value);
      from = one.offset;
    }
    at = end + SYNC_BYTES;
  }
  return { meta, records };
}

/** One block, deflated. The schema goes into the header as it is given, field ids included. */
export function writeContainer(schema: object, { meta, records }: Container): Buffer {
  const type = typeOf(schema);
  const sync = randomBytes(SYNC_BYTES);
  const all = { ...meta, 'avro.schema': JSON.stringify(schema), 'avro.codec': 'deflate' };
  const header = HEADER.toBuffer({
    magic: MAGIC,
    meta: Object.fromEntries(Object.entries(all).map(([key, value]) => [key, Buffer.from(value)])),
    sync,
  });
  if (records.length === 0) return header;
  const block = deflateRawSync(Buffer.concat(records.map((record) => type.toBuffer(record))));
  const counts = [BigInt(records.length), BigInt(block.length)].map((count) => LONG.toBuffer(count));
  return Buffer.concat([header, ...counts, block, sync]);
}
