import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figureRecord, type Figure } from '../../../domain/audit/figure.ts';
import { summariseAudit } from '../../../domain/audit/summary.ts';

const at = (window: number, version: number, figure: Figure) =>
  figureRecord(figure, { start: window * 10_000, end: (window + 1) * 10_000, version });
const finding = (producer: string, verdict: string, value = 0.5): Figure => ({
  metric: 'finding',
  scope: { producer, what: 'missing:titleId' },
  value,
  weight: 10,
  verdict,
});

test('what holds comes first, then what held, each with since when', () => {
  const { wrong } = summariseAudit([
    at(1, 1, finding('a,b', 'missing:titleId')),
    at(2, 1, finding('a,b', 'missing:titleId')),
    at(3, 1, finding('a,b', 'missing:titleId')),
    at(1, 1, finding('web', 'missing:titleId')),
    at(2, 1, finding('web', 'ok')),
    at(3, 1, {
      metric: 'lag_records',
      scope: { topic: 'plays', partition: 0 },
      value: 3,
      weight: 3,
      verdict: 'ok',
    }),
  ]);
  assert.deepEqual(
    wrong.map(({ scope, holds, since, until }) => [scope['producer'], holds, since, until]),
    [
      ['a,b', true, 10_000, 40_000],
      ['web', false, 10_000, 20_000],
    ],
  );
});

test('a finding that is no longer repeated does not hold, though no one took it back', () => {
  const { wrong } = summariseAudit([
    at(1, 1, finding('web', 'missing:titleId')),
    at(5, 1, { metric: 'records', scope: { topic: 'plays', producer: 'web' }, value: 1, weight: 1 }),
  ]);
  assert.deepEqual(
    wrong.map(({ holds }) => holds),
    [false],
  );
});

test('of equal keys the highest version counts, whichever comes first', () => {
  const records = (value: number): Figure => ({
    metric: 'records',
    scope: { topic: 'plays', producer: 'web' },
    value,
    weight: value,
  });
  for (const order of [
    [at(1, 5, records(5)), at(1, 9, records(9))],
    [at(1, 9, records(9)), at(1, 5, records(5))],
  ]) {
    assert.equal(summariseAudit(order).producers[0]?.records, 9);
  }
});

test('rates are sums and weighted means over windows and topics', () => {
  const scope = { topic: 'plays', producer: 'web' };
  const { producers, takeRates } = summariseAudit([
    at(1, 1, { metric: 'records', scope, value: 30, weight: 30 }),
    at(2, 1, { metric: 'records', scope, value: 10, weight: 10 }),
    at(1, 1, { metric: 'records', scope: { topic: 'plays', partition: 0 }, value: 40, weight: 40 }),
    at(1, 1, { metric: 'unknown_title_share', scope, value: 0.5, weight: 30 }),
    at(2, 1, { metric: 'unknown_title_share', scope, value: 0.1, weight: 10 }),
    at(1, 1, { metric: 'dead_letters', scope: { producer: 'web', code: 'X' }, value: 10, weight: 10 }),
    at(1, 1, {
      metric: 'dead_letters',
      scope: { producer: 'web', code: 'X', appVersion: '1' },
      value: 10,
      weight: 10,
    }),
    at(1, 1, { metric: 'take_rate', scope: { row: 'new', country: 'SE' }, value: 0.1, weight: 30 }),
    at(2, 1, { metric: 'take_rate', scope: { row: 'new', country: 'SE' }, value: 0.5, weight: 10 }),
  ]);
  assert.equal(producers.length, 1);
  const [web] = producers;
  assert.deepEqual([web?.records, web?.perSecond, web?.deadLetterShare], [40, 2, 0.2]);
  assert.ok(Math.abs(web!.unknownTitleShare - 0.4) < 1e-9);
  assert.deepEqual(
    takeRates.map(({ name, weight }) => [name, weight]),
    [['new SE', 40]],
  );
  assert.ok(Math.abs(takeRates[0]!.value - 0.2) < 1e-9);
});

test('nothing told is nothing wrong', () => {
  const { figures, wrong, from, to } = summariseAudit([]);
  assert.deepEqual([figures, wrong.length, from, to], [0, 0, 0, 0]);
});
