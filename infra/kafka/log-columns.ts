/** Records in columns, made from records that exist already: of what kafkajs decoded itself, and of doubles. */
import type { LogColumns, LogRecord } from './consumer-port.ts';

/** Copies nothing when keys and values all lie in one piece of memory, as those of one fetch do. */
export function columnsOf(records: readonly LogRecord[]): LogColumns {
  const count = records.length;
  const columns = emptyColumns(count);
  const shared = sharedMemory(records);
  let filled = 0;
  const place = (bytes: Buffer): number => {
    if (shared !== undefined) return bytes.byteOffset;
    filled += bytes.length;
    return filled - bytes.length;
  };
  for (let i = 0; i < count; i += 1) {
    const { offset, timestamp, key, value } = records[i] as LogRecord;
    columns.offsets[i] = offset;
    columns.timestamps[i] = timestamp;
    const keyStart = key === null ? -1 : place(key);
    columns.keyStart[i] = keyStart;
    columns.keyEnd[i] = key === null ? -1 : keyStart + key.length;
    const valueStart = value === null ? -1 : place(value);
    columns.valueStart[i] = valueStart;
    columns.valueEnd[i] = value === null ? -1 : valueStart + value.length;
  }
  const bytes =
    shared === undefined
      ? Buffer.concat(records.flatMap(({ key, value }) => [key, value]).filter((one) => one !== null))
      : Buffer.from(shared);
  return { ...columns, count, bytes };
}

/** Columns of `count` records with nothing in them yet. */
export function emptyColumns(count: number): Omit<LogColumns, 'bytes' | 'count'> {
  const places = new Int32Array(count * 4);
  return {
    offsets: new Float64Array(count),
    timestamps: new Float64Array(count),
    keyStart: places.subarray(0, count),
    keyEnd: places.subarray(count, count * 2),
    valueStart: places.subarray(count * 2, count * 3),
    valueEnd: places.subarray(count * 3),
  };
}

function sharedMemory(records: readonly LogRecord[]): ArrayBuffer | undefined {
  let shared: ArrayBufferLike | undefined;
  for (const { key, value } of records) {
    for (const one of [key, value]) {
      if (one === null) continue;
      shared ??= one.buffer;
      if (one.buffer !== shared) return undefined;
    }
  }
  return shared instanceof ArrayBuffer ? shared : undefined;
}
