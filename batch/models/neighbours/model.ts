import { createBestTitles } from '../../../domain/scores.ts';
import { viewName } from '../../../domain/views.ts';
import { columnOf, tableNamed, titlesOf } from '../model-tables.ts';
import type { Interactions, Model, ModelTable } from '../model.ts';
import { createPace, type Pace } from '../pace.ts';
import { createPairScorer, popularityPrior } from '../pair-scorer.ts';
import { newestOf, watchedTitlesTable, watchersOf } from '../sides.ts';
import { assertTrainable } from '../training-input.ts';
import { logLikelihoodRatio, shrunkLift, type CoWatch } from './significance.ts';

const NAME = 'neighbours';
const TABLE = 'neighbours';
const TITLES = 'titles';
/** Far below the root of any significant score. */
const MOST_PRIOR = 0.001;

export interface NeighboursOptions {
  /** Neighbours kept of each title. */
  readonly kept: number;
  /** G² that a pair needs; 10.83 comes by chance once in a thousand. */
  readonly leastSignificance: number;
  /** Profiles that watched both, at least. */
  readonly leastTimes: number;
  /** What orders the neighbours that are significant. */
  readonly measure: 'log-likelihood-ratio' | 'lift';
  /** Expected pairs that lift is drawn towards 1 by. */
  readonly shrinkage: number;
  /** Newest titles of a profile that pairs are made of. */
  readonly mostEntries: number;
}

const NEIGHBOURS_DEFAULTS: NeighboursOptions = {
  kept: 50,
  leastSignificance: 10.83,
  leastTimes: 3,
  measure: 'log-likelihood-ratio',
  shrinkage: 10,
  mostEntries: 1000,
};

/**
 * Co-watch neighbours: titles that the same profiles watched, oftener than chance explains. Its part `neighbours` holds
 * title_id, rank from 1, neighbour_id, score and times, the number of profiles that watched both; `titles` holds every
 * title_id and its profiles. A title's score for a profile is the sum over its history of weight × √score, each root
 * the standard score of a pair (√χ² of one degree).
 */
export function createNeighboursModel(given: Partial<NeighboursOptions> = {}): Model {
  const options = { ...NEIGHBOURS_DEFAULTS, ...given };
  return {
    name: NAME,
    view: viewName('neighbours'),
    async train({ interactions }, { onProgress }) {
      assertTrainable(NAME, interactions);
      const newest = newestOf(interactions, options.mostEntries);
      return [
        await neighbourTable(newest, options, createPace(onProgress)),
        watchedTitlesTable(TITLES, newest),
      ];
    },
    scorer(tables) {
      const table = tableNamed(NAME, tables, TABLE);
      const titles = tableNamed(NAME, tables, TITLES);
      return createPairScorer({
        titles: titlesOf(NAME, titles),
        prior: popularityPrior(columnOf(NAME, titles, 'profiles', 'INTEGER'), MOST_PRIOR),
        watched: titlesOf(NAME, table),
        scored: titlesOf(NAME, table, 'neighbour_id'),
        weights: columnOf(NAME, table, 'score', 'FLOAT').map((score) => Math.sqrt(Math.max(0, score))),
      });
    },
  };
}

interface Pairs {
  readonly titles: number[];
  readonly ranks: number[];
  readonly neighbours: number[];
  readonly scores: number[];
  readonly times: number[];
}

async function neighbourTable(
  interactions: Interactions,
  { kept, ...options }: NeighboursOptions,
  pace: Pace,
): Promise<ModelTable> {
  const { titles } = interactions;
  const best = createBestTitles(Math.min(kept, titles.length));
  const counter = createCoWatchCounter(interactions);
  const scores = new Float32Array(titles.length);
  const pairs: Pairs = { titles: [], ranks: [], neighbours: [], scores: [], times: [] };
  for (let title = 0; title < titles.length; title++) {
    const met = counter.count(title);
    for (let place = 0; place < met.length; place++)
      scores[place] = scoreOf(counter.pair(title, met[place]!), options);
    const size = best.select(scores, met.length);
    for (let rank = 0; rank < size; rank++) {
      const neighbour = met[best.titles[rank]!]!;
      pairs.titles.push(title);
      pairs.ranks.push(rank + 1);
      pairs.neighbours.push(neighbour);
      pairs.scores.push(best.scores[rank]!);
      pairs.times.push(counter.pair(title, neighbour).both);
    }
    await pace(title / titles.length);
  }
  return {
    name: TABLE,
    rows: pairs.titles.length,
    columns: {
      title_id: { type: 'VARCHAR', values: pairs.titles.map((title) => titles[title]!) },
      rank: { type: 'INTEGER', values: Int32Array.from(pairs.ranks) },
      neighbour_id: { type: 'VARCHAR', values: pairs.neighbours.map((title) => titles[title]!) },
      score: { type: 'FLOAT', values: Float32Array.from(pairs.scores) },
      times: { type: 'INTEGER', values: Int32Array.from(pairs.times) },
    },
  };
}

/** −∞ for a pair that is not significant. */
function scoreOf(
  pair: CoWatch,
  { leastSignificance, leastTimes, measure, shrinkage }: Omit<NeighboursOptions, 'kept'>,
): number {
  if (pair.both < leastTimes) return -Infinity;
  const significance = logLikelihoodRatio(pair);
  if (significance < leastSignificance) return -Infinity;
  return measure === 'lift' ? shrunkLift(pair, shrinkage) : significance;
}

/** Counts what was watched with one title after another, in memory of one number for each title. */
function createCoWatchCounter(interactions: Interactions): {
  /** The titles watched with this one, rising. */
  count(title: number): Uint32Array;
  /** Of the title counted last. */
  pair(title: number, other: number): CoWatch;
} {
  const { profiles, titles, rowStarts, columns } = interactions;
  const watchers = watchersOf(interactions);
  const times = new Uint32Array(titles.length);
  const met = new Uint32Array(titles.length);
  let size = 0;
  const watched = (title: number): number =>
    watchers.columnStarts[title + 1]! - watchers.columnStarts[title]!;
  return {
    count(title) {
      for (let place = 0; place < size; place++) times[met[place]!] = 0;
      size = 0;
      for (let at = watchers.columnStarts[title]!; at < watchers.columnStarts[title + 1]!; at++) {
        const profile = watchers.profiles[at]!;
        for (let entry = rowStarts[profile]!; entry < rowStarts[profile + 1]!; entry++) {
          const other = columns[entry]!;
          if (other === title) continue;
          if (times[other]! === 0) met[size++] = other;
          times[other]! += 1;
        }
      }
      return met.subarray(0, size).sort();
    },
    pair: (title, other) => ({
      both: times[other]!,
      first: watched(title),
      second: watched(other),
      profiles: profiles.length,
    }),
  };
}
