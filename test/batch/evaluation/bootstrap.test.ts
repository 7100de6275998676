import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, compareInTurns } from '../../../batch/evaluation/bootstrap.ts';
import { createRandom } from '../../../domain/random.ts';

const OPTIONS = { seed: 3, rounds: 400, level: 0.9 };

test('values are means, their difference and their ratio', () => {
  const { first, second, difference, ratio } = compare(Float64Array.of(1, 0, 2), Float64Array.of(1, 1, 0));
  assert.equal(first.value, 1);
  assert.equal(second.value, 2 / 3);
  assert.ok(Math.abs(difference.value - 1 / 3) < 1e-12);
  assert.equal(ratio.value, 1.5);
  for (const { low, value, high } of [first, second, difference, ratio])
    assert.ok(low <= value && value <= high);
});

test('a model beside itself differs by nothing, however the profiles are drawn', () => {
  const values = Float64Array.from({ length: 40 }, (_, i) => i % 3);
  const { difference, ratio } = compare(values, values);
  assert.deepEqual(difference, { value: 0, low: 0, high: 0 });
  assert.deepEqual(ratio, { value: 1, low: 1, high: 1 });
});

test('one that is better for every profile by as much is better for sure, however uneven the profiles are', () => {
  const hard = Float64Array.from({ length: 50 }, (_, i) => (i * 37) % 11);
  const { first, difference } = compare(
    hard.map((value) => value + 0.5),
    hard,
  );
  assert.ok(Math.abs(difference.low - 0.5) < 1e-9 && Math.abs(difference.high - 0.5) < 1e-9);
  assert.ok(first.high - first.low > 0.5);
});

test('the same seed draws the same, another draws otherwise', () => {
  const random = createRandom(5);
  const [a, b] = [0, 1].map(() => Float64Array.from({ length: 30 }, () => random.next()));
  assert.deepEqual(compare(a!, b!, OPTIONS), compare(a!, b!, OPTIONS));
  assert.notDeepEqual(compare(a!, b!, OPTIONS).ratio, compare(a!, b!, { ...OPTIONS, seed: 4 }).ratio);
});

test('in turns it comes to the same, and each round ends with one', async () => {
  const [a, b] = [Float64Array.of(1, 0, 2, 5), Float64Array.of(1, 1, 0, 2)];
  const shares: number[] = [];
  const inTurns = await compareInTurns(a, b, OPTIONS, (share) => {
    shares.push(share);
    return Promise.resolve();
  });
  assert.deepEqual(inTurns, compare(a, b, OPTIONS));
  assert.equal(shares.length, OPTIONS.rounds);
  assert.equal(shares.at(-1), 1);
});

test('nobody to ask and nothing but zeros give no error', () => {
  assert.equal(compare(new Float64Array(0), new Float64Array(0)).ratio.value, 1);
  assert.equal(compare(Float64Array.of(1, 1), Float64Array.of(0, 0)).ratio.value, Infinity);
  assert.throws(() => compare(Float64Array.of(1), Float64Array.of(1, 2)), /paired/);
});

test('intervals of nine in ten hold the true difference and ratio about nine times in ten', () => {
  const random = createRandom(11);
  const rounds = 300;
  const held = { difference: 0, ratio: 0 };
  for (let round = 0; round < rounds; round++) {
    // Hits at chances that go up and down together by profile: the true means are 0.3 and 0.2.
    const easy = Array.from({ length: 120 }, () => 2 * random.next());
    const first = Float64Array.from(easy, (ease) => (random.chance(0.3 * ease) ? 1 : 0));
    const second = Float64Array.from(easy, (ease) => (random.chance(0.2 * ease) ? 1 : 0));
    const { difference, ratio } = compare(first, second, { ...OPTIONS, seed: round });
    if (difference.low <= 0.1 && 0.1 <= difference.high) held.difference += 1;
    if (ratio.low <= 1.5 && 1.5 <= ratio.high) held.ratio += 1;
  }
  for (const count of Object.values(held))
    assert.ok(count / rounds > 0.84 && count / rounds < 0.96, `${count}`);
});
