import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../../domain/random.ts';
import { createBestSearch } from '../../../domain/ranking/best-titles.ts';
import { createPrunedScores } from '../../../domain/ranking/pruned-scores.ts';
import type { TitleFactors } from '../../../domain/ranking/types.ts';
import { createPlainTitleScores } from '../../../domain/title-scores.ts';
import { allOf, setOf } from './fixture.ts';

/** Few factors, so many that a few directions come first, and those where titles differ along three alone or along all. */
const SHAPES = [
  { width: 5, tastes: 0 },
  { width: 64, tastes: 0 },
  { width: 64, tastes: 3 },
] as const;
const [FEW] = SHAPES;

/** Factors whose lengths fall off, as those of titles that fewer and fewer watched. */
function fallingFactors(
  count: number,
  seed: number,
  fall: number,
  { width, tastes }: (typeof SHAPES)[number] = FEW,
): TitleFactors {
  const random = createRandom(seed);
  const noise = tastes === 0 ? 1 : 0.05;
  const ofTastes = Float32Array.from({ length: tastes * width }, () => random.next() - 0.4);
  const values = Float32Array.from({ length: count * width }, (_, at) => {
    const title = Math.floor(at / width);
    const ofTaste = ofTastes[(title % 3) * width + (at % width)] ?? 0;
    return (ofTaste + noise * (random.next() - 0.4)) / (1 + ((title * 7919) % count)) ** fall;
  });
  const regularisation = { strength: 0.003, exponent: 1, unobservedWeight: 0.1 };
  return { width, values, known: allOf(count), regularisation };
}

const asked = fc.record({
  count: fc.integer({ min: 1, max: 5000 }),
  seed: fc.nat(1000),
  fall: fc.constantFrom(0, 0.3, 1),
  wanted: fc.integer({ min: 1, max: 100 }),
  left: fc.integer({ min: 2, max: 9 }),
  shape: fc.constantFrom(...SHAPES),
});

test('the best are found without all being looked at, and scores are those of all titles to the last bit', () => {
  let looked = 0;
  let all = 0;
  fc.assert(
    fc.property(asked, ({ count, seed, fall, wanted, left, shape }) => {
      const factors = fallingFactors(count, seed, fall, shape);
      const query = factors.values.slice(0, shape.width);
      const plain = new Float32Array(count);
      createPlainTitleScores(factors.values, shape.width).score(query, plain);
      const titles = [...Array(count).keys()].filter((title) => title % left !== 1);
      const pruned = createPrunedScores(factors, 100);
      pruned.ask(query);
      const among = setOf(count, titles);
      const best = pruned.best(among, wanted);
      const found = new Set(best.titles.subarray(0, best.size));
      assert.deepEqual(new Set(pruned.best(among, wanted).titles.subarray(0, best.size)), found);
      const expected = titles.filter((title) => plain[title]! > 0).sort((a, b) => plain[b]! - plain[a]!);
      for (const title of expected.slice(0, wanted)) assert.ok(found.has(title), `${title} is missing`);
      assert.ok([...found].every((title) => titles.includes(title)));
      assert.ok(best.size <= 200);
      const written = new Float32Array(count);
      pruned.write(Uint32Array.from(plain.keys()), count, written);
      assert.deepEqual(written, plain);
      if (fall === 1) {
        looked += pruned.looked;
        all += count;
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(looked < 0.8 * all, `${looked} of ${all} were looked at`);
});

test('a machine without vectors has the same scores', () => {
  const factors = fallingFactors(1500, 3, 0.3);
  const query = factors.values.slice(0, FEW.width);
  const scoresOf = (): Float32Array => {
    const pruned = createPrunedScores(factors, 100);
    pruned.ask(query);
    pruned.best(allOf(1500), 100);
    assert.ok(pruned.looked >= 1024);
    const written = new Float32Array(1500);
    pruned.write(Uint32Array.from(written.keys()), 1500, written);
    return written;
  };
  const withVectors = scoresOf();
  const machine = globalThis as { WebAssembly?: unknown };
  const { WebAssembly } = machine;
  try {
    machine.WebAssembly = undefined;
    assert.deepEqual(scoresOf(), withVectors);
  } finally {
    machine.WebAssembly = WebAssembly;
  }
});

test('one title whose factors are no numbers hides no other', () => {
  const factors = fallingFactors(1500, 5, 0.3, SHAPES[2]);
  const query = factors.values.slice(0, SHAPES[2].width);
  factors.values[700 * SHAPES[2].width] = NaN;
  const plain = new Float32Array(1500);
  createPlainTitleScores(factors.values, SHAPES[2].width).score(query, plain);
  const pruned = createPrunedScores(factors, 100);
  pruned.ask(query);
  const { titles, size } = pruned.best(allOf(1500), 50);
  const expected = [...plain.keys()]
    .filter((title) => plain[title]! > 0)
    .sort((a, b) => plain[b]! - plain[a]!);
  for (const title of expected.slice(0, 50)) assert.ok(titles.subarray(0, size).includes(title));
});

test('zeros, what is below them and what is no number are never among the best', () => {
  const search = createBestSearch(10, 8);
  const scores = Float32Array.of(0, -1, NaN, Infinity, -Infinity, 2, -0, 1);
  search.begin(10);
  search.look(scores, 0, scores.length, allOf(8));
  search.end();
  assert.deepEqual([...search.titles.subarray(0, search.size)], [5, 7]);
  assert.deepEqual([...search.scores.subarray(0, search.size)], [2, 1]);
  assert.ok(search.cutoff(1) > 1.9 && search.cutoff(1) <= 2);
  assert.equal(search.cutoff(3), 0);
});
