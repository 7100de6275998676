/** A thread of the pool: it does pieces of each task that it is told of until none is left, and says so. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadKernels } from '../../kernels/kernels.ts';
import type { ThreadStart, ThreadSaid } from './pool.ts';
import { createPieces, takePiece, type Task } from './tasks.ts';

const { module, memory, width, scratch } = workerData as ThreadStart;
const runPiece = createPieces(await loadKernels(module, memory), memory, width, scratch);
const words = new Int32Array(memory.buffer);

parentPort?.on('message', (task: Task) => {
  let unsolved = 0;
  for (let piece = takePiece(words, task); piece !== undefined; piece = takePiece(words, task))
    unsolved += runPiece(task, piece);
  parentPort?.postMessage({ unsolved } satisfies ThreadSaid);
});
