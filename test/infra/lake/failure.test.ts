import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MarqueeError } from '../../../domain/errors.ts';
import { lakeFailure } from '../../../infra/lake/failure.ts';

const SAID: readonly (readonly [text: string, code: string, retryable: boolean])[] = [
  [
    'Invalid Configuration Error: Could not find snapshot with id 8412739123412345678',
    'LAKE_SNAPSHOT_GONE',
    false,
  ],
  ['TransactionContext Error: 409 Conflict: requirement failed', 'LAKE_CONFLICT', true],
  ['IO Error: Could not establish connection error for HTTP HEAD', 'LAKE_UNAVAILABLE', true],
  ['Binder Error: Referenced column "offset" not found', 'INTERNAL', true],
];

test('what DuckDB says of the lake is told by a code of the table', () => {
  for (const [text, code, retryable] of SAID) {
    const failure = lakeFailure(new Error(text), 'plays');
    assert.deepEqual([failure.code, failure.retryable], [code, retryable], text);
  }
  assert.match(lakeFailure(new Error(SAID[0]![0]), 'plays').message, /8412739123412345678/);
});

test('an error of the table stays what it is', () => {
  const error = new MarqueeError('LAKE_CONFLICT', { table: 'plays' });
  assert.equal(lakeFailure(error, 'impressions'), error);
});
