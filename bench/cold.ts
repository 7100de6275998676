/**
 * What factors for new titles are worth, on MovieLens 100k, with ALS as it is published: a tenth of the titles is taken out of the data and comes back
 * with 0, 1, 3 or 10 of its watchers; the others are asked for. `--seeds=n` draws other titles n times and takes the mean.
 */
import { measureColdGain, type ColdGain, type ColdMethod } from '../batch/models/cold/gain.ts';
import { ALS_TUNED } from '../batch/models/als/settings.ts';
import { alsFactors } from '../batch/models/models.ts';
import { fadedInteractions } from '../batch/models/recent.ts';
import { loadLocalConfig } from '../infra/config.ts';
import { fetchMovielens } from '../infra/datasets/movielens.ts';
import { round, type Benchmark, type Figures } from './lib/benchmark.ts';
import { watchedOf } from './lib/evaluate/movielens.ts';

const MEASURES = {
  percentile: 'percentile',
  percentile_among_new: 'percentileAmongNew',
  recall_at_100: 'recallAt100',
  new_of_100: 'newOf100',
} as const satisfies Record<string, keyof ColdGain>;

const NAMES: Readonly<Record<ColdMethod, string>> = {
  none: 'none',
  content: 'content',
  foldedIn: 'folded_in',
  moved: 'moved',
};

export const benchmark: Benchmark = async ({ say, option }) => {
  const watched = watchedOf(await fetchMovielens({ cacheDir: loadLocalConfig().local.cacheDir }));
  // Faded once, for training and for folding in.
  const { recency, ...settings } = ALS_TUNED;
  const interactions =
    recency === undefined ? watched.interactions : fadedInteractions(watched.interactions, recency);
  const data = { ...watched, interactions };
  const seeds = Number(option('seeds', '3'));
  const runs: ColdGain[][] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    runs.push(await measureColdGain(alsFactors(settings), data, { seed, threads: 1 }));
    say(`seed ${seed}: ${runs.at(-1)?.[0]?.asked ?? 0} pairs were asked for`);
  }
  return figuresOf(runs);
};

/** Each figure is the mean of the runs: `moved_3_percentile` is of titles that came back with 3 watchers. */
function figuresOf(runs: readonly ColdGain[][]): Figures {
  const figures: Record<string, number> = {};
  for (const [index, { left, method }] of (runs[0] ?? []).entries()) {
    // Without plays these two are the same.
    if (left > 0 && (method === 'none' || method === 'content')) continue;
    for (const [name, measure] of Object.entries(MEASURES)) {
      const mean = runs.reduce((sum, run) => sum + run[index]![measure], 0) / runs.length;
      figures[`${NAMES[method]}_${left}_${name}`] = round(mean);
    }
  }
  return figures;
}
