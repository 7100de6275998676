/**
 * Kafka's record batch, magic 2 (Kafka protocol, "Record Batch"; KIP-98), written in one pass into the caller's buffer
 * without compression. Sizes are worked out first, so nothing is copied twice.
 */
import { crc32c } from './crc32c.ts';

export interface BatchRecord {
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds; the batch's time when absent. */
  readonly timestamp?: number | undefined;
  readonly headers?: Readonly<Record<string, string | Buffer>> | undefined;
}

/** Bytes before the first record. */
const BATCH_HEADER_BYTES = 61;
const CRC_AT = 17;
const CHECKED_FROM = 21;
const MAX_INT32 = 0x7fffffff;

export interface BatchPlan {
  readonly records: readonly BatchRecord[];
  readonly bodySizes: Int32Array;
  readonly keySizes: Int32Array;
  readonly now: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  /** Bytes of the whole batch. */
  readonly size: number;
}

/** Works out every size of a batch of at least one record. `now` stamps records without a time. */
export function planBatch(records: readonly BatchRecord[], now: number): BatchPlan {
  const { base, max } = timeSpan(records, now);
  const bodySizes = new Int32Array(records.length);
  const keySizes = new Int32Array(records.length);
  let size = BATCH_HEADER_BYTES;
  for (let i = 0; i < records.length; i += 1) {
    const { key, value, timestamp, headers } = records[i] as BatchRecord;
    const keySize = key === null ? -1 : typeof key === 'string' ? textSize(key) : key.length;
    const valueSize = value === null ? -1 : value.length;
    const body =
      1 +
      varlongSize((timestamp ?? now) - base) +
      varintSize(i) +
      varintSize(keySize) +
      Math.max(0, keySize) +
      varintSize(valueSize) +
      Math.max(0, valueSize) +
      headersSize(headers);
    keySizes[i] = keySize;
    bodySizes[i] = body;
    size += varintSize(body) + body;
  }
  return { records, bodySizes, keySizes, now, baseTimestamp: base, maxTimestamp: max, size };
}

function timeSpan(records: readonly BatchRecord[], now: number): { base: number; max: number } {
  let base = Infinity;
  let max = -Infinity;
  for (const { timestamp } of records) {
    const time = timestamp ?? now;
    if (time < base) base = time;
    if (time > max) max = time;
  }
  return { base, max };
}

/** Writes the planned batch at `start`; returns the position after it. */
export function writeBatch(plan: BatchPlan, into: Buffer, start: number): number {
  const count = plan.records.length;
  const end = start + plan.size;
  into.writeBigInt64BE(0n, start);
  into.writeInt32BE(plan.size - 12, start + 8);
  into.writeInt32BE(0, start + 12);
  into.writeInt8(2, start + 16);
  into.writeInt16BE(0, start + CHECKED_FROM);
  into.writeInt32BE(count - 1, start + 23);
  into.writeBigInt64BE(BigInt(plan.baseTimestamp), start + 27);
  into.writeBigInt64BE(BigInt(plan.maxTimestamp), start + 35);
  // Without a producer id the batch is not idempotent; epoch and sequence mean nothing then.
  into.writeBigInt64BE(-1n, start + 43);
  into.writeInt16BE(0, start + 51);
  into.writeInt32BE(0, start + 53);
  into.writeInt32BE(count, start + 57);
  let at = start + BATCH_HEADER_BYTES;
  for (let i = 0; i < count; i += 1) at = writeRecord(plan, i, into, at);
  into.writeUInt32BE(crc32c(into, start + CHECKED_FROM, end), start + CRC_AT);
  return end;
}

function writeRecord(plan: BatchPlan, index: number, into: Buffer, start: number): number {
  const { key, value, timestamp, headers } = plan.records[index] as BatchRecord;
  let at = writeVarint(into, start, plan.bodySizes[index] as number);
  into[at++] = 0;
  at = writeVarlong(into, at, (timestamp ?? plan.now) - plan.baseTimestamp);
  at = writeVarint(into, at, index);
  at = writeVarint(into, at, plan.keySizes[index] as number);
  if (key !== null) at += typeof key === 'string' ? writeText(into, at, key) : key.copy(into, at);
  at = writeVarint(into, at, value === null ? -1 : value.length);
  if (value !== null) at += value.copy(into, at);
  return writeHeaders(into, at, headers);
}

/** UTF-8 bytes of a text; keys are short and mostly ASCII, which is quicker here than by a call into the runtime. */
function textSize(text: string): number {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 127) return Buffer.byteLength(text);
  return text.length;
}

function writeText(into: Buffer, start: number, text: string): number {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 127) return into.write(text, start);
    into[start + i] = code;
  }
  return text.length;
}

function headersSize(headers: BatchRecord['headers']): number {
  if (headers === undefined) return 1;
  const names = Object.keys(headers);
  let size = varintSize(names.length);
  for (const name of names) {
    const nameSize = Buffer.byteLength(name);
    const valueSize = Buffer.byteLength(headers[name] ?? '');
    size += varintSize(nameSize) + nameSize + varintSize(valueSize) + valueSize;
  }
  return size;
}

function writeHeaders(into: Buffer, start: number, headers: BatchRecord['headers']): number {
  if (headers === undefined) return writeVarint(into, start, 0);
  const names = Object.keys(headers);
  let at = writeVarint(into, start, names.length);
  for (const name of names) {
    const value = headers[name] ?? '';
    at = writeVarint(into, at, Buffer.byteLength(name));
    at += into.write(name, at);
    at = writeVarint(into, at, Buffer.byteLength(value));
    at += typeof value === 'string' ? into.write(value, at) : value.copy(into, at);
  }
  return at;
}

function varintSize(value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let size = 1;
  for (; rest > 127; rest >>>= 7) size += 1;
  return size;
}

function writeVarint(into: Buffer, start: number, value: number): number {
  let at = start;
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 127; rest >>>= 7) into[at++] = (rest & 127) | 128;
  into[at++] = rest;
  return at;
}

/** Deltas of time are never negative here and mostly small; a batch may still span more than 2^31 ms. */
function varlongSize(delta: number): number {
  if (delta <= MAX_INT32) return varintSize(delta);
  let size = 1;
  for (let rest = delta * 2; rest > 127; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

function writeVarlong(into: Buffer, start: number, delta: number): number {
  if (delta <= MAX_INT32) return writeVarint(into, start, delta);
  let at = start;
  let rest = delta * 2;
  for (; rest > 127; rest = Math.floor(rest / 128)) into[at++] = (rest % 128) | 128;
  into[at++] = rest;
  return at;
}
