import assert from 'node:assert/strict';
import { test } from 'node:test';
import avro from 'avsc';
import { canonicalForm, fingerprintBytes, fingerprintOf } from '../../../infra/avro/fingerprint.ts';

const of = (schema: unknown): string => fingerprintOf(avro.Type.forSchema(schema as avro.Schema));

test("fingerprints equal those of the Avro project's own test data", () => {
  assert.equal(of('int'), '7275d51a3f395c8f');
  assert.equal(of('null'), '63dd24e7cc258f8a');
  assert.equal(of('string'), '8f014872634503c7');
  assert.equal(of('long'), 'd054e14493f41db7');
});

test('a fingerprint does not see documentation, defaults or the order of attributes', () => {
  const bare = { type: 'record', name: 'ns.R', fields: [{ name: 'a', type: ['null', 'long'] }] };
  const dressed = {
    doc: 'x',
    fields: [{ doc: 'y', default: null, type: ['null', 'long'], name: 'a' }],
    namespace: 'ns',
    name: 'R',
    type: 'record',
  };
  assert.equal(of(dressed), of(bare));
  assert.equal(
    canonicalForm(avro.Type.forSchema(dressed as avro.Schema)),
    '{"name":"ns.R","type":"record","fields":[{"name":"a","type":["null","long"]}]}',
  );
  assert.notEqual(of({ ...bare, name: 'ns.S' }), of(bare));
});

test('in the header the least significant byte comes first', () => {
  assert.equal(fingerprintBytes('7275d51a3f395c8f').toString('hex'), '8f5c393f1ad57572');
});
