import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWire, writeWire } from '../../../../infra/lake/catalog/wire-json.ts';

test('ids of 64 bits go through whole, as text here and as numbers on the wire', () => {
  const text =
    '{"current-snapshot-id":9223372036854775807,"snapshots":[{"snapshot-id":-42,"parent-snapshot-id":1}],"count":7}';
  const read = parseWire(text);
  assert.deepEqual(read, {
    'current-snapshot-id': '9223372036854775807',
    snapshots: [{ 'snapshot-id': '-42', 'parent-snapshot-id': '1' }],
    count: 7,
  });
  assert.equal(writeWire(read), text);
  assert.equal(
    writeWire({ 'snapshot-ids': ['9007199254740993'], 'snapshot-id': null }),
    '{"snapshot-ids":[9007199254740993],"snapshot-id":null}',
  );
});

test('what is no number does not become one', () => {
  assert.throws(() => writeWire({ 'snapshot-id': '1,"x":2' }), SyntaxError);
});
