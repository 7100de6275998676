import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../../domain/random.ts';
import { createListedScores } from '../../../domain/ranking/listed-scores.ts';
import { atOnce } from '../../../domain/in-slices.ts';
import { createSketches, SKETCHED } from '../../../domain/ranking/sketches.ts';
import { createPlainTitleScores } from '../../../domain/title-scores.ts';

const asked = fc.record({
  count: fc.integer({ min: 1, max: 300 }),
  width: fc.integer({ min: 1, max: 67 }),
  seed: fc.nat(10_000),
  /** Factors far from 0, about it and tiny. */
  least: fc.constantFrom(-0.5, 0, 3),
  scale: fc.constantFrom(1, 1e-12, 1e6),
  from: fc.nat(10).map((block) => block * SKETCHED),
  share: fc.double({ min: -1, max: 1, noNaN: true }),
});

function made({
  count,
  width,
  seed,
  least,
  scale,
}: {
  count: number;
  width: number;
  seed: number;
  least: number;
  scale: number;
}) {
  const random = createRandom(seed);
  const draw = (length: number): Float32Array =>
    Float32Array.from({ length }, () => (random.chance(0.1) ? 0 : scale * (least + random.next())));
  const values = draw(count * width);
  const query = draw(width);
  const order = Uint32Array.from({ length: count }, (_, i) => (i * 7 + seed) % count);
  const titles = count % 7 === 0 ? Uint32Array.from({ length: count }, (_, i) => i) : order;
  const scores = new Float32Array(count);
  createPlainTitleScores(values, width).score(query, scores);
  return { values, query, order: titles, scores };
}

test('no score is above what a sketch says, and who may reach a threshold is found', () => {
  fc.assert(
    fc.property(asked, (shape) => {
      const { values, query, order, scores } = made(shape);
      const sketches = atOnce(createSketches(values, shape.width, order));
      assert.ok(sketches !== undefined, 'this machine has no relaxed vectors');
      sketches.ask(query);
      const found = new Uint32Array(shape.count);
      sketches.look(0, shape.count, -Infinity, found);
      order.forEach((title, place) => {
        assert.ok(sketches.upper(place) >= scores[title]!, `${sketches.upper(place)} >= ${scores[title]}`);
      });
      const threshold = shape.share * Math.max(...scores);
      const from = Math.min(shape.from, Math.floor(shape.count / SKETCHED) * SKETCHED);
      const size = sketches.look(from, shape.count, threshold, found);
      const places = [...found.subarray(0, size)];
      assert.deepEqual(
        places,
        [...new Set(places)].sort((a, b) => a - b),
      );
      assert.ok(places.every((place) => place >= from && place < shape.count));
      for (let place = from; place < shape.count; place++)
        if (scores[order[place]!]! >= threshold) assert.ok(places.includes(place), `${place} is missing`);
    }),
    { numRuns: 200 },
  );
});

test('of leading factors with the lengths of the rest the whole score is not above what a sketch says', () => {
  fc.assert(
    fc.property(asked, (shape) => {
      const { values, query, order, scores } = made(shape);
      const { width, count } = shape;
      const leading = Math.ceil(width / 3);
      const partsOf = (row: Float32Array) => ({
        first: row.slice(0, leading),
        rest: Math.hypot(...row.subarray(leading)),
      });
      const parts = Array.from({ length: count }, (_, title) =>
        partsOf(values.subarray(title * width, (title + 1) * width)),
      );
      const first = Float32Array.from(parts.flatMap((part) => [...part.first]));
      const rests = Float32Array.from(parts, ({ rest }) => rest);
      const sketches = atOnce(createSketches(first, leading, order, rests))!;
      const asking = partsOf(query);
      sketches.ask(asking.first, asking.rest);
      sketches.look(0, count, -Infinity, new Uint32Array(count));
      order.forEach((title, place) => {
        assert.ok(sketches.upper(place) >= scores[title]!, `${sketches.upper(place)} >= ${scores[title]}`);
      });
    }),
    { numRuns: 100 },
  );
});

test('factors that are not finite are never in the way', () => {
  const values = Float32Array.of(NaN, 1, 1, Infinity, 2, 2);
  const sketches = atOnce(createSketches(values, 2, Uint32Array.of(0, 1, 2)))!;
  sketches.ask(Float32Array.of(1, 1));
  const found = new Uint32Array(3);
  assert.equal(sketches.look(0, 3, 0.5, found), 1);
  assert.equal(found[0], 2);
});

test('titles are scored when they are asked for, to the last bit, and anew for another query', () => {
  fc.assert(
    fc.property(asked, fc.array(fc.nat(), { maxLength: 40 }), (shape, drawn) => {
      const { values, query, scores } = made(shape);
      const listed = atOnce(createListedScores(values, shape.width));
      const titles = Uint32Array.from(drawn, (one) => one % shape.count);
      for (const factor of [0, 1]) {
        listed.ask(query.map((value) => factor * value));
        listed.score(titles, titles.length);
        for (const title of titles) assert.equal(listed.scores[title], factor * scores[title]! + 0);
      }
    }),
    { numRuns: 100 },
  );
});
