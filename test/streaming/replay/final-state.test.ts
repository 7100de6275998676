import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstDifference } from '../../../streaming/replay/final-state.ts';

test('numbers are equal to one in a billion, everything else exactly', () => {
  assert.equal(firstDifference({ a: [1, { b: 1e9 }] }, { a: [1, { b: 1e9 + 0.5 }] }), undefined);
  assert.equal(firstDifference({ a: 0 }, { a: 1e-10 }), undefined);
  assert.equal(firstDifference({ a: NaN }, { a: NaN }), undefined);
  assert.equal(firstDifference({ a: 1 }, { a: 1 + 1e-8 }), 'a is 1, live 1.00000001');
  assert.equal(firstDifference('x', 'y'), 'value is x, live y');
});

test('maps, typed arrays and what is absent are walked', () => {
  const state = { when: Float64Array.of(1, 2), by: new Map([['t', { n: 1 }]]) };
  assert.equal(firstDifference(state, structuredClone(state)), undefined);
  assert.equal(firstDifference(state, { ...state, by: new Map([['t', { n: 2 }]]) }), 'by.t.n is 1, live 2');
  assert.equal(firstDifference(state, { ...state, when: Float64Array.of(1) }), 'when.1 is 2, live undefined');
  assert.equal(firstDifference(state, { ...state, more: undefined }), undefined);
  assert.equal(firstDifference(undefined, state), 'value is undefined, live {"when":{"0":1,"1":2},"by":{}}');
});

test('fields that are passing are left out, at the top alone', () => {
  const passing = new Set(['version']);
  assert.equal(firstDifference({ version: 1, a: 1 }, { version: 2, a: 1 }, passing), undefined);
  assert.match(firstDifference({ a: { version: 1 } }, { a: { version: 2 } }, passing) ?? '', /a\.version/);
});
