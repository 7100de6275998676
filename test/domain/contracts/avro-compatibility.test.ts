import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asAvroRecord, compareAvro } from '../../../domain/contracts/avro-compatibility.ts';
import { CLEAN_SCHEMAS, DERIVED_SCHEMAS, type AvroRecordSchema } from '../../../domain/events/schemas.ts';
import { avroFault } from '../../../infra/contracts/avro-proof.ts';

const record = (fields: AvroRecordSchema['fields'], name = 'Seen'): AvroRecordSchema => ({
  type: 'record',
  name,
  namespace: 'marquee.test',
  fields,
});
const told = (older: AvroRecordSchema, newer: AvroRecordSchema) =>
  compareAvro(older, newer).map(({ code, field, breaks }) => [code, field, ...breaks]);

test('each change of a schema is named with what it breaks', () => {
  const long = { name: 'x', type: 'long' };
  const nullable = { name: 'x', type: ['null', 'long'], default: null };
  const bare = { name: 'x', type: ['null', 'long'] };
  const double = { name: 'x', type: 'double' };
  const text = { name: 'x', type: 'string' };
  assert.deepEqual(told(record([]), record([nullable])), [['field-added', 'x']]);
  assert.deepEqual(told(record([]), record([bare])), [['field-added', 'x', 'backward']]);
  assert.deepEqual(told(record([nullable]), record([])), [['field-removed', 'x']]);
  assert.deepEqual(told(record([long]), record([])), [['field-removed', 'x', 'forward']]);
  assert.deepEqual(told(record([long]), record([nullable])), [['avro-type-changed', 'x', 'forward']]);
  assert.deepEqual(told(record([long]), record([double])), [['avro-type-changed', 'x', 'forward']]);
  assert.deepEqual(told(record([text]), record([long])), [['avro-type-changed', 'x', 'backward', 'forward']]);
  assert.deepEqual(told(record([long]), record([long], 'Heard')), [
    ['record-renamed', null, 'backward', 'forward'],
  ]);
});

const type = fc.oneof(
  fc.constantFrom('boolean', 'int', 'long', 'float', 'double', 'string', 'bytes'),
  fc.constantFrom('long', 'double', 'string').map((branch) => ['null', branch]),
);
const field = fc
  .tuple(fc.constantFrom('a', 'b', 'c'), type, fc.boolean())
  .map(([name, of, withDefault]) =>
    withDefault && Array.isArray(of) ? { name, type: of, default: null } : { name, type: of },
  );
const schema = fc
  .tuple(
    fc.uniqueArray(field, { selector: ({ name }) => name, maxLength: 3 }),
    fc.constantFrom('Seen', 'Seen', 'Seen', 'Heard'),
  )
  .map(([fields, name]) => record(fields, name));

test('what is said of two schemas is what the reading library does with them', () => {
  fc.assert(
    fc.property(schema, schema, (older, newer) => {
      const findings = compareAvro(older, newer);
      const breaks = (direction: 'backward' | 'forward'): boolean =>
        findings.some((finding) => finding.breaks.includes(direction));
      assert.equal(breaks('backward'), avroFault(newer, older) !== undefined, 'backward');
      assert.equal(breaks('forward'), avroFault(older, newer) !== undefined, 'forward');
    }),
    { numRuns: 1000 },
  );
});

test('the schemas of all topics are records that can be read from outside, in canonical form too', () => {
  for (const own of Object.values({ ...CLEAN_SCHEMAS, ...DERIVED_SCHEMAS })) {
    assert.deepEqual(asAvroRecord(JSON.parse(JSON.stringify(own))), own);
    const canonical = { name: `${own.namespace}.${own.name}`, type: 'record', fields: own.fields };
    assert.deepEqual(compareAvro(own, asAvroRecord(canonical)!), []);
  }
  for (const other of [
    null,
    7,
    {},
    { type: 'record' },
    { type: 'record', name: 'A', fields: [{ name: 'x' }] },
  ])
    assert.equal(asAvroRecord(other), undefined);
});
