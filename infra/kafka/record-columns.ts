/**
 * Kafka's record batches, magic 2 (Kafka protocol, "Record Batch"; KIP-98), as brokers send them, read into columns in one
 * pass: no object for a record, no copy of a key or a value.
 */
import { MarqueeError } from '../../domain/errors.ts';
import type { LogColumns } from './consumer-port.ts';
import { crc32c } from './crc32c.ts';
import { emptyColumns } from './log-columns.ts';

export interface RecordColumns extends LogColumns {
  /** Where the number of headers stands, which the headers follow. */
  readonly headersStart: Int32Array;
}

const BATCH_HEADER_BYTES = 61;
/** Bytes before those that a batch's length counts. */
const LENGTH_COUNTED_FROM = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
const CHECKED_FROM = 21;
const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const COUNT_AT = 57;
const EXACT_AT = [0, BASE_TIMESTAMP_AT, MAX_TIMESTAMP_AT];
const APPEND_TIME = 0x8;
/** Compression, transactions and control records: attributes of which nothing is known here. */
const UNKNOWN_HERE = 0x37;
/** Length, attributes, two deltas, key, value and headers take a byte each at least. */
const SMALLEST_RECORD_BYTES = 7;
/** High words of numbers that leave room for a delta below 2^53. */
const HIGHEST_WORD = 0x1f_fffe;

interface Cursor {
  readonly bytes: Buffer;
  at: number;
  /** Whether a number did not fit a double exactly. */
  isInexact: boolean;
}

/**
 * The records of all batches in `bytes` that are there whole; the last may be cut short. Undefined when that is for
 * kafkajs to read: older formats, compression, transactions, numbers past 2^53. A batch that contradicts its
 * checksum or itself is LOG_UNAVAILABLE: what was torn on the way is fetched again.
 */
export function readRecordColumns(bytes: Buffer): RecordColumns | undefined {
  const count = countRecords(bytes);
  if (count === undefined) return undefined;
  const columns: RecordColumns = {
    ...emptyColumns(count),
    headersStart: new Int32Array(count),
    count,
    bytes,
  };
  const cursor: Cursor = { bytes, at: 0, isInexact: false };
  for (let start = 0, index = 0; index < count;) {
    const end = start + LENGTH_COUNTED_FROM + bytes.readInt32BE(start + 8);
    index = readBatch(cursor, start, end, columns, index);
    start = end;
  }
  return cursor.isInexact ? undefined : columns;
}

/** Records of all whole batches, each checked; undefined when one is not for us. */
function countRecords(bytes: Buffer): number | undefined {
  let total = 0;
  let isKnown = true;
  for (let start = 0; bytes.length - start >= BATCH_HEADER_BYTES;) {
    const length = bytes.readInt32BE(start + 8);
    const end = start + LENGTH_COUNTED_FROM + length;
    if (bytes[start + MAGIC_AT] !== 2) return undefined;
    if (end > bytes.length) break;
    const count = bytes.readInt32BE(start + COUNT_AT);
    if (end - start < BATCH_HEADER_BYTES) throw torn(bytes, start);
    if (crc32c(bytes, start + CHECKED_FROM, end) !== bytes.readUInt32BE(start + CRC_AT))
      throw torn(bytes, start);
    isKnown &&= (bytes.readInt16BE(start + CHECKED_FROM) & UNKNOWN_HERE) === 0;
    isKnown &&= EXACT_AT.every((at) => isExact(bytes, start + at));
    if (isKnown && (count < 0 || count * SMALLEST_RECORD_BYTES > length)) throw torn(bytes, start);
    total += count;
    start = end;
  }
  return isKnown ? total : undefined;
}

function readBatch(
  cursor: Cursor,
  start: number,
  end: number,
  columns: RecordColumns,
  first: number,
): number {
  const { bytes } = cursor;
  const { offsets, timestamps, keyStart, keyEnd, valueStart, valueEnd, headersStart } = columns;
  const baseOffset = readLong(bytes, start);
  const isAppendTime = (bytes.readInt16BE(start + CHECKED_FROM) & APPEND_TIME) !== 0;
  const baseTimestamp = readLong(bytes, start + (isAppendTime ? MAX_TIMESTAMP_AT : BASE_TIMESTAMP_AT));
  const past = first + bytes.readInt32BE(start + COUNT_AT);
  cursor.at = start + BATCH_HEADER_BYTES;
  for (let i = first; i < past; i += 1) {
    const size = readVarint(cursor);
    const recordEnd = cursor.at + size;
    if (size < 0 || recordEnd > end) throw torn(bytes, start);
    // One byte of attributes, of which none is in use.
    cursor.at += 1;
    const delta = readVarlong(cursor);
    timestamps[i] = isAppendTime ? baseTimestamp : baseTimestamp + delta;
    offsets[i] = baseOffset + readVarint(cursor);
    const keySize = readVarint(cursor);
    keyStart[i] = keySize < 0 ? -1 : cursor.at;
    if (keySize > 0) cursor.at += keySize;
    keyEnd[i] = keySize < 0 ? -1 : cursor.at;
    const valueSize = readVarint(cursor);
    valueStart[i] = valueSize < 0 ? -1 : cursor.at;
    if (valueSize > 0) cursor.at += valueSize;
    valueEnd[i] = valueSize < 0 ? -1 : cursor.at;
    headersStart[i] = cursor.at;
    if (keySize < -1 || valueSize < -1 || cursor.at >= recordEnd) throw torn(bytes, start);
    cursor.at = recordEnd;
  }
  return past;
}

function torn(bytes: Buffer, start: number): MarqueeError {
  const reason = `the record batch at offset ${bytes.readBigInt64BE(start)} is torn`;
  return new MarqueeError('LOG_UNAVAILABLE', { reason });
}

function isExact(bytes: Buffer, at: number): boolean {
  const high = bytes.readInt32BE(at);
  return high <= HIGHEST_WORD && high >= -HIGHEST_WORD;
}

function readLong(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}

function readVarint(cursor: Cursor): number {
  const { bytes } = cursor;
  let byte = bytes[cursor.at++] as number;
  let raw = byte & 127;
  for (let shift = 7; byte > 127 && shift < 35; shift += 7) {
    byte = bytes[cursor.at++] as number;
    raw |= (byte & 127) << shift;
  }
  return (raw >>> 1) ^ -(raw & 1);
}

/** Most deltas of time take up to four bytes. */
function readVarlong(cursor: Cursor): number {
  const { bytes, at } = cursor;
  for (let i = at; i < at + 4; i += 1) if ((bytes[i] as number) < 128) return readVarint(cursor);
  let raw = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[cursor.at++] as number;
    raw |= BigInt(byte & 127) << shift;
    if (byte < 128) break;
  }
  raw = BigInt.asUintN(64, raw);
  const delta = BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n));
  if (delta >= 1n << 52n || delta <= -(1n << 52n)) cursor.isInexact = true;
  return Number(delta);
}

export type HeaderValue = Buffer | null | (Buffer | null)[];

/** The headers of one record; a name that comes more than once has all its values, in order. */
export function headersAt(
  { bytes, headersStart }: RecordColumns,
  index: number,
): Record<string, HeaderValue> {
  const at = headersStart[index] as number;
  if (bytes[at] === 0) return {};
  const cursor: Cursor = { bytes, at, isInexact: false };
  const headers = new Map<string, HeaderValue>();
  for (let left = readVarint(cursor); left > 0; left -= 1) {
    const name = String(readSized(cursor));
    const value = readSized(cursor);
    const before = headers.get(name);
    if (before === undefined) headers.set(name, value);
    else headers.set(name, Array.isArray(before) ? [...before, value] : [before, value]);
  }
  return Object.fromEntries(headers);
}

function readSized(cursor: Cursor): Buffer | null {
  const size = readVarint(cursor);
  if (size < 0) return null;
  cursor.at += size;
  return cursor.bytes.subarray(cursor.at - size, cursor.at);
}

export function keyAt({ bytes, keyStart, keyEnd }: LogColumns, index: number): Buffer | null {
  const start = keyStart[index] as number;
  return start < 0 ? null : bytes.subarray(start, keyEnd[index]);
}

export function valueAt({ bytes, valueStart, valueEnd }: LogColumns, index: number): Buffer | null {
  const start = valueStart[index] as number;
  return start < 0 ? null : bytes.subarray(start, valueEnd[index]);
}

/** What comes before the offset asked for is in an answer when a batch begins before it. */
export function columnsFrom(columns: RecordColumns, offset: number): RecordColumns {
  let first = 0;
  while (first < columns.count && (columns.offsets[first] as number) < offset) first += 1;
  if (first === 0) return columns;
  return {
    count: columns.count - first,
    bytes: columns.bytes,
    offsets: columns.offsets.subarray(first),
    timestamps: columns.timestamps.subarray(first),
    keyStart: columns.keyStart.subarray(first),
    keyEnd: columns.keyEnd.subarray(first),
    valueStart: columns.valueStart.subarray(first),
    valueEnd: columns.valueEnd.subarray(first),
    headersStart: columns.headersStart.subarray(first),
  };
}
