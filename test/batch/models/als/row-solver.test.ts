import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadKernels, kernelModule } from '../../../../batch/kernels/kernels.ts';
import { createArena } from '../../../../batch/models/als/memory.ts';
import { createRowSolver, scratchBytes } from '../../../../batch/models/als/row-solver.ts';
import type { SolveTask } from '../../../../batch/models/als/tasks.ts';
import { createRandom } from '../../../../domain/random.ts';
import { solveDense } from './dense.ts';

const WIDTH = 8;
const TITLES = 30;

test('a row that 32 bits are not enough for is solved in 64, with what was passed over', async () => {
  const arena = createArena(1 << 16);
  const random = createRandom(3);
  const table = Float32Array.from({ length: TITLES * WIDTH }, () => random.next() - 0.4);
  const columns = Uint32Array.of(1, 4, 9, 20);
  const strengths = Float32Array.of(2, -3, 0.5, -0.25);
  const task: SolveTask = {
    kind: 'solve',
    counter: arena.allocate(4),
    pieces: 1,
    bounds: arena.put(Uint32Array.of(0, 1)),
    rowStarts: arena.put(Uint32Array.of(0, columns.length)),
    columns: arena.put(columns),
    strengths: arena.put(strengths),
    ridges: arena.put(Float32Array.of(0.5)),
    source: arena.put(table),
    sourceRows: TITLES,
    base: arena.allocate(WIDTH * WIDTH * 4),
    target: arena.allocate(WIDTH * 4),
    steps: 0,
  };
  const kernels = await loadKernels(kernelModule(WIDTH, true), arena.memory);
  const overwhelmed = {
    ...kernels,
    substitute: (_matrix: number, _inverses: number, vector: number) =>
      void arena.floatsAt(vector, WIDTH).fill(NaN),
  };
  const solver = createRowSolver(overwhelmed, arena, WIDTH, arena.allocate(scratchBytes(WIDTH)));
  assert.equal(solver.solve(task, 0), true);
  const expected = solveDense(table, WIDTH, columns, strengths, 0.5);
  arena
    .floatsAt(task.target, WIDTH)
    .forEach((value, k) => assert.ok(Math.abs(value - expected[k]!) < 1e-6, `${value}, ${expected[k]}`));
});
