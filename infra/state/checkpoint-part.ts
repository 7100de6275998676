/**
 * One part of a checkpoint: keys with their encoded entries and timers in columns, zstd over them all. Layout before
 * compression, little-endian: rows, bytes of all keys (u32 each), then per row key bytes (u16), value bytes (u32,
 * NO_VALUE for none) and time (f64, NaN for none), then all keys in UTF-8, then all values.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { EpochMs } from '../../domain/time.ts';

/** In a base a row is an entry, or a timer; in a delta a key that changed, with its timer, or that was forgotten. */
export interface PartRow {
  readonly key: string;
  /** Absent where the key was forgotten, and in rows that are timers alone. */
  readonly value?: Uint8Array;
  readonly time?: EpochMs;
}

export interface EncodedPart {
  readonly body: Uint8Array;
  /** Of the body, in hexadecimal. */
  readonly sha256: string;
}

const HEAD_BYTES = 8;
const ROW_BYTES = 14;
const NO_VALUE = 0xffff_ffff;
/** The fastest: parts are read and written far more often than they are kept. */
const SPEED = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

export const sha256Of = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

/** Bytes of a row before compression, nearly. */
export const rowBytes = ({ key, value }: PartRow): number => ROW_BYTES + key.length + (value?.length ?? 0);

export async function encodePart(rows: readonly PartRow[]): Promise<EncodedPart> {
  const body = await compress(columnsOf(rows), SPEED);
  return { body, sha256: sha256Of(body) };
}

/** Throws RangeError unless the body is whole. */
export async function decodePart({ body, sha256 }: EncodedPart): Promise<PartRow[]> {
  if (sha256Of(body) !== sha256) throw new RangeError('checksum does not match');
  return rowsIn(await decompress(body));
}

/** The keys of a part that was unpacked already; none where the bytes are no part. */
export function keysOfPart(unpacked: Buffer): readonly string[] {
  try {
    return rowsIn(unpacked).map(({ key }) => key);
  } catch {
    return [];
  }
}

function columnsOf(rows: readonly PartRow[]): Buffer {
  const keys = rows.map(({ key }) => Buffer.from(key));
  let keyBytes = 0;
  let valueBytes = 0;
  for (const [i, { value }] of rows.entries()) {
    keyBytes += keys[i]!.length;
    valueBytes += value?.length ?? 0;
  }
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + rows.length * ROW_BYTES + keyBytes + valueBytes);
  bytes.writeUInt32LE(rows.length, 0);
  bytes.writeUInt32LE(keyBytes, 4);
  const at = columnsAt(rows.length, keyBytes);
  for (const [i, { value, time }] of rows.entries()) {
    bytes.writeUInt16LE(keys[i]!.length, at.keySizes + 2 * i);
    bytes.writeUInt32LE(value?.length ?? NO_VALUE, at.valueSizes + 4 * i);
    bytes.writeDoubleLE(time ?? NaN, at.times + 8 * i);
    keys[i]!.copy(bytes, at.keys);
    at.keys += keys[i]!.length;
    if (value === undefined) continue;
    bytes.set(value, at.values);
    at.values += value.length;
  }
  return bytes;
}

function rowsIn(bytes: Buffer): PartRow[] {
  const count = bytes.readUInt32LE(0);
  const at = columnsAt(count, bytes.readUInt32LE(4));
  const rows: PartRow[] = [];
  for (let i = 0; i < count; i += 1) {
    const keyEnd = at.keys + bytes.readUInt16LE(at.keySizes + 2 * i);
    const size = bytes.readUInt32LE(at.valueSizes + 4 * i);
    const time = bytes.readDoubleLE(at.times + 8 * i);
    const key = bytes.toString('utf8', at.keys, keyEnd);
    at.keys = keyEnd;
    const value = size === NO_VALUE ? {} : { value: bytes.subarray(at.values, (at.values += size)) };
    rows.push({ key, ...value, ...(Number.isNaN(time) ? {} : { time }) });
  }
  return rows;
}

function columnsAt(rows: number, keyBytes: number) {
  const valueSizes = HEAD_BYTES + 2 * rows;
  const times = valueSizes + 4 * rows;
  const keys = times + 8 * rows;
  return { keySizes: HEAD_BYTES, valueSizes, times, keys, values: keys + keyBytes };
}
