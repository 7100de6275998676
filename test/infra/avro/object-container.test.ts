import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMarqueeError } from '../../../domain/errors.ts';
import { readContainer, writeContainer } from '../../../infra/avro/object-container.ts';

const SCHEMA = {
  type: 'record',
  name: 'one',
  fields: [
    { name: 'id', type: { type: 'long' }, 'field-id': 1 },
    { name: 'next', type: ['null', 'long'], 'field-id': 2 },
    { name: 'name', type: 'string', 'field-id': 3 },
  ],
};

test('records come back as they were, with longs of 64 bits, header and field ids', () => {
  const record = fc.record({
    id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    next: fc.option(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })),
    name: fc.string(),
  });
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const read = readContainer(writeContainer(SCHEMA, { meta: { content: 'data' }, records }), 'test');
      assert.deepEqual(
        read.records.map((one) => ({ ...(one as object) })),
        records.map((one) => ({ ...one })),
      );
      assert.equal(read.meta['content'], 'data');
      assert.deepEqual(JSON.parse(read.meta['avro.schema']!), SCHEMA);
    }),
  );
});

test('a file that was cut off or is something else is refused', () => {
  const bytes = writeContainer(SCHEMA, { meta: {}, records: [{ id: 1n, next: null, name: 'x' }] });
  for (const damaged of [Buffer.alloc(0), Buffer.from('PAR1'), bytes.subarray(0, bytes.length - 5)])
    assert.throws(
      () => readContainer(damaged, 'test'),
      (error) => isMarqueeError(error, 'RECORD_CORRUPT'),
    );
});
