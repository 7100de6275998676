/** The speed stage as `streaming/speed/process.ts` assembles it, measured: Kafka, checkpoints and leases in the object store. */
import { loadConfig } from '../../infra/config.ts';
import { createLog } from '../../infra/log.ts';
import { openStages } from '../../streaming/speed/threads.ts';
import { answerLines } from './line-process.ts';
import { cpuSeconds } from './process-cpu.ts';

const config = loadConfig();
const log = createLog({ name: 'speed', level: config.logLevel });

let records = 0;
/** How long each partition took to be taken over. */
const openings: number[] = [];
/** Partitions by how many records are left, and those of which nothing is left and all is published. */
const lags = new Map<string, number>();
const finished = new Set<string>();

const stage = await openStages(config, log, {
  rawHighBelow: () => () => Promise.resolve(undefined),
  onFault: fail,
  onProgress(topic, partition, count, lag) {
    records += count;
    const name = `${topic}/${partition}`;
    lags.set(name, lag);
    finished.delete(name);
  },
  onOpened: (_topic, _partition, durationMs) => void openings.push(durationMs),
  // A flush that ends after the last record was folded has published it: both are in single file.
  onFlush(topic, partition) {
    const name = `${topic}/${partition}`;
    if (lags.get(name) === 0) finished.add(name);
  },
});
stage.closed.catch(fail);

answerLines(
  {
    sample: () => ({ records, cpuSeconds: cpuSeconds(), finished: [...finished] }),
    openings: () => ({ openingsMs: openings, rssBytes: process.memoryUsage().rss }),
  },
  () => stage.stop(),
);

function fail(error: unknown): never {
  log.fatal({ err: error }, 'speed cannot go on');
  process.exit(1);
}
