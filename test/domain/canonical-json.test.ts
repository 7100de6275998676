import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, type JsonValue } from '../../domain/canonical-json.ts';

const shuffled = (value: JsonValue): JsonValue => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, shuffled(item)] as const);
  return Object.fromEntries(entries.reverse());
};

test('equal values have equal text whatever the order of their keys, and read back as themselves', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = canonicalJson(value as JsonValue);
      assert.equal(canonicalJson(shuffled(value as JsonValue)), text);
      assert.equal(text, canonicalJson(JSON.parse(text) as JsonValue));
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('keys are in UTF-16 order and nothing is padded', () => {
  assert.equal(
    canonicalJson({ b: [1, 2.5, -0], a: { '10': null, '9': true }, é: 'x"' }),
    '{"a":{"10":null,"9":true},"b":[1,2.5,0],"é":"x\\""}',
  );
});

test('what JSON cannot hold is refused instead of dropped', () => {
  assert.throws(() => canonicalJson({ a: Number.NaN }), RangeError);
  assert.throws(() => canonicalJson([Number.POSITIVE_INFINITY]), RangeError);
  assert.throws(() => canonicalJson({ a: undefined } as unknown as JsonValue), TypeError);
  assert.throws(() => canonicalJson([() => 1] as unknown as JsonValue), TypeError);
});
