/** Starts the serving process, or as many of them as the configuration says. */
import { startServing } from '../../serving/process.ts';
import { createLog } from '../log.ts';
import { configOrExit, runService } from '../service.ts';
import { isFirstProcess, runWorkers } from '../workers.ts';

const config = configOrExit();
const { workers: count } = config.serving;
if (count > 1 && isFirstProcess()) {
  const log = createLog({ name: 'serving', level: config.logLevel, ...config.log });
  const environmentOf = (worker: number) => ({ SERVING_WORKER: String(worker) });
  process.exit(await runWorkers({ count, environmentOf, shutdownTimeoutMs: config.shutdownTimeoutMs, log }));
}
await runService('serving', startServing, { follows: false });
