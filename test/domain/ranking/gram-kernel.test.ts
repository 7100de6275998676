import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../../domain/random.ts';
import { createGramKernel, createPlainGramKernel } from '../../../domain/ranking/gram-kernel.ts';

test('vectors or not, rows have the same inner products', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 13 }), fc.nat(13), fc.nat(), (width, rows, seed) => {
      const count = Math.min(rows, width);
      const random = createRandom(seed);
      const [quick, plain] = [createGramKernel(width), createPlainGramKernel(width)];
      // What an earlier and longer history left behind must not count.
      for (const kernel of [quick, plain])
        for (let at = 0; at < width; at++)
          kernel.rows.fill(5, at * kernel.stride, at * kernel.stride + width);
      for (let row = 0; row < count; row++)
        for (let k = 0; k < width; k++) {
          const value = random.next() - 0.5;
          quick.rows[row * quick.stride + k] = value;
          plain.rows[row * plain.stride + k] = value;
        }
      const [found, wanted] = [new Float64Array(width * width), new Float64Array(width * width)];
      quick.gram(count, found);
      plain.gram(count, wanted);
      for (let i = 0; i < count; i++)
        for (let j = 0; j <= i; j++)
          assert.ok(
            Math.abs(found[i * count + j]! - wanted[i * count + j]!) < 1e-12,
            `${width} ${count} ${i} ${j}`,
          );
    }),
  );
});
