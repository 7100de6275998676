import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  expectedRates,
  HOURS_OF_WEEK,
  hourOfWeek,
  meanRates,
  playsAt,
  shapeOf,
} from '../../domain/expected-plays.ts';
import { HOUR_MS } from '../../domain/time.ts';

const FLAT = new Float64Array(HOURS_OF_WEEK).fill(1);

test('plays expected of part of an hour are that part of its rate, over the end of the week too', () => {
  const rates = Float64Array.from({ length: HOURS_OF_WEEK }, (_, hour) => hour);
  assert.equal(playsAt(rates, 10 * HOUR_MS, 11 * HOUR_MS), 10);
  assert.equal(playsAt(rates, 10.5 * HOUR_MS, 11.25 * HOUR_MS), 5 + 2.75);
  assert.equal(playsAt(rates, 167 * HOUR_MS, 170 * HOUR_MS), 167 + 0 + 1);
  assert.equal(playsAt(rates, HOUR_MS, HOUR_MS), 0);
  assert.equal(hourOfWeek(-1), 167);
});

test('a title played at one hour of the day is expected at that hour, little at others', () => {
  const byHour = new Float64Array(HOURS_OF_WEEK);
  for (let day = 0; day < 7; day++) byHour[day * 24 + 20] = 4 * 90;
  const rates = expectedRates({ byHour, plays: 7 * 360, hours: 4 * HOURS_OF_WEEK }, FLAT);
  assert.ok(rates[20]! > 60 && rates[20]! < 90);
  assert.ok(rates[9]! < 6);
});

test('a title of a few days goes by its mean and by how weeks of all titles go', () => {
  const busy = new Float64Array(HOURS_OF_WEEK).fill(100);
  busy[20] = 900;
  const shape = shapeOf(busy);
  const young = { byHour: new Float64Array(HOURS_OF_WEEK), plays: 48, hours: 24 };
  const rates = expectedRates(young, shape);
  assert.ok(rates[20]! > 5 * rates[19]!);
  assert.deepEqual(
    meanRates(young, FLAT),
    FLAT.map(() => 2),
  );
});

test('whatever was played, shapes are 1 on average and rates are never below zero', () => {
  const counts = fc.array(fc.nat(1000), { minLength: HOURS_OF_WEEK, maxLength: HOURS_OF_WEEK });
  fc.assert(
    fc.property(counts, counts, fc.integer({ min: 1, max: 672 }), (all, own, hours) => {
      const shape = shapeOf(Float64Array.from(all));
      const mean = shape.reduce((sum, s) => sum + s, 0) / HOURS_OF_WEEK;
      assert.ok(Math.abs(mean - 1) < 1e-9);
      const byHour = Float64Array.from(own);
      const plays = own.reduce((sum, n) => sum + n, 0);
      assert.ok(expectedRates({ byHour, plays, hours }, shape).every((rate) => rate >= 0));
    }),
  );
});
