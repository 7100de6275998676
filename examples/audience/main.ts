/**
 * Lets a seeded audience use a running stack: pages from serving, events to ingest. See README.md.
 *
 *   node examples/audience/main.ts --viewers 200 --days 1 --speed 600
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { DAY_MS } from '../../domain/time.ts';
import { loadConfig } from '../../infra/config.ts';
import { fetchMovielens } from '../../infra/datasets/movielens.ts';
import { seededDataSet } from '../../infra/datasets/seeded.ts';
import { createLiveClock } from './clock.ts';
import { askOverHttp, tellOverHttp } from './over-http.ts';
import { runAudience, type ViewerOutcome } from './run.ts';
import { sessionsOf } from './sessions.ts';
import { createAudience } from './tastes.ts';

const CONCURRENCY = 64;
const TIMEOUT_MS = 10_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      viewers: { type: 'string', default: '200' },
      days: { type: 'string', default: '1' },
      speed: { type: 'string', default: '600' },
      rows: { type: 'string', default: '8' },
      limit: { type: 'string', default: '20' },
      authorization: { type: 'string' },
      seeded: { type: 'boolean', default: false },
    },
  });
  const config = loadConfig();
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const data = values.seeded
    ? seededDataSet('asked for')
    : await fetchMovielens({ cacheDir: config.local.cacheDir });
  const [seed, viewers, days, speed] = [values.seed, values.viewers, values.days, values.speed].map(Number);
  const fromMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const audience = createAudience(data, { seed: seed!, viewers });
  const sessions = sessionsOf(audience, { seed: seed!, fromMs, days: days! });
  say(`${audience.length} viewers of ${data.source}, ${sessions.length} sessions`);
  const outcomes = await runAudience(sessions, {
    ask: askOverHttp({
      url: `http://127.0.0.1:${config.serving.port}`,
      ...{ rows: Number(values.rows), limit: Number(values.limit), timeoutMs: TIMEOUT_MS },
      authorization: values.authorization,
    }),
    tell: tellOverHttp(`http://127.0.0.1:${config.ingest.port}`),
    clock: createLiveClock(fromMs, speed!),
    ...{ seed: seed!, region: config.region, runId: randomUUID().slice(0, 8), concurrency: CONCURRENCY },
  });
  process.stdout.write(`${JSON.stringify(totalsOf(outcomes))}\n`);
}

function totalsOf(outcomes: readonly ViewerOutcome[]): Record<string, number> {
  const sum = (of: (one: ViewerOutcome) => number): number => outcomes.reduce((all, one) => all + of(one), 0);
  const impressions = sum((one) => one.impressions);
  const plays = sum((one) => one.plays);
  return {
    viewers: outcomes.length,
    sessions: sum((one) => one.sessions),
    pages: sum((one) => one.pages),
    ...{ impressions, plays },
    searches: sum((one) => one.searches),
    plays_per_impression: impressions === 0 ? 0 : plays / impressions,
  };
}

await main();
