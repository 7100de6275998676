import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyValue, type LoggedChoice } from '../../domain/policy-value.ts';
import { createRandom } from '../../domain/random.ts';

const RATES = [0.3, 0.1, 0.02];
/** The log's policy prefers what is worth least. */
const LOGGED = [0.1, 0.3, 0.6];
const TARGET = [0.7, 0.2, 0.1];
const worth = (policy: readonly number[]): number =>
  policy.reduce((sum, share, item) => sum + share * RATES[item]!, 0);

function draw(choices: number, seed: number): LoggedChoice[] {
  const random = createRandom(seed);
  return Array.from({ length: choices }, () => {
    const at = random.next();
    const item = at < LOGGED[0]! ? 0 : at < LOGGED[0]! + LOGGED[1]! ? 1 : 2;
    const gain = random.chance(RATES[item]!) ? 1 : 0;
    return { gain, logged: LOGGED[item]!, target: TARGET[item]! };
  });
}

test("a policy's worth is told from the log of one that prefers the worst", () => {
  const { raw, estimate, standardError } = policyValue(draw(100_000, 1));
  assert.ok(Math.abs(raw - worth(LOGGED)) < 0.01, `${raw}`);
  assert.ok(Math.abs(estimate - worth(TARGET)) < 3 * standardError, `${estimate}`);
  assert.ok(standardError < 0.01 && worth(TARGET) > 3 * raw);
});

test('the interval holds the truth about as often as it says', () => {
  let held = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const { estimate, standardError } = policyValue(draw(2000, seed));
    if (Math.abs(estimate - worth(TARGET)) < 1.96 * standardError) held += 1;
  }
  assert.ok(held >= 180 && held <= 199, `${held} of 200`);
});

test('the log of the policy itself is worth what it gained, and a bound on weights holds the heaviest back', () => {
  const own = draw(1000, 2).map((choice) => ({ ...choice, target: choice.logged }));
  const value = policyValue(own);
  assert.equal(value.estimate, value.raw);
  assert.equal(value.effectiveChoices, 1000);
  const heavy = [{ gain: 1, logged: 0.001, target: 1 }];
  assert.deepEqual([policyValue(heavy).estimate, policyValue(heavy, 10).estimate], [1000, 10]);
  assert.equal(policyValue([]).estimate, 0);
  assert.throws(() => policyValue([{ gain: 1, logged: 0, target: 1 }]), RangeError);
});
