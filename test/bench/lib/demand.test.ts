import assert from 'node:assert/strict';
import test from 'node:test';
import { COUNTRIES, countryWeights, createSampler, TITLES, titleWeights } from '../../../bench/lib/demand.ts';
import { createRandom } from '../../../domain/random.ts';

const shareOfFirst = (weights: readonly number[], count: number): number => {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return sum(weights.slice(0, count)) / sum(weights);
};

test('the top 1 % of titles take a quarter of the demand, the top 10 % take 70 %', () => {
  assert.equal(titleWeights.length, TITLES);
  assert.ok(Math.abs(shareOfFirst(titleWeights, TITLES / 100) - 0.25) < 0.005);
  assert.ok(Math.abs(shareOfFirst(titleWeights, TITLES / 10) - 0.7) < 0.01);
});

test('there are fifty countries, each once, and the largest has 22 %', () => {
  assert.equal(new Set(COUNTRIES).size, 50);
  assert.equal(countryWeights.length, 50);
  assert.ok(Math.abs(shareOfFirst(countryWeights, 1) - 0.22) < 0.01);
});

test('a sampler draws each index as often as its weight says', () => {
  const weights = [1, 0, 5, 2, 2];
  const draw = createSampler(weights);
  const random = createRandom(7).next;
  const drawn = weights.map(() => 0);
  const draws = 100_000;
  for (let i = 0; i < draws; i += 1) drawn[draw(random(), random())]! += 1;
  assert.equal(drawn[1], 0);
  drawn.forEach((count, i) => assert.ok(Math.abs(count / draws - weights[i]! / 10) < 0.01, `${i}: ${count}`));
});

test('the same seed gives the same numbers, another seed others', () => {
  const take = (seed: number): number[] => Array.from({ length: 5 }, createRandom(seed).next);
  assert.deepEqual(take(1), take(1));
  assert.notDeepEqual(take(1), take(2));
});
