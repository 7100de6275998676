/**
 * Follows a view and writes its largest titles down as CSV, for a program that knows nothing of Marquee:
 *
 *   node examples/subscriber/main.ts popularity /tmp/follows > titles.csv
 *
 * It goes on until it is interrupted; each announced version is one more block of lines.
 */
import { loadConfig } from '../../infra/config.ts';
import { subscribe } from '../../infra/hermes/subscribe.ts';
import { createLargestRows } from './largest-rows.ts';

const [view = 'popularity', dir = 'data/example-subscriber'] = process.argv.slice(2);
const largest = await createLargestRows({ part: 'totals', key: 'title_id', measure: 'plays', limit: 20 });
const subscription = await subscribe({
  ...{ config: loadConfig(), view, dir },
  async onVersion({ manifest, parts }) {
    const rows = await largest.of(parts);
    for (const [title, plays] of rows) process.stdout.write(`${manifest.version},${title},${plays}\n`);
  },
});
async function stop(): Promise<void> {
  await subscription.close();
  await largest.close();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
