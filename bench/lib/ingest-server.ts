/** Ingestion as it is deployed, measured: the ingest process' own assembly, reporting to the benchmark. */
import { loadConfig } from '../../infra/config.ts';
import { createLog } from '../../infra/log.ts';
import { startIngest } from '../../streaming/ingest/process.ts';
import { reportToParent } from './measured-process.ts';

const config = loadConfig();
const closers: (() => Promise<void> | void)[] = [];
const url = await startIngest({
  config,
  log: createLog({ name: 'ingest', level: 'warn' }),
  onClose: (close) => void closers.push(close),
  fail: (error) => {
    throw error;
  },
});
reportToParent(url, async () => {
  for (const close of closers.toReversed()) await close();
});
