/** Each kernel beside the same sums in 64 bits. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  createKernelMemory,
  kernelModule,
  loadKernels,
  PAGE_BYTES,
  paddedWidth,
  type Kernels,
} from '../../../batch/kernels/kernels.ts';
import { createRandom } from '../../../domain/random.ts';
import { solveDense } from '../models/als/dense.ts';

const ROWS = 300;

interface Bench {
  readonly kernels: Kernels;
  readonly floats: Float32Array;
  readonly words: Uint32Array;
  readonly take: (count: number) => number;
}

async function open(width: number, fused: boolean): Promise<Bench> {
  const memory = createKernelMemory(4 << 20);
  let next = PAGE_BYTES;
  return {
    kernels: await loadKernels(kernelModule(width, fused), memory),
    floats: new Float32Array(memory.buffer),
    words: new Uint32Array(memory.buffer),
    take: (count) => (next += Math.ceil(count / 4) * 16 + 64) - Math.ceil(count / 4) * 16,
  };
}

for (const fused of [true, false])
  test(`rows are solved, exactly and step by step, of any number of entries and factors (fused: ${fused})`, async () => {
    for (const width of [8, 24, 40, 64, 72])
      for (const count of [1, 2, 3, 7, 33])
        for (const passedOver of [0, 0.4]) await assertSolved({ width, count, fused, passedOver });
  });

interface Row {
  readonly width: number;
  readonly count: number;
  readonly fused: boolean;
  /** The share of entries with strengths below 0; the first is never one. */
  readonly passedOver: number;
}

async function assertSolved({ width, count, fused, passedOver }: Row): Promise<void> {
  const { kernels, floats, words, take } = await open(width, fused);
  const random = createRandom(width * 1000 + count);
  const [source, columns, strengths] = [take(ROWS * width), take(count), take(count)];
  const [panel, base, matrix] = [take(count * width), take(width * width), take(width * width)];
  const [inverses, pull, state, squares] = [take(width), take(width), take(4 * width), take(1)];
  for (let at = 0; at < ROWS * width; at++) floats[source / 4 + at] = random.next() - 0.4;
  const table = floats.slice(source / 4, source / 4 + ROWS * width);
  for (let entry = 0; entry < count; entry++) {
    words[columns / 4 + entry] = random.below(ROWS);
    const strength = 0.1 + 3 * random.next();
    floats[strengths / 4 + entry] = entry > 0 && random.chance(passedOver) ? -strength : strength;
  }
  const ridge = 0.5;
  const expected = solveDense(
    table,
    width,
    words.subarray(columns / 4, columns / 4 + count),
    floats.subarray(strengths / 4, strengths / 4 + count),
    ridge,
  );

  kernels.addGram(source, ROWS, base, base);
  kernels.gather(columns, strengths, count, source, panel, pull, 1);
  kernels.addGram(panel, count, base, matrix);
  kernels.factorise(matrix, inverses, ridge);
  kernels.substitute(matrix, inverses, pull);
  assertClose(floats.subarray(pull / 4, pull / 4 + width), expected);

  for (let i = 0; i < width; i++)
    for (let j = 0; j < i; j++) floats[base / 4 + i * width + j] = floats[base / 4 + j * width + i]!;
  const [residual, direction, product] = [1, 2, 3].map((k) => state + k * width * 4);
  kernels.applyBase(base, state, residual!, ridge, -1);
  kernels.applyEntries(columns, strengths, count, source, state, residual!, 1, -1, 1);
  kernels.conjugateBegin(state, squares);
  for (let step = 0; step < 2 * width; step++) {
    kernels.applyBase(base, direction!, product!, ridge, 1);
    kernels.applyEntries(columns, strengths, count, source, direction!, product!, 0, 1, 0);
    kernels.conjugateStep(state, squares);
  }
  assertClose(floats.subarray(state / 4, state / 4 + width), expected);
}

function assertClose(actual: Float32Array, expected: Float64Array): void {
  const scale = Math.max(...expected.map(Math.abs));
  expected.forEach((value, at) => {
    const difference = Math.abs(actual[at]! - value) / scale;
    assert.ok(difference < 1e-4, `${at}: ${actual[at]} instead of ${value}`);
  });
}

test('steps that have nothing left to do leave the solution as it is', async () => {
  const { kernels, floats, take } = await open(8, true);
  const [state, squares] = [take(32), take(1)];
  floats[state / 4] = 3;
  kernels.conjugateBegin(state, squares);
  for (let step = 0; step < 3; step++) kernels.conjugateStep(state, squares);
  assert.deepEqual([...floats.subarray(state / 4, state / 4 + 8)], [3, 0, 0, 0, 0, 0, 0, 0]);
});

test('a matrix that is not positive definite gives no number', async () => {
  const { kernels, floats, take } = await open(8, true);
  const [matrix, inverses, vector] = [take(64), take(8), take(8)];
  floats[matrix / 4] = -1;
  floats[vector / 4] = 1;
  kernels.factorise(matrix, inverses, 0);
  kernels.substitute(matrix, inverses, vector);
  assert.ok(Number.isNaN(floats[vector / 4]));
});

test('the same width gives the same bytes, and another width others', () => {
  const digest = (width: number, fused: boolean): string =>
    createHash('sha256').update(kernelModule(width, fused)).digest('hex');
  assert.equal(digest(64, true), digest(64, true));
  assert.equal(new Set([digest(64, true), digest(64, false), digest(32, true)]).size, 3);
});

test('rows are padded to whole tiles', () => {
  assert.deepEqual([1, 8, 9, 64].map(paddedWidth), [8, 8, 16, 64]);
});
