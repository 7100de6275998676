/** The lists that all pages of a country share, from one standing: what trends, what is popular, take rates. */
import type { Country, TitleId } from '../../domain/ids.ts';
import { atOnce } from '../../domain/in-slices.ts';
import type { CountSource } from '../../domain/merge.ts';
import type { RankedList, SharedLists, TitleTable } from '../../domain/ranking/types.ts';
import { createSortedBest } from '../../domain/sorted-best.ts';
import { takeRate, type TakeRatePrior } from '../../domain/take-rate.ts';
import { blend, surprise, trendWindows, type TrendWindows } from '../../domain/trending.ts';
import type { NumberedTitles } from '../library/titles.ts';
import { WINDOW_MS } from '../rows/rankings.ts';
import type { Standing } from '../standing.ts';
import { takeRatesOf } from '../take-rates.ts';
import {
  addTotals,
  addWindows,
  clearTotals,
  clearWindows,
  copyCounted,
  createCounted,
  type Counted,
} from './counted.ts';

/** Titles of a list: more than any row scores. */
const MOST_TITLES = 2000;

export interface ListRules {
  /** Plays of the last hour below which a title does not trend, while no policy is published. */
  readonly minPlays: number;
  readonly smoothing: number;
  readonly takeRateStrength: number;
}

/**
 * Makes lists again and again for one table of titles and one country. What the batch view says is added up once for a
 * version of it, and for its windows once in five minutes: a new list costs what the speed layer holds.
 */
export interface ListMaker {
  readonly country: Country | null;
  /** From what `countFor` counted last. */
  make(from: CountedStanding, minPlays: number): SharedLists;
  /** What `countFor` works on. */
  readonly counts: {
    readonly batch: Counted;
    readonly all: Counted;
    totalsOf: CountSource | undefined;
    windowsOf: { readonly key: string; readonly from: CountSource } | undefined;
  };
}

/** A standing, and what was told of it when it was counted. */
export interface CountedStanding {
  readonly standing: Standing;
  readonly range: TrendWindows;
  readonly prior: TakeRatePrior | null;
}

/** Counts for several countries at once: both lanes are gone through once, whatever their number. Each country once. */
export const countFor = (...given: Parameters<typeof countInSteps>): CountedStanding =>
  atOnce(countInSteps(...given));

/** Five-minute buckets of a step. */
const STEP_BUCKETS = 3;
const NO_BUCKETS = [0, 0] as const;

/**
 * The same in steps, between which requests can be answered. It is only good if from the first step to the last nobody else
 * counted for the same makers, and the standing's batch view and cut were not replaced.
 */
export function* countInSteps(
  titles: NumberedTitles,
  makers: readonly Pick<ListMaker, 'counts'>[],
  standing: Standing,
  { takeRateStrength }: Pick<ListRules, 'takeRateStrength'>,
): Generator<void, CountedStanding> {
  const { batch, speed, windowsEnd } = standing;
  const range = trendWindows(WINDOW_MS['1h'], windowsEnd);
  const key = range.current.join();
  const counts = makers.map((maker) => maker.counts);
  const oldTotals = counts.filter(({ totalsOf }) => totalsOf !== batch);
  for (const one of oldTotals) {
    clearTotals(one.batch);
    // Who gives up in between leaves nothing that anybody would go on from.
    one.totalsOf = undefined;
  }
  yield* addTotals(
    titles,
    batch,
    oldTotals.map((one) => one.batch),
  );
  for (const one of oldTotals) one.totalsOf = batch;
  const oldWindows = counts.filter(({ windowsOf }) => windowsOf?.key !== key || windowsOf.from !== batch);
  for (const one of oldWindows) clearWindows(one.batch);
  addWindows(
    titles,
    batch,
    range,
    oldWindows.map((one) => one.batch),
  );
  for (const one of oldWindows) one.windowsOf = { key, from: batch };
  yield;
  const all = counts.map((one) => one.all);
  for (const one of counts) copyCounted(one.batch, one.all);
  yield;
  yield* addTotals(titles, speed, all);
  const { prior } = takeRatesOf(standing, takeRateStrength);
  const { current, previous } = range;
  for (const [which, [from, to]] of [['current', current] as const, ['previous', previous] as const]) {
    for (let at = from; at < to; at += STEP_BUCKETS) {
      yield;
      const step = [at, Math.min(to, at + STEP_BUCKETS)] as const;
      addWindows(titles, speed, { current: NO_BUCKETS, previous: NO_BUCKETS, [which]: step }, all);
    }
  }
  return { standing, range, prior };
}

export function createListMaker(
  titles: NumberedTitles,
  country: Country | null,
  rules: ListRules,
): ListMaker {
  const of = country ?? undefined;
  const counts: ListMaker['counts'] = {
    batch: createCounted(titles, country),
    all: createCounted(titles, country),
    totalsOf: undefined,
    windowsOf: undefined,
  };
  const best = createSortedBest(Math.min(MOST_TITLES, titles.count), titles.count);
  const scores = new Float32Array(titles.count);

  return {
    country,
    counts,
    make({ standing, range, prior }, minPlays) {
      const end = standing.windowsEnd;
      const available = titles.availability.at(end, country);
      const { plays, impressions, current, previous, children } = counts.all;
      const { expected } = standing.batch;
      const ratio = range.currentMs / range.previousMs;
      for (let title = 0; title < titles.count; title++) {
        const played = current[title]!;
        if (played < minPlays || played === 0) {
          scores[title] = -Infinity;
          continue;
        }
        const usual = usualOf([titles.ids[title]!, ...(children.get(title) ?? [])], (id) =>
          expected?.of(id, of, end - range.currentMs, end),
        );
        const { plays: due, ratio: time } = blend(ratio * previous[title]!, ratio, usual);
        scores[title] = surprise(played, due, time, rules.smoothing);
      }
      const trending = best.select(scores, available);
      for (let title = 0; title < titles.count; title++) scores[title] = plays[title]! || -Infinity;
      const popular = best.select(scores, available);
      return {
        ...{ trending, popular, takeRates: ratesOf(plays, impressions, prior) },
        impressions: new Float32Array(impressions),
      };
    },
  };
}

/** What is usual of a series is what is usual of all its episodes. */
function usualOf(
  ids: readonly TitleId[],
  of: (id: TitleId) => { readonly plays: number; readonly weeks: number } | undefined,
): { readonly plays: number; readonly weeks: number } | undefined {
  let usual: { plays: number; weeks: number } | undefined;
  for (const id of ids) {
    const one = of(id);
    if (one === undefined) continue;
    usual = { plays: (usual?.plays ?? 0) + one.plays, weeks: Math.max(usual?.weeks ?? 0, one.weeks) };
  }
  return usual;
}

/** NaN where rates are withheld. */
function ratesOf(plays: Float64Array, impressions: Float64Array, prior: TakeRatePrior | null): Float32Array {
  const rates = new Float32Array(plays.length).fill(NaN);
  if (prior === null) return rates;
  const counts = { plays: 0, impressions: 0 };
  for (let title = 0; title < rates.length; title++) {
    counts.plays = plays[title]!;
    counts.impressions = impressions[title]!;
    rates[title] = takeRate(counts, prior);
  }
  return rates;
}

/** Where nothing can be counted: empty lists, and nothing known of any title. */
export function emptyLists({ count }: TitleTable): SharedLists {
  const none: RankedList = { titles: new Uint32Array(), scores: new Float32Array() };
  return {
    ...{ trending: none, popular: none },
    takeRates: new Float32Array(count).fill(NaN),
    impressions: new Float32Array(count),
  };
}
