/**
 * One row of one side (Hu, Koren and Volinsky 2008, equation 4): with Y the other side's factors, s the strengths of the
 * row's entries and c = 1 + s,
 *
 *   (YᵀY + Σ |s| y yᵀ + λ I) x = Σ c y
 *
 * The sum on the right is over what was watched, that on the left also over what was passed over, where s is below 0.
 */
import { createFoldIn, type FoldIn } from '../../../domain/fold-in.ts';
import type { Kernels } from '../../kernels/kernels.ts';
import { isWatched } from './matrix.ts';
import { allocated, type Address } from './memory.ts';
import type { SolveTask } from './tasks.ts';

/** Entries whose factors are gathered at once: 32 KiB at 64 factors, which a first-level cache holds beside the matrix's tiles. */
const PANEL_ROWS = 96;
const STATE_VECTORS = 4;

interface Views {
  readonly floats: Float32Array;
  readonly words: Uint32Array;
}

export interface RowSolver {
  /** Writes the row's factors to the target; says false, and writes zeros, where they are not finite. */
  solve(task: SolveTask, row: number): boolean;
}

export const scratchBytes = (width: number): number =>
  [PANEL_ROWS * width, width * width, width, width, STATE_VECTORS * width, 1]
    .map((floats) => allocated(floats * 4))
    .reduce((sum, bytes) => sum + bytes, 0);

export function createRowSolver(
  kernels: Kernels,
  { floats, words }: Views,
  width: number,
  scratch: Address,
): RowSolver {
  let next = scratch;
  const take = (count: number): Address => {
    const address = next;
    next += allocated(count * 4);
    return address;
  };
  const panel = take(PANEL_ROWS * width);
  const matrix = take(width * width);
  const inverses = take(width);
  const pull = take(width);
  const state = take(STATE_VECTORS * width);
  const squares = take(1);
  const bytes = width * 4;

  const exact = (task: SolveTask, first: number, count: number, ridge: number, out: Address): void => {
    floats.fill(0, pull / 4, pull / 4 + width);
    let base = task.base;
    for (let done = 0; done < count; done += PANEL_ROWS) {
      const rows = Math.min(PANEL_ROWS, count - done);
      const at = (first + done) * 4;
      kernels.gather(task.columns + at, task.strengths + at, rows, task.source, panel, pull, 1);
      kernels.addGram(panel, rows, base, matrix);
      base = matrix;
    }
    kernels.factorise(matrix, inverses, ridge);
    kernels.substitute(matrix, inverses, pull);
    floats.copyWithin(out / 4, pull / 4, pull / 4 + width);
  };

  const approach = (task: SolveTask, first: number, count: number, ridge: number, out: Address): void => {
    const columns = task.columns + first * 4;
    const strengths = task.strengths + first * 4;
    const [residual, direction, product] = [state + bytes, state + 2 * bytes, state + 3 * bytes];
    floats.copyWithin(state / 4, out / 4, out / 4 + width);
    kernels.applyBase(task.base, state, residual, ridge, -1);
    kernels.applyEntries(columns, strengths, count, task.source, state, residual, 1, -1, 1);
    kernels.conjugateBegin(state, squares);
    for (let step = 0; step < task.steps; step++) {
      kernels.applyBase(task.base, direction, product, ridge, 1);
      kernels.applyEntries(columns, strengths, count, task.source, direction, product, 0, 1, 0);
      kernels.conjugateStep(state, squares);
    }
    floats.copyWithin(out / 4, state / 4, state / 4 + width);
  };

  const isFinite = (from: number): boolean => {
    let sum = 0;
    // What is not finite gives NaN, and NaN stays.
    for (let i = from; i < from + width; i++) sum += floats[i]! * 0;
    return sum === 0;
  };

  /** In 64 bits, for rows that 32 are not enough for. */
  const again = (task: SolveTask, first: number, count: number, ridge: number, out: Address): boolean => {
    const columns = words.subarray(task.columns / 4 + first, task.columns / 4 + first + count);
    const strengths = floats.subarray(task.strengths / 4 + first, task.strengths / 4 + first + count);
    const confidences = Float32Array.from(strengths, (strength) =>
      isWatched(strength) ? 1 + strength : strength - 1,
    );
    return foldIn(task).solve(columns, confidences, count, ridge, floats, out / 4);
  };
  let held: { readonly task: SolveTask; readonly foldIn: FoldIn } | undefined;
  const foldIn = (task: SolveTask): FoldIn => {
    if (held?.task !== task) {
      const { source, sourceRows } = task;
      const values = floats.subarray(source / 4, source / 4 + sourceRows * width);
      held = { task, foldIn: createFoldIn({ values, width }) };
    }
    return held.foldIn;
  };

  return {
    solve(task, row) {
      const first = words[task.rowStarts / 4 + row]!;
      const count = words[task.rowStarts / 4 + row + 1]! - first;
      const ridge = floats[task.ridges / 4 + row]!;
      const out = task.target + row * bytes;
      if (count === 0) {
        floats.fill(0, out / 4, out / 4 + width);
        return true;
      }
      if (task.steps === 0) exact(task, first, count, ridge, out);
      else approach(task, first, count, ridge, out);
      return isFinite(out / 4) || again(task, first, count, ridge, out);
    },
  };
}
