/** The sink as it is deployed, measured: its own assembly, reporting to the benchmark. */
import { loadConfig } from '../../infra/config.ts';
import { createLog } from '../../infra/log.ts';
import { startSink } from '../../streaming/sink/process.ts';
import { reportToParent } from './measured-process.ts';

const closers: (() => Promise<void> | void)[] = [];
await startSink({
  config: loadConfig(),
  log: createLog({ name: 'sink', level: 'warn' }),
  onClose: (close) => void closers.push(close),
  fail: (error) => {
    throw error;
  },
});
reportToParent('', async () => {
  for (const close of closers.toReversed()) await close();
});
