import assert from 'node:assert/strict';
import { test } from 'node:test';
import avro from 'avsc';
import fc from 'fast-check';
import { CLEAN_SCHEMAS, DERIVED_SCHEMAS, type AvroRecordSchema } from '../../../domain/events/schemas.ts';
import { createFlatEncoder } from '../../../infra/avro/flat-encoder.ts';

const HEADER = Buffer.from([0xc3, 0x01, 9]);
const SCHEMAS: readonly AvroRecordSchema[] = [
  ...Object.values(CLEAN_SCHEMAS),
  ...Object.values(DERIVED_SCHEMAS),
];

const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: fc.oneof(
    { weight: 20, arbitrary: fc.string({ maxLength: 60 }) },
    { weight: 20, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }) },
    { weight: 1, arbitrary: fc.constantFrom('a'.repeat(70_000), 'å'.repeat(30_000)) },
  ),
  // Beyond these avsc itself rounds, or refuses.
  long: fc.oneof(
    fc.integer({ min: -(2 ** 52), max: Number.MAX_SAFE_INTEGER - 1 }),
    fc.integer({ min: -200, max: 200 }),
    fc.constantFrom(63, 64, -64, -65, 2 ** 31, -(2 ** 31) - 1, 2 ** 52, -(2 ** 52)),
  ),
  double: fc.double({ noNaN: true }),
};

function datumOf({ fields }: AvroRecordSchema): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    Object.fromEntries(
      fields.map(({ name, type }) => {
        const [kind, isOptional] = typeof type === 'string' ? [type, false] : [type[1] ?? '', true];
        const value = VALUES[kind]!;
        return [name, isOptional ? fc.option(value, { nil: null, freq: 2 }) : value];
      }),
    ),
  );
}

for (const schema of SCHEMAS) {
  test(`${schema.name}: its bytes are those that avsc writes, whichever object a column comes from`, () => {
    const type = avro.Type.forSchema(schema as unknown as avro.Schema);
    const index = new Map(schema.fields.map(({ name }, i) => [name, i % 3]));
    const encoder = createFlatEncoder(schema, HEADER, (name) => index.get(name) ?? 0);
    fc.assert(
      fc.property(fc.array(datumOf(schema), { minLength: 1, maxLength: 4 }), (data) => {
        const encoded = data.map((datum) => {
          const parts = [0, 1, 2].map((part) =>
            Object.fromEntries(Object.entries(datum).filter(([name]) => index.get(name) === part)),
          );
          return encoder.encode(parts[0], parts[1], parts[2]);
        });
        // Compared after all were written: none may have been written over.
        data.forEach((datum, i) =>
          assert.deepEqual(encoded[i], Buffer.concat([HEADER, type.toBuffer(datum)])),
        );
      }),
      { numRuns: 40 },
    );
  });
}

test('a value of another type is refused by the name of its column, and the next record is whole', () => {
  const schema = CLEAN_SCHEMAS.searches;
  const encoder = createFlatEncoder(schema, HEADER, () => 0);
  const good = {
    ...{ rawOffset: 1, appendTime: 2, timeStatus: 'ok', kind: 'search', eventId: 'e', eventTime: 3 },
    ...{ profileId: 'p', country: 'SE', query: 'q' },
  };
  const before = encoder.encode(good);
  for (const [name, wrong] of [
    ['query', 7],
    ['rawOffset', '1'],
    ['eventTime', 0.5],
    ['profileId', null],
    ['kind', undefined],
  ] as const) {
    assert.throws(() => encoder.encode({ ...good, [name]: wrong }), new RegExp(`column ${name} `));
    assert.deepEqual(encoder.encode(good), before);
  }
});
