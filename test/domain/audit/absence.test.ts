import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createPulse,
  dispersionOf,
  pulseWindow,
  silenceOf,
  type Pulse,
} from '../../../domain/audit/absence.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { ABSENCE, MONDAY, nightly, simulate, WINDOW_MS, type SimulatedProducer } from './simulated-week.ts';

const SEEDS = [1, 2, 3, 4];
const NIGHTS = [50, 1000, 1e6];
const PEAKS = [20, 5, 1, 0.3, 0.1, 0.01, 0.001];

/** Silent from `at` on. */
const stopping = (producer: SimulatedProducer, at: number): SimulatedProducer => ({
  ...producer,
  rate: (time) => (time < at ? producer.rate(time) : 0),
});
const steady = (perSecond: number): SimulatedProducer => ({
  name: `steady ${perSecond}`,
  rate: () => perSecond,
});

test('a quiet week, whose nights are 50 times to a million times quieter than its evenings, names no one', () => {
  const producers = PEAKS.flatMap((peak) =>
    NIGHTS.map((factor) => ({ name: `${peak}/s by ${factor}`, rate: nightly(peak, factor) })),
  );
  for (const seed of SEEDS) {
    assert.deepEqual(simulate(producers, { seed, from: MONDAY, to: MONDAY + 9 * DAY_MS }), []);
  }
});

test('a producer of one event a second or more is named within a minute, from its second minute on and in any hour', () => {
  for (const rate of [1, 3, 20]) {
    for (const lived of [2 * MINUTE_MS, 10 * MINUTE_MS, 5 * HOUR_MS, 2 * DAY_MS]) {
      for (const seed of SEEDS) {
        const at = MONDAY + lived;
        const to = at + 50_000;
        const named = simulate([stopping(steady(rate), at)], { seed, from: MONDAY, to });
        assert.equal(named.length, 1, `${rate}/s, silent after ${lived / MINUTE_MS} minutes, seed ${seed}`);
      }
    }
  }
});

test('what sends most by day and one event a second by night is named within a minute in the night as well', () => {
  for (const seed of SEEDS) {
    const at = MONDAY + DAY_MS + 4 * HOUR_MS;
    const producer = stopping({ name: 'p', rate: nightly(50, 50) }, at);
    const named = simulate([producer], { seed, from: MONDAY, to: at + 50_000 });
    assert.equal(named.length, 1);
    assert.ok(named[0]!.at > at);
  }
});

test('a producer that closes at 20:15 every day is no longer named in the weeks after it was learned', () => {
  const shop: SimulatedProducer = {
    name: 'shop',
    rate: (time) => (time % DAY_MS >= 8 * HOUR_MS && time % DAY_MS < 20.25 * HOUR_MS ? 0.5 : 0),
  };
  const named = simulate([shop], { seed: 1, from: MONDAY, to: MONDAY + 21 * DAY_MS });
  assert.ok(named.length >= 6, 'in its first week each evening is news');
  assert.ok(
    named.every(({ at }) => at < MONDAY + 8 * DAY_MS),
    JSON.stringify(named.filter(({ at }) => at >= MONDAY + 8 * DAY_MS)),
  );
});

test('a silence of a holiday, at a tenth of what the weeks before held, is none', () => {
  const holiday = MONDAY + 14 * DAY_MS;
  const usual = nightly(2, 20);
  const producer = {
    name: 'p',
    rate: (time: number) => usual(time) / (time < holiday ? 1 : 10),
  };
  assert.deepEqual(simulate([producer], { seed: 5, from: MONDAY, to: holiday + 2 * DAY_MS }), []);
});

test('bursts are fewer arrivals than they look', () => {
  const pulse = burstsOf(300, 2 * MINUTE_MS, 2 * HOUR_MS);
  assert.ok(dispersionOf(pulse) > 50, String(dispersionOf(pulse)));
  const unguarded = { ...ABSENCE, gapFactor: 0 };
  assert.equal(silenceOf(pulse, pulse.lastSeen + 4 * MINUTE_MS, unguarded), undefined);
  const steadyPulse = burstsOf(25, WINDOW_MS, 2 * HOUR_MS);
  assert.equal(dispersionOf(steadyPulse), 1);
  assert.notEqual(silenceOf(steadyPulse, steadyPulse.lastSeen + 4 * MINUTE_MS, ABSENCE), undefined);
});

test('a silence that was named teaches nothing about how long silences are', () => {
  const pulse = burstsOf(10, WINDOW_MS, HOUR_MS);
  const { longest } = pulse;
  pulse.named = true;
  const back = pulse.lastSeen + 10 * MINUTE_MS;
  pulseWindow(pulse, { start: back, windowMs: WINDOW_MS }, { records: 10, first: back, last: back + 9000 });
  assert.equal(pulse.named, false);
  assert.equal(pulse.longest, longest);
  assert.equal(
    silenceOf(pulse, back + 9000 + MINUTE_MS, ABSENCE),
    undefined,
    'its rate is learned again first',
  );
});

test('too little traffic to tell is never named', () => {
  const named = simulate([stopping(steady(0.004), MONDAY + DAY_MS)], {
    seed: 1,
    from: MONDAY,
    to: MONDAY + 3 * DAY_MS,
  });
  assert.deepEqual(named, []);
});

/** `records` at once every `everyMs`. */
function burstsOf(records: number, everyMs: number, forMs: number): Pulse {
  const pulse = createPulse(MONDAY);
  for (let start = MONDAY; start < MONDAY + forMs; start += WINDOW_MS) {
    const counts =
      (start - MONDAY) % everyMs === 0 ? { records, first: start + 100, last: start + 200 } : undefined;
    pulseWindow(pulse, { start, windowMs: WINDOW_MS }, counts);
  }
  return pulse;
}
