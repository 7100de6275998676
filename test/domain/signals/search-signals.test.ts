import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { normalisedQuery } from '../../../domain/signals/search-signals.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { recordOf } from '../../support/profile-records.ts';
import { runSignals, searchSignals, toldBy } from '../../support/signal-runs.ts';
import { T0 } from './play-cases.ts';

const search = (query: string, at: number, delay = 0): CleanRecord =>
  recordOf({ kind: 'search', query, eventTime: T0 + at }, undefined, delay);

const CASES = [
  {
    name: 'the same query twice within an hour is a repeated search',
    records: [search('dune', 0), search('dune', HOUR_MS)],
    told: ['raised repeated-search dune 2'],
  },
  {
    name: 'later than an hour it is not',
    records: [search('dune', 0), search('dune', HOUR_MS + 1)],
    told: [],
  },
  { name: 'another query is not', records: [search('dune', 0), search('dune 2', 1)], told: [] },
  {
    name: 'writing it differently makes no other query',
    records: [search('  Dune\t PART two', 0), search('dune part ｔwo ', 1)],
    told: ['raised repeated-search dune part two 2'],
  },
  {
    name: 'blank queries are none',
    records: [search('  ', 0), search('\n', 1)],
    told: [],
  },
  {
    name: 'a late search makes a run of two',
    records: [search('dune', 0), search('dune', 30 * MINUTE_MS, 5 * HOUR_MS)],
    told: ['raised repeated-search dune 2'],
  },
  {
    name: 'a late search that joins two runs withdraws the second',
    records: [
      ...[0, 10, 100, 110].map((minutes) => search('dune', minutes * MINUTE_MS)),
      search('dune', 60 * MINUTE_MS, 5 * HOUR_MS),
    ],
    told: [
      'raised repeated-search dune 2',
      'raised repeated-search dune 2',
      'raised repeated-search dune 5',
      'withdrawn repeated-search dune',
    ],
  },
  {
    name: 'one later than the bound changes nothing',
    records: [search('dune', 0), search('dune', 1, DAY_MS + 1)],
    told: [],
  },
];

for (const { name, records, told } of CASES) {
  test(`repeated-search: ${name}`, () => {
    assert.deepEqual(toldBy(runSignals(searchSignals(), records).outputs), told);
  });
}

test('a profile that searched nothing for a day is forgotten', () => {
  const fold = searchSignals();
  const { state } = runSignals(fold, [search('dune', 0)]);
  const woken = fold.wake!('p', state!, state!.sealsAt);
  assert.equal(woken.state, undefined);
  assert.deepEqual(woken.outputs, []);
});

test('a query is cut between characters and keeps no half of one', () => {
  const cut = normalisedQuery('😀'.repeat(300));
  assert.equal(cut, '😀'.repeat(256));
  assert.equal(normalisedQuery('a\ud800b'), 'a\ufffdb');
  assert.ok(normalisedQuery('\ufdfa'.repeat(512)).length <= 512);
});

test('plain letters are normalised as all others are', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'B', ' ', '\t', '\n', '\v', '~', '\0', 'é', 'Ⅸ') }),
      (query) => {
        const whole = query.normalize('NFKC').toLowerCase().normalize('NFKC').replace(/\s+/g, ' ').trim();
        assert.equal(normalisedQuery(query), whole);
      },
    ),
  );
});
