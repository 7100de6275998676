import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EMPTY_DIFF,
  EMPTY_SUMS,
  hoursOf,
  joinDiffs,
  parseHourRange,
  splitRange,
  TOP_CHANGES,
  type BackfillDiff,
  type RowChange,
} from '../../domain/backfill.ts';
import { isMarqueeError } from '../../domain/errors.ts';

const DAY = '2026-01-01T00:00:00Z';

test('a range is whole hours in order, within the limit; time zones are understood', () => {
  const range = parseHourRange(DAY, '2026-01-01T05:00:00+02:00', 744);
  assert.equal(hoursOf(range), 3);
  for (const [from, to] of [
    [DAY, DAY],
    [DAY, '2025-12-31T00:00:00Z'],
    [DAY, '2026-01-01T01:00:01Z'],
    [DAY, '2026-03-01T00:00:00Z'],
    ['1969-12-31T00:00:00Z', DAY],
    ['2026-02-30T25:00:00Z', DAY],
    ['1 Jan 2026', DAY],
    ['', ''],
  ] as const) {
    assert.throws(
      () => parseHourRange(from, to, 744),
      (error) => isMarqueeError(error, 'BACKFILL_RANGE_INVALID'),
      `${from} ${to}`,
    );
  }
});

test('runs of a split range follow each other without a gap', () => {
  const range = parseHourRange(DAY, '2026-01-03T12:00:00Z', 744);
  const runs = splitRange(range, 24);
  assert.deepEqual(runs.map(hoursOf), [24, 24, 12]);
  assert.deepEqual([runs[0]?.fromMs, runs.at(-1)?.toMs], [range.fromMs, range.toMs]);
  assert.deepEqual(
    runs.slice(1).map(({ fromMs }) => fromMs),
    runs.slice(0, -1).map(({ toMs }) => toMs),
  );
});

const change = (titleId: string, plays: number): RowChange => ({
  ...{ titleId, country: 'DE', hour: DAY },
  before: EMPTY_SUMS,
  after: { ...EMPTY_SUMS, plays },
});
const diffOf = (top: readonly RowChange[]): BackfillDiff => ({
  ...EMPTY_DIFF,
  added: top.length,
  after: { ...EMPTY_SUMS, plays: top.reduce((sum, { after }) => sum + after.plays, 0) },
  top,
});

test('joined differences add up and keep the rows that move most, whatever the order of joining', () => {
  const a = diffOf(Array.from({ length: TOP_CHANGES }, (_, i) => change(`a${i}`, 10)));
  const b = diffOf([change('b', 99), change('c', 1)]);
  const joined = joinDiffs(a, b);
  assert.deepEqual([joined.added, joined.after.plays, joined.top.length], [22, 300, TOP_CHANGES]);
  assert.equal(joined.top[0]?.titleId, 'b');
  assert.deepEqual(joinDiffs(b, a), joined);
  assert.deepEqual(joinDiffs(a, EMPTY_DIFF).added, 20);
});
