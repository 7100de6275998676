/**
 * `npm run evaluate -- --home [--json] [--quick]`: what each ingredient of the home page is worth. On MovieLens 100k in the order
 * of time: pages of nobody, of stale factors, with the newest plays folded in. On the seeded audience (examples/audience):
 * context and impression memory, and personalised pages against plain Trending. Prints figures with intervals of 95 %, as one
 * line of JSON at the end with `--json`. With `--quick` a small made-up data set, to see that everything runs.
 */
import { loadLocalConfig } from '../infra/config.ts';
import { fetchMovielens } from '../infra/datasets/movielens.ts';
import { seededDataSet } from '../infra/datasets/seeded.ts';
import type { Figures } from './lib/benchmark.ts';
import { runAudienceContest, type AudienceOutcomes } from './lib/evaluate-home/audience-contest.ts';
import { audienceFigures, replayFigures } from './lib/evaluate-home/figures.ts';
import { replayPages, type Replayed } from './lib/evaluate-home/replay.ts';

const PAGE = { rows: 8, limit: 20 };
const FULL = {
  seeds: [1, 2, 3],
  factors: 64,
  trainings: [0.5, 0.6, 0.7, 0.8, 0.9],
  every: 20,
  viewers: 943,
  days: 14,
};
const QUICK = { seeds: [1, 2], factors: 8, trainings: [0.5, 0.75], every: 20, viewers: 20, days: 3 };
const QUICK_SHAPE = { seed: 1, ratings: 3000, titles: 150, users: 80 };

/** The figures; talk goes to `say`. Throws SERVER_MISSING and DOWNLOAD_CORRUPT where the data cannot be had. */
export async function evaluateHome(isQuick: boolean, say: (line: string) => void): Promise<Figures> {
  const { seeds, factors, trainings, every, viewers, days } = isQuick ? QUICK : FULL;
  const data = isQuick
    ? seededDataSet('a quick run', QUICK_SHAPE)
    : await fetchMovielens({ cacheDir: loadLocalConfig().local.cacheDir });
  const before = process.cpuUsage();
  const replayed: Replayed[] = [];
  const outcomes: AudienceOutcomes[] = [];
  for (const seed of seeds) {
    replayed.push(await replayPages(data, { seed, factors, trainings, every, ...PAGE }));
    say(`seed ${seed}: ${replayed.at(-1)!.plays} plays of ${data.source} in the order of time`);
    outcomes.push(await runAudienceContest(data, { seed, factors, viewers, days, ...PAGE }));
    say(`seed ${seed}: ${outcomes.at(-1)!.personalised.length} viewers of the seeded audience`);
  }
  const { user, system } = process.cpuUsage(before);
  return {
    data: data.source,
    seeds: seeds.length,
    rows: PAGE.rows,
    limit: PAGE.limit,
    ...replayFigures(replayed),
    ...audienceFigures(outcomes),
    cpu_s: Math.round((user + system) / 1e6),
  };
}
