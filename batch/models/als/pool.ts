import { extname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { kernelModule, loadKernels } from '../../kernels/kernels.ts';
import type { SharedMemory } from '../../kernels/web-assembly.ts';
import { allocated, type Address, type Arena } from './memory.ts';
import { createPieces, scratchBytes, takeAll, takePiece, type RunPiece, type Task } from './tasks.ts';

/** What a thread is started with. */
export interface ThreadStart {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly memory: SharedMemory;
  readonly width: number;
  readonly scratch: Address;
}

/** What a thread says once a task has no pieces left for it. */
export interface ThreadSaid {
  readonly unsolved: number;
}

/** Threads that share an arena, this one among them. */
export interface SolverPool {
  /**
   * Does all pieces of a task, one task at a time, and says how many rows have no finite solution. `onProgress` is called here between pieces with
   * the share taken; when it throws, no further piece is begun, and its error is thrown once all threads rest.
   */
  run(task: Task, onProgress?: (share: number) => void): Promise<number>;
  close(): Promise<void>;
}

export const poolBytes = (threads: number, width: number): number =>
  (threads + 1) * allocated(scratchBytes(width));

/** `threads` beside this one. */
export async function createSolverPool(
  arena: Arena,
  options: { readonly threads: number; readonly width: number; readonly fused: boolean },
): Promise<SolverPool> {
  const { threads, width, fused } = options;
  const { memory } = arena;
  const module = kernelModule(width, fused);
  const words = new Int32Array(memory.buffer);
  const start = (): ThreadStart => ({ module, memory, width, scratch: arena.allocate(scratchBytes(width)) });
  // All memory first: where there is too little, no thread has begun.
  const own = start();
  const theirs = Array.from({ length: threads }, start);
  const runPiece = createPieces(await loadKernels(module, memory), memory, width, own.scratch);
  const others = theirs.map(startThread);

  return {
    async run(task, onProgress) {
      Atomics.store(words, task.counter / 4, 0);
      const told = Promise.allSettled(others.map((thread) => thread.run(task)));
      const mine = await Promise.allSettled([takePieces(task, words, runPiece, onProgress)]);
      const results = [...mine, ...(await told)];
      let unsolved = 0;
      for (const result of results) {
        if (result.status === 'rejected') throw result.reason;
        unsolved += result.value;
      }
      return unsolved;
    },
    async close() {
      await Promise.all(others.map((thread) => thread.close()));
    },
  };
}

/** What comes of `work`; the pool is closed where that fails. */
export async function whileOpen<T>(pool: Pick<SolverPool, 'close'>, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await pool.close();
    throw error;
  }
}

async function takePieces(
  task: Task,
  words: Int32Array,
  runPiece: RunPiece,
  onProgress?: (share: number) => void,
): Promise<number> {
  let unsolved = 0;
  try {
    for (let piece = takePiece(words, task); piece !== undefined; piece = takePiece(words, task)) {
      unsolved += runPiece(task, piece);
      onProgress?.((piece + 1) / task.pieces);
      await setImmediate();
    }
  } catch (error) {
    takeAll(words, task);
    throw error;
  }
  return unsolved;
}

interface Thread {
  run(task: Task): Promise<number>;
  close(): Promise<void>;
}

function startThread(workerData: ThreadStart): Thread {
  const worker = new Worker(new URL(`./thread${extname(import.meta.filename)}`, import.meta.url), {
    workerData,
  });
  let failure: Error | undefined;
  let waiting: PromiseWithResolvers<number> | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    waiting?.reject(failure);
  };
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => fail(new Error(`a thread of the solver ended with ${code}`)));
  worker.on('message', ({ unsolved }: ThreadSaid) => waiting?.resolve(unsolved));
  return {
    async run(task) {
      if (failure !== undefined) throw failure;
      waiting = Promise.withResolvers();
      worker.postMessage(task);
      return waiting.promise;
    },
    async close() {
      await worker.terminate();
    },
  };
}
