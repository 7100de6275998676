import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createHours,
  exposureOf,
  learnedGap,
  learnedRecords,
  noteHours,
} from '../../../domain/audit/hours.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { MONDAY } from './simulated-week.ts';

const WEEK_MS = 168 * HOUR_MS;
const DECLINE_MS = HOUR_MS / 2;

/** Hours of as many weeks as given, each hour of the day holding what `records` says. */
function learned(weeks: number, records: (hour: number, week: number) => number) {
  const hours = createHours(MONDAY - HOUR_MS);
  let lastSeen = MONDAY - HOUR_MS;
  for (let start = MONDAY - HOUR_MS; start <= MONDAY + weeks * WEEK_MS; start += HOUR_MS) {
    const week = Math.floor((start - MONDAY) / WEEK_MS);
    const count = records(Math.floor(start / HOUR_MS) % 24, week);
    const counts = count === 0 ? undefined : { records: count, first: start, last: start + HOUR_MS - 1 };
    noteHours(hours, start + HOUR_MS, lastSeen, counts);
    if (counts !== undefined) lastSeen = counts.last;
  }
  return hours;
}

test('an unlearned silence weighs less with every half hour, and never more than one in all', () => {
  const hours = createHours(MONDAY);
  const from = MONDAY + 20 * 60_000;
  const within = exposureOf(hours, from, from + 60_000, DECLINE_MS);
  assert.ok(within > 58_000 && within <= 60_000);
  const long = exposureOf(hours, from, from + 20 * HOUR_MS, DECLINE_MS);
  assert.ok(Math.abs(long / DECLINE_MS - 1) < 1e-6);
});

test('a learned silence weighs each hour by what it held against the hour of the last arrival, at most 1', () => {
  const byHour = [100, 50, 0, 400];
  const hours = learned(1, (hour) => byHour[hour] ?? 10);
  const monday = MONDAY + WEEK_MS;
  const exposure = exposureOf(hours, monday + HOUR_MS / 2, monday + 4 * HOUR_MS, DECLINE_MS);
  assert.ok(Math.abs(exposure / HOUR_MS - (0.5 + 0.5 + 0 + 1)) < 1e-9);
});

test('of three weeks the median counts, of fewer the more cautious', () => {
  const slot = 10;
  const inWeeks =
    (counts: readonly number[]) =>
    (hour: number, week: number): number =>
      hour === slot ? (counts[week] ?? 0) : 5;
  assert.equal(learnedRecords(createHours(MONDAY), slot), undefined);
  const at = MONDAY + slot * HOUR_MS;
  const first = learned(1, inWeeks([30]));
  assert.deepEqual([hourlyOf(first), learnedGap(first, at)], [30, 1]);
  const outage = learned(2, inWeeks([30, 0]));
  assert.equal(hourlyOf(outage), 0);
  assert.ok(learnedGap(outage, at) >= HOUR_MS);
  const over = learned(3, inWeeks([30, 0, 40]));
  assert.deepEqual([hourlyOf(over), learnedGap(over, at)], [30, 1], 'one outage in three weeks is forgotten');

  function hourlyOf(hours: ReturnType<typeof createHours>): number | undefined {
    return learnedRecords(hours, Math.floor(at / HOUR_MS) % 168);
  }
});
