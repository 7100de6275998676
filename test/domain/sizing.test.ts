import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadBetween, type Reading } from '../../domain/sizing-load.ts';
import { step, type SizingDecision, type SizingRules, type SizingState } from '../../domain/sizing.ts';
import { HOUR_MS } from '../../domain/time.ts';

const SECOND_MS = 1000;
const INTERVAL_MS = 5 * SECOND_MS;
const PARTITIONS = 8;
const RULES: SizingRules = {
  minProcesses: 1,
  maxProcesses: 100,
  capacity: 1000,
  measuresCapacity: true,
  growAbove: 0.75,
  shrinkBelow: 0.45,
  drainTargetMs: 30 * SECOND_MS,
  lagAllowanceMs: 3 * SECOND_MS,
  coolDownMs: 60 * SECOND_MS,
  settleMs: 20 * SECOND_MS,
  rateWindowMs: 15 * SECOND_MS,
  longestGapMs: 15 * SECOND_MS,
};

interface Group {
  /** Records a second that one process really takes. */
  readonly capacity: number;
  /** How many readings a new process takes to be there. */
  readonly startReadings?: number;
}

/** A group that follows the decisions: `rateAt` says what arrives during each interval. */
function follow(
  rateAt: (reading: number) => number,
  readings: number,
  { capacity, startReadings = 1 }: Group = { capacity: 1000 },
  rules: SizingRules = RULES,
): SizingDecision[] {
  const decisions: SizingDecision[] = [];
  const due: number[] = [];
  let state: SizingState | undefined;
  let processes = 1;
  let end = 0;
  let position = 0;
  for (let i = 0; i < readings; i++) {
    end += (rateAt(i) * INTERVAL_MS) / 1000;
    position = Math.min(end, position + (processes * capacity * INTERVAL_MS) / 1000);
    state = step(state, readingAt(i * INTERVAL_MS, end, position, processes), rules);
    decisions.push(state!.decision);
    due.push(state!.decision.desired);
    processes = due.at(-1 - startReadings) ?? processes;
  }
  return decisions;
}

/** Everything spread evenly over the partitions. */
function readingAt(time: number, end: number, position: number, processes: number): Reading {
  const partitions = Array.from({ length: PARTITIONS }, (_, i) => ({
    name: `speed/plays/${i}`,
    group: 'speed',
    owner: processes > 0 ? `member-${i % processes}` : undefined,
    end: end / PARTITIONS,
    position: position / PARTITIONS,
  }));
  return { time, partitions, widest: PARTITIONS, processes };
}

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

test('a process that takes less than was said is found out, and the group grows until it keeps up', () => {
  const decisions = follow(() => 1000, 100, { capacity: 400 }, { ...RULES, capacity: 4000 });
  assert.equal(decisions.at(-1)?.capacity, 400);
  assert.equal(decisions.at(-1)?.lag, 0);
  assert.ok(decisions.at(-1)!.desired >= 4);
  const trusting = { ...RULES, capacity: 4000, measuresCapacity: false };
  const late = follow(() => 1000, 20, { capacity: 400 }, trusting).at(-1);
  assert.equal(late?.capacity, 4000);
});

test('what a process takes is found out however often readings are taken, and however short the window', () => {
  for (const rules of [
    { ...RULES, capacity: 4000, rateWindowMs: 100 },
    { ...RULES, capacity: 4000, rateWindowMs: 60 * SECOND_MS },
  ]) {
    const last = follow(() => 1000, 100, { capacity: 400 }, rules).at(-1);
    assert.equal(last?.capacity, 400, `a window of ${rules.rateWindowMs} ms`);
    assert.equal(last?.lag, 0);
  }
});

test('what a process takes is found out where more processes are kept than are asked for', () => {
  const rules = { ...RULES, maxProcesses: 2 };
  let state: SizingState | undefined;
  for (let i = 0; i < 40; i++)
    state = step(state, readingAt(i * INTERVAL_MS, i * 20_000, i * 8000, 4), rules);
  assert.equal(state?.decision.desired, 2);
  assert.equal(state?.decision.capacity, 400);
});

test('what a process takes is found out though more may be under way than five windows bring', () => {
  const rules = { ...RULES, capacity: 4000, lagAllowanceMs: 200 * SECOND_MS };
  assert.equal(follow(() => 1000, 200, { capacity: 400 }, rules).at(-1)?.capacity, 400);
});

test('of readings taken ten times a second few are kept, and they come to the same', () => {
  let state: SizingState | undefined;
  for (let i = 0; i < 2000; i++) {
    state = step(state, readingAt(i * 100, i * 200, i * 40, 1), { ...RULES, maxProcesses: 1 });
    assert.ok(state!.readings.length <= 130, `${state!.readings.length} readings`);
  }
  assert.equal(state?.decision.capacity, 400);
  assert.ok(Math.abs(state.decision.arrivalRate - 2000) < 1e-6);
});

test('as many members that own other partitions have to settle anew', () => {
  let state: SizingState | undefined;
  const at = (i: number, shift: number): Reading => {
    const reading = readingAt(i * INTERVAL_MS, i * 20_000, i * 4000, 2);
    const partitions = reading.partitions.map((one, p) => ({ ...one, owner: `member-${(p + shift) % 2}` }));
    return { ...reading, partitions };
  };
  // 400 a second each: they change hands before the first of them has settled, again and again.
  const rules = { ...RULES, minProcesses: 2, maxProcesses: 2 };
  for (let i = 0; i < 60; i++) state = step(state, at(i, Math.floor(i / 6)), rules);
  assert.equal(state?.decision.capacity, RULES.capacity);
  for (let i = 60; i < 80; i++) state = step(state, at(i, 0), rules);
  assert.equal(state?.decision.capacity, 400);
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
