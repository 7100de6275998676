import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMarqueeError, MarqueeError } from '../../../domain/errors.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { country, eventId, profileId, titleId } from '../../../domain/ids.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { packedValue } from '../../../infra/duckdb/packed-columns.ts';
import { createRowBuffer, isOwnSchema, type RowBuffer } from '../../../streaming/sink/row-buffer.ts';
import type { DecodedRow, EncodedRow } from '../../../streaming/sink/rows.ts';

const codec = createCleanCodec();
const record = (rawOffset: number): CleanRecord => ({
  rawOffset,
  appendTime: 1000 + rawOffset,
  timeStatus: 'ok',
  event: {
    kind: 'rate',
    eventId: eventId(`e${rawOffset}`),
    eventTime: 900,
    profileId: profileId('p'),
    country: country('DE'),
    titleId: titleId('t'),
    rating: 7.5,
  },
});
const corrupt = (): never => {
  throw new MarqueeError('RECORD_CORRUPT', { topic: 'interactions', partition: 0, offset: 0, reason: 'x' });
};

/** Among other bytes, as it is in a batch. */
function encoded(offset: number, bytes: Buffer, whole: () => DecodedRow = corrupt): EncodedRow {
  const among = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]);
  return { offset, bytes: among, from: 6, to: 6 + bytes.length, whole };
}
function row(buffer: RowBuffer, index: number): Record<string, unknown> {
  const values = Object.entries(buffer.columns()).map(([name, column]) => [name, packedValue(column, index)]);
  return Object.fromEntries(values.filter(([, value]) => value !== null)) as Record<string, unknown>;
}

test('an encoded record becomes the row that the decoded one becomes', () => {
  const [fast, slow] = [createRowBuffer('interactions'), createRowBuffer('interactions')];
  const bytes = codec.encodeClean('interactions', record(7));
  fast.push(encoded(3, bytes));
  const schemaFingerprint = fast.columns()['schema_fingerprint']!;
  slow.push({
    offset: 3,
    record: codec.decodeClean('interactions', bytes),
    schemaFingerprint: packedValue(schemaFingerprint, 0) as string,
    bytes: bytes.length,
  });
  assert.deepEqual(row(fast, 0), row(slow, 0));
  assert.equal(row(fast, 0)['rating'], 7.5);
  assert.equal(fast.bytes(), slow.bytes());
  assert.equal(fast.lastOffset(), 3);
});

test('a record of another schema is what the codec makes of it', () => {
  const bytes = codec.encodeClean('interactions', record(1));
  bytes[5] = 0x55;
  assert.equal(isOwnSchema('interactions', bytes, 0, bytes.length), false);
  const buffer = createRowBuffer('interactions');
  const whole = (): DecodedRow => ({ offset: 0, record: record(9), schemaFingerprint: 'older', bytes: 5 });
  buffer.push(encoded(0, bytes, whole));
  assert.equal(row(buffer, 0)['raw_offset'], 9);
  assert.equal(row(buffer, 0)['schema_fingerprint'], 'older');
});

test('a record that nobody can decode leaves the buffer as it was', () => {
  const buffer = createRowBuffer('interactions');
  const whole = codec.encodeClean('interactions', record(1));
  buffer.push(encoded(0, whole));
  const before = buffer.bytes();
  const refused = (error: unknown): boolean => isMarqueeError(error, 'RECORD_CORRUPT');
  assert.throws(() => buffer.push(encoded(1, whole.subarray(0, whole.length - 1))), refused);
  assert.throws(() => buffer.push(encoded(1, Buffer.alloc(0))), refused);
  assert.equal(buffer.rowCount(), 1);
  assert.equal(buffer.bytes(), before);
  buffer.push(encoded(2, codec.encodeClean('interactions', record(2))));
  assert.equal(row(buffer, 1)['event_id'], 'e2');
  buffer.clear();
  assert.equal(buffer.rowCount(), 0);
  assert.deepEqual(row(buffer, 0), {});
});
