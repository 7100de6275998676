/** Starts the worker process. */
import { runService } from '../service.ts';
import { startWorkerProcess } from './worker-process.ts';

await runService('worker', startWorkerProcess);
