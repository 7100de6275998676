/** What threads do, piece by piece, on memory that they share. What a piece writes depends on nothing but what the task reads. */
import type { Kernels } from '../../kernels/kernels.ts';
import type { SharedMemory } from '../../kernels/web-assembly.ts';
import { allocated, type Address } from './memory.ts';
import { createRowSolver, scratchBytes as solverBytes } from './row-solver.ts';

/** Products of a table's rows with themselves, in runs of rows that are added up later: f32 sums stay short, and their order fixed. */
export interface GramTask {
  readonly kind: 'gram';
  /** Counts the pieces that were taken. */
  readonly counter: Address;
  readonly pieces: number;
  readonly table: Address;
  readonly rows: number;
  readonly rowsOfPiece: number;
  /** A square of floats for each piece. */
  readonly sums: Address;
}

export interface SolveTask {
  readonly kind: 'solve';
  readonly counter: Address;
  readonly pieces: number;
  /** The first row of each piece, and the end. */
  readonly bounds: Address;
  readonly rowStarts: Address;
  readonly columns: Address;
  readonly strengths: Address;
  readonly ridges: Address;
  /** The table whose rows are `columns`. */
  readonly source: Address;
  readonly sourceRows: number;
  /** The product of the source with itself, both triangles. */
  readonly base: Address;
  /** The table that is written. */
  readonly target: Address;
  /** 0 solves exactly. */
  readonly steps: number;
}

export type Task = GramTask | SolveTask;

/** Runs one piece, and says how many rows have no finite solution. */
export type RunPiece = (task: Task, piece: number) => number;

/** Bytes that one thread needs of its own. */
export const scratchBytes = (width: number): number => allocated(solverBytes(width));

export function createPieces(
  kernels: Kernels,
  memory: SharedMemory,
  width: number,
  scratch: Address,
): RunPiece {
  const floats = new Float32Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  const solver = createRowSolver(kernels, { floats, words }, width, scratch);
  const square = width * width;

  const gram = ({ table, rows, rowsOfPiece, sums }: GramTask, piece: number): number => {
    const out = sums + piece * square * 4;
    const first = piece * rowsOfPiece;
    floats.fill(0, out / 4, out / 4 + square);
    kernels.addGram(table + first * width * 4, Math.min(rowsOfPiece, rows - first), out, out);
    return 0;
  };
  const solve = (task: SolveTask, piece: number): number => {
    const end = words[task.bounds / 4 + piece + 1]!;
    let unsolved = 0;
    for (let row = words[task.bounds / 4 + piece]!; row < end; row++)
      if (!solver.solve(task, row)) unsolved += 1;
    return unsolved;
  };
  return (task, piece) => (task.kind === 'gram' ? gram(task, piece) : solve(task, piece));
}

/** The next piece that nobody has taken. */
export function takePiece(words: Int32Array, { counter, pieces }: Task): number | undefined {
  const piece = Atomics.add(words, counter / 4, 1);
  return piece < pieces ? piece : undefined;
}

/** Leaves nothing for anyone to take. */
export const takeAll = (words: Int32Array, { counter, pieces }: Task): void =>
  void Atomics.store(words, counter / 4, pieces);
