/**
 * The kernels of the factor models, made for one number of factors: a WebAssembly module written here, at run time, from the
 * instructions of this folder; the same width gives the same bytes.
 */
import { factoriseKernel, substituteKernel } from './cholesky.ts';
import {
  applyBaseKernel,
  applyEntriesKernel,
  conjugateBeginKernel,
  conjugateStepKernel,
} from './conjugate.ts';
import { encodeModule } from './encoding.ts';
import { gatherKernel } from './gather.ts';
import { gramKernel, TILE_COLUMNS } from './gram.ts';
import { createVectorMaths } from './instructions.ts';
import { webAssembly, type SharedMemory } from './web-assembly.ts';

/** 4 GiB, all that 32 bits address. */
export const MAXIMUM_PAGES = 65_536;
export const PAGE_BYTES = 65_536;

/** Numbers are addresses in the memory, counts, and factors of the formulas; each kernel's file says what it does. */
export interface Kernels {
  addGram(panel: number, rows: number, base: number, out: number): void;
  gather(
    columns: number,
    strengths: number,
    count: number,
    source: number,
    panel: number,
    pull: number,
    observed: number,
  ): void;
  factorise(matrix: number, inverses: number, ridge: number): void;
  substitute(matrix: number, inverses: number, vector: number): void;
  applyBase(base: number, vector: number, out: number, ridge: number, sign: number): void;
  applyEntries(
    columns: number,
    strengths: number,
    count: number,
    source: number,
    vector: number,
    out: number,
    constant: number,
    slope: number,
    observed: number,
  ): void;
  conjugateBegin(state: number, squares: number): void;
  conjugateStep(state: number, squares: number): void;
}

/** Floats that a row of this many factors takes in memory; those past the factors are 0. */
export const paddedWidth = (factors: number): number => Math.ceil(factors / TILE_COLUMNS) * TILE_COLUMNS;

/**
 * `width` is a multiple of 8. With `fused`, products are added with one rounding on machines that can (x86-64 with FMA, arm64, all alike), and
 * with two on others.
 */
export function kernelModule(width: number, fused: boolean): Uint8Array<ArrayBuffer> {
  const maths = createVectorMaths(fused);
  const makers = [
    gramKernel,
    gatherKernel,
    factoriseKernel,
    substituteKernel,
    applyBaseKernel,
    applyEntriesKernel,
    conjugateBeginKernel,
    conjugateStepKernel,
  ];
  return encodeModule(
    makers.map((make) => make(width, maths)),
    MAXIMUM_PAGES,
  );
}

/** Shared by all threads, and of a fixed size; addresses below `PAGE_BYTES` are not used. */
export function createKernelMemory(bytes: number): SharedMemory {
  const pages = 1 + Math.ceil(bytes / PAGE_BYTES);
  return new webAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

export async function loadKernels(module: Uint8Array<ArrayBuffer>, memory: SharedMemory): Promise<Kernels> {
  const { instance } = await webAssembly.instantiate(module, { env: { memory } });
  return instance.exports as Kernels;
}
