import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { createErasureSecret } from '../../../infra/erasure/secret.ts';

const secret = createErasureSecret('one key of thirty-two characters.');
const other = createErasureSecret('another key of thirty-two letters');

test('an id is hashed alike under one key, and otherwise under another', () => {
  assert.match(secret.hashOf('ann'), /^[0-9a-f]{64}$/);
  assert.equal(secret.hashOf('ann'), createErasureSecret('one key of thirty-two characters.').hashOf('ann'));
  assert.notEqual(secret.hashOf('ann'), other.hashOf('ann'));
  assert.notEqual(secret.hashOf('ann'), secret.hashOf('ann '));
});

test('a sealed id is read with its key, for its erasure, and never twice the same', () => {
  const sealed = secret.seal('e.0', 'ann');
  assert.equal(secret.unseal('e.0', sealed), 'ann');
  assert.ok(!Buffer.from(sealed).includes('ann'));
  assert.notDeepEqual(secret.seal('e.0', 'ann'), sealed);
  const refused = (error: unknown): boolean => isMarqueeError(error, 'ERASURE_REFUSED');
  assert.throws(() => other.unseal('e.0', sealed), refused);
  assert.throws(() => secret.unseal('e.1', sealed), refused);
});
