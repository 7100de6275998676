import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LogRecord } from '../../../infra/kafka/consumer-port.ts';
import { batchOfRecords } from '../../../infra/kafka/log-batch.ts';
import { columnsOf } from '../../../infra/kafka/log-columns.ts';

const piece = fc.option(fc.uint8Array({ maxLength: 20 }), { nil: null });
const pairs = fc.array(fc.tuple(piece, piece), { maxLength: 20 });

function records(
  given: readonly (readonly [Uint8Array | null, Uint8Array | null])[],
  copy: (bytes: Uint8Array) => Buffer,
): LogRecord[] {
  return given.map(([key, value], i) => ({
    offset: 2 ** 40 + 3 * i,
    timestamp: 1.7e12 - i,
    key: key && copy(key),
    value: value && copy(value),
    headers: {},
  }));
}

function fromColumns(given: readonly LogRecord[]): LogRecord[] {
  const { count, bytes, ...columns } = columnsOf(given);
  const at = (start: number, end: number): Buffer | null => (start < 0 ? null : bytes.subarray(start, end));
  return Array.from({ length: count }, (_, i) => ({
    offset: columns.offsets[i]!,
    timestamp: columns.timestamps[i]!,
    key: at(columns.keyStart[i]!, columns.keyEnd[i]!),
    value: at(columns.valueStart[i]!, columns.valueEnd[i]!),
    headers: {},
  }));
}

test('columns say of every record what it says itself, wherever its bytes lie', () => {
  fc.assert(
    fc.property(pairs, (given) => {
      const apart = records(given, (bytes) => Buffer.from(new Uint8Array(bytes).buffer));
      assert.deepEqual(fromColumns(apart), apart);
      const memory = Buffer.alloc(1000);
      let filled = 7;
      const together = records(given, (bytes) => {
        memory.set(bytes, filled);
        filled += bytes.length;
        return memory.subarray(filled - bytes.length, filled);
      });
      assert.deepEqual(fromColumns(together), apart);
      if (given.some(([key]) => key !== null)) assert.equal(columnsOf(together).bytes.buffer, memory.buffer);
    }),
  );
});

test('a batch makes its columns once', () => {
  const place = { topic: 't', partition: 0, highWatermark: 1, isStale: () => false };
  const batch = batchOfRecords(place, [{ offset: 5, timestamp: 1, key: null, value: null, headers: {} }]);
  assert.equal(batch.columns(), batch.columns());
  assert.deepEqual([...batch.columns().offsets], [5]);
  assert.deepEqual([batch.columns().valueStart[0], batch.columns().valueEnd[0]], [-1, -1]);
});
