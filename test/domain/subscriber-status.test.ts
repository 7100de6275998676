import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ledgerOf,
  readSubscriberStatus,
  subscriberRecord,
  type HeardStatus,
} from '../../domain/subscriber-status.ts';
import { viewName, viewVersion } from '../../domain/views.ts';

const VIEW = viewName('popularity');
const heard = (subscriber: string, version: number | null, heardAt: number): HeardStatus => ({
  ...{
    view: VIEW,
    subscriber,
    heardAt,
    pinned: null,
    loadedAt: '2026-10-01T00:00:00.000Z',
    loadLagMs: 7,
    lagMs: 5,
  },
  version: version === null ? null : viewVersion(version),
});

test('a report is read as it was written', () => {
  const { heardAt: _, ...status } = heard('host:4000/a', 3, 0);
  const { key, value } = subscriberRecord(status);
  assert.deepEqual(readSubscriberStatus(key, value), status);
});

test('a report from before the lag of loading was told is read without it', () => {
  const { key, value } = subscriberRecord(heard('one', 3, 0));
  const before = value.replace('"loadLagMs":7,', '');
  assert.notEqual(before, value);
  assert.equal(readSubscriberStatus(key, before)?.loadLagMs, null);
});

test('what is no report is passed over', () => {
  const { key, value } = subscriberRecord(heard('one', 3, 0));
  for (const [badKey, badValue] of [
    [key, 'no JSON'],
    [key, '[]'],
    [key, value.replace(':3', ':"3"')],
    ['', value],
    ['popularity', value],
    ['/one', value],
    ['popularity/', value],
    ['popularity/a\nb', value],
  ] as const)
    assert.equal(readSubscriberStatus(badKey, badValue), undefined);
});

test('a subscriber of another version is behind, one that does not report is silent', () => {
  const lines = ledgerOf(
    [heard('d', null, 900), heard('c', 2, 900), heard('b', 3, 900), heard('a', 3, 100)],
    viewVersion(3),
    1000,
    500,
  );
  assert.deepEqual(
    lines.map(({ subscriber, standing }) => [subscriber, standing]),
    [
      ['a', 'silent'],
      ['b', 'current'],
      ['c', 'behind'],
      ['d', 'behind'],
    ],
  );
});

test('the newest report of a subscriber counts, whatever the order', () => {
  for (const reports of [
    [heard('a', 2, 10), heard('a', 3, 20)],
    [heard('a', 3, 20), heard('a', 2, 10)],
  ])
    assert.deepEqual(ledgerOf(reports, viewVersion(3), 20, 100)[0]?.standing, 'current');
});

test('nobody is behind of what was never announced', () => {
  assert.equal(ledgerOf([heard('a', null, 0)], null, 0, 100)[0]?.standing, 'current');
});
