/** What a controller learns of what a process takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reading } from '../../domain/sizing-load.ts';
import { step, type SizingState } from '../../domain/sizing.ts';
import { follow, INTERVAL_MS, readingAt, RULES, SECOND_MS } from '../support/sized-group.ts';

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
