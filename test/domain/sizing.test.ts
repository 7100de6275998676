import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadBetween, type Reading } from '../../domain/sizing-load.ts';
import { step, type SizingDecision, type SizingState } from '../../domain/sizing.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { follow, INTERVAL_MS, PARTITIONS, readingAt, RULES } from '../support/sized-group.ts';

const desiredOf = (decisions: readonly SizingDecision[]): number[] => decisions.map(({ desired }) => desired);
const turnsOf = (numbers: readonly number[]): string[] =>
  numbers.flatMap((now, i) => {
    const before = numbers[i - 1] ?? now;
    return now === before ? [] : [now > before ? 'up' : 'down'];
  });
/** A course that went up and down, or down and up. */
const flaps = (numbers: readonly number[]): number => {
  const turns = turnsOf(numbers);
  return turns.filter((turn, i) => i > 0 && turn !== turns[i - 1]).length;
};

test('a constant load settles, and the number never goes up and down again', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 20_000, noNaN: true }),
      fc.integer({ min: 200, max: 5000 }),
      fc.integer({ min: 0, max: 6 }),
      (rate, capacity, startReadings) => {
        const numbers = desiredOf(follow(() => rate, 200, { capacity, startReadings }));
        assert.ok(new Set(numbers.slice(-50)).size === 1, `it did not settle: ${numbers.join(' ')}`);
        assert.equal(flaps(numbers) <= 1, true, `it flapped: ${numbers.join(' ')}`);
      },
    ),
  );
});

test('a load within 20 % of its mean does not flap, whatever its course', () => {
  const noise = fc.array(fc.double({ min: 0.8, max: 1.2, noNaN: true }), { minLength: 120, maxLength: 120 });
  fc.assert(
    fc.property(fc.double({ min: 1, max: 6000, noNaN: true }), noise, (rate, factors) => {
      const numbers = desiredOf(follow((i) => rate * (factors[i] ?? 1), factors.length));
      assert.equal(flaps(numbers), 0, `it flapped: ${numbers.join(' ')}`);
    }),
  );
});

test('the worst course within 20 % does not flap either: long runs at one end, then at the other', () => {
  for (let rate = 100; rate <= 5000; rate += 37) {
    const numbers = desiredOf(follow((i) => rate * (Math.floor(i / 25) % 2 === 0 ? 1.2 : 0.8), 200));
    assert.equal(flaps(numbers), 0, `${rate}/s flapped: ${numbers.join(' ')}`);
  }
});

test('with the bounds of the band too close together the same course flaps', () => {
  const narrow = { ...RULES, shrinkBelow: 0.74 };
  const course = (i: number): number => 900 * (Math.floor(i / 25) % 2 === 0 ? 1.2 : 0.8);
  assert.ok(flaps(desiredOf(follow(course, 200, { capacity: 1000 }, narrow))) > 1);
});

test('a step of 5× is answered within three readings, and taken back after the cool-down, not before', () => {
  const [from, to] = [40, 80];
  const decisions = follow((i) => (i >= from && i < to ? 2500 : 500), 140);
  const numbers = desiredOf(decisions);
  assert.equal(numbers[from - 1], 1);
  assert.equal(Math.max(...numbers.slice(from, from + 3)), 4);
  assert.equal(decisions[from + 2]?.boundBy, undefined);
  assert.equal(numbers[to - 1], 4, `it went down during the step: ${numbers.join(' ')}`);
  const coolDown = RULES.coolDownMs / INTERVAL_MS;
  assert.equal(numbers[to + coolDown - 1], 4);
  assert.equal(numbers.at(-1), 2);
  assert.equal(flaps(numbers), 1);
  assert.equal(decisions.at(-1)?.lag, 0);
  assert.ok(decisions.some(({ reason }) => reason === 'calm'));
});

test('never more processes than the busiest topic has partitions, and the decision says what bounds it', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (rate) => {
      for (const { desired, wanted, boundBy } of follow(() => rate, 40)) {
        assert.ok(desired >= 1 && desired <= PARTITIONS);
        assert.equal(boundBy, wanted > PARTITIONS ? 'partitions' : undefined);
      }
    }),
  );
  const most = follow(() => 1e6, 40, { capacity: 1000 }, { ...RULES, maxProcesses: 5 }).at(-1);
  assert.deepEqual([most?.desired, most?.boundBy], [5, 'max']);
});

test('a backlog grows the group though little arrives, until it is gone', () => {
  const decisions = follow((i) => (i === 2 ? 60_000 : 100), 60);
  assert.ok(Math.max(...desiredOf(decisions)) >= 6, desiredOf(decisions).join(' '));
  assert.ok(decisions.some(({ reason }) => reason === 'lag' || reason === 'rate'));
  assert.deepEqual([decisions.at(-1)?.desired, decisions.at(-1)?.lag], [1, 0]);
});

test('a partition that is too much for one process asks for one process, not for many', () => {
  let state: SizingState | undefined;
  for (let i = 0; i < 20; i++) {
    const { partitions, ...rest } = readingAt(i * INTERVAL_MS, i * 100, i * 100, 1);
    const hot = { ...partitions[0]!, end: i * 50_000, position: 0 };
    state = step(
      state,
      { ...rest, partitions: [hot, ...partitions.slice(1)] },
      { ...RULES, measuresCapacity: false, growAbove: 1e6 },
    );
  }
  assert.equal(state?.decision.desired, 2);
});

test('a short stall, as when partitions change hands, asks for nothing', () => {
  let position = 0;
  let state: SizingState | undefined;
  for (let i = 0; i < 40; i++) {
    const end = i * 3500;
    // Nothing is read for two readings.
    if (i !== 20 && i !== 21) position = Math.min(end, position + 5000);
    state = step(state, readingAt(i * INTERVAL_MS, end, position, 1), RULES);
    assert.equal(state?.decision.desired, 1, `reading ${i}: ${JSON.stringify(state?.decision)}`);
  }
});

test('a controller that begins beside running processes wants those, and not one', () => {
  const state = step(undefined, readingAt(0, 0, 0, 3), RULES);
  assert.deepEqual([state?.decision.desired, state?.decision.reason], [3, 'first']);
  assert.equal(step(undefined, readingAt(0, 0, 0, 0), RULES)?.decision.desired, 1);
  assert.equal(step(undefined, undefined, RULES), undefined);
});

/** Four processes that have been too many for almost the whole cool-down. */
function almostCalm(): { state: SizingState; next: (i: number) => Reading } {
  const next = (i: number): Reading => readingAt(HOUR_MS + i * INTERVAL_MS, i * 2500, i * 2500, 4);
  let state: SizingState | undefined;
  for (let i = 0; i < 12; i++) state = step(state, next(i), RULES);
  assert.equal(state?.decision.desired, 4);
  return { state, next };
}

test('without anything amiss the cool-down ends and the number falls', () => {
  const { state, next } = almostCalm();
  let last: SizingState | undefined = state;
  for (let i = 12; i < 15; i++) last = step(last, next(i), RULES);
  assert.equal(last?.decision.desired, 2);
});

const AMISS: readonly [string, (i: number, next: (i: number) => Reading) => Reading | undefined][] = [
  ['no-reading', () => undefined],
  ['gap', (i, next) => ({ ...next(i), time: next(i).time + HOUR_MS })],
  ['clock-stepped-back', (i, next) => ({ ...next(i), time: next(i).time - HOUR_MS })],
  ['log-changed', () => readingAt(HOUR_MS + 12 * INTERVAL_MS, 0, 0, 4)],
  ['log-changed', (i, next) => ({ ...next(i), partitions: next(i).partitions.slice(1) })],
];

for (const [reason, spoil] of AMISS) {
  test(`${reason}: the last decision is kept, said so, and the cool-down begins anew`, () => {
    const { state, next } = almostCalm();
    const kept = step(state, spoil(12, next), RULES);
    assert.deepEqual(kept?.decision, { ...state.decision, reason });
    // From then on by the new clock, the new log, or as before.
    const from = spoil(12, next) ?? next(12);
    const load = from.partitions.length;
    const after = (i: number): Reading => ({
      ...from,
      time: from.time + i * INTERVAL_MS,
      partitions: from.partitions.map(({ end, position, ...rest }) => ({
        ...rest,
        end: end + (i * 2500) / load,
        position: position + (i * 2500) / load,
      })),
    });
    const coolDown = RULES.coolDownMs / INTERVAL_MS;
    let last: SizingState | undefined = kept;
    for (let i = 1; i <= coolDown; i++) {
      last = step(last, after(i), RULES);
      assert.equal(last?.decision.desired, 4, `it fell at reading ${i} after ${reason}`);
    }
    for (let i = coolDown + 1; i <= coolDown + 4; i++) last = step(last, after(i), RULES);
    assert.equal(last?.decision.desired, 2);
  });
}

test('a clock that jitters back at every second reading never changes the number', () => {
  let state: SizingState | undefined;
  for (let i = 0; i < 50; i++) {
    const time = HOUR_MS + i * INTERVAL_MS - (i % 2 === 0 ? 0 : HOUR_MS);
    state = step(state, readingAt(time, i * 50_000, i * 50_000, 2), RULES);
    assert.equal(state?.decision.desired, 2);
  }
});

test('rates and lag are sums over partitions; what came within the allowance is no backlog', () => {
  const before = readingAt(0, 8000, 8000, 1);
  const load = loadBetween(before, readingAt(1000, 16_000, 9600, 1), 500);
  assert.deepEqual(
    [load.arrivalRate, load.foldRate, load.lag, load.backlog],
    [8000, 1600, 6400, 6400 - 4000],
  );
  assert.deepEqual(load.partitions[3], { arrivalRate: 1000, backlog: 300 });
});
