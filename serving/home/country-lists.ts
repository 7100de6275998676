/** The lists that all pages of a country share, from one standing: what trends, what is popular, take rates. */
import type { Country, TitleId } from '../../domain/ids.ts';
import { CAPPED_AFTER, IMPRESSIONS, PLAYS } from '../../domain/measures.ts';
import { NO_COUNTS, type CountSource } from '../../domain/merge.ts';
import { hasTitle, type RankedList, type SharedLists, type TitleTable } from '../../domain/ranking/types.ts';
import { createBestTitles } from '../../domain/scores.ts';
import { takeRate, type TakeRatePrior } from '../../domain/take-rate.ts';
import type { Bucket } from '../../domain/time.ts';
import { blend, surprise, trendWindows, type TrendWindows } from '../../domain/trending.ts';
import type { NumberedTitles } from '../library/titles.ts';
import { WINDOW_MS } from '../rows/rankings.ts';
import type { Standing } from '../standing.ts';
import { takeRatesOf } from '../take-rates.ts';

/** Titles of a list: more than any row scores. */
const MOST_TITLES = 2000;
const CAPPED_PLAYS = PLAYS + CAPPED_AFTER;

export interface ListRules {
  /** Plays of the last hour below which a title does not trend. */
  readonly minPlays: number;
  readonly smoothing: number;
  readonly takeRateStrength: number;
}

/** What was counted by title number. */
interface Sums {
  readonly plays: Float64Array;
  readonly impressions: Float64Array;
}

/**
 * Makes lists again and again for one table of titles and one country. What the batch view says is added up once for a
 * version of it, and for its windows once in five minutes: a new list costs what the speed layer holds.
 */
export function createListMaker(titles: NumberedTitles, country: Country | null, rules: ListRules) {
  const of = country ?? undefined;
  const best = createBestTitles(Math.min(MOST_TITLES, titles.count));
  const scores = new Float32Array(titles.count);
  let ofBatch: { readonly from: CountSource; readonly sums: Sums } | undefined;
  let windowed: { readonly key: string; readonly from: CountSource; readonly plays: WindowPlays } | undefined;

  function totals({ batch, speed }: Standing): Sums {
    if (ofBatch?.from !== batch)
      ofBatch = { from: batch, sums: addTotals(titles, of, batch, noSums(titles)) };
    const { plays, impressions } = ofBatch.sums;
    return addTotals(titles, of, speed, { plays: plays.slice(), impressions: impressions.slice() });
  }

  function windows({ batch, speed, windowsEnd }: Standing): [TrendWindows, WindowPlays] {
    const range = trendWindows(WINDOW_MS['1h'], windowsEnd);
    const key = range.current.join();
    if (windowed?.key !== key || windowed.from !== batch)
      windowed = { key, from: batch, plays: addWindows(titles, of, batch, range, noWindows(titles)) };
    const { current, previous, children } = windowed.plays;
    const own = { current: current.slice(), previous: previous.slice(), children: new Map(children) };
    return [range, addWindows(titles, of, speed, range, own)];
  }

  /** The best of `scores` that may be shown. */
  function list(available: (title: number) => boolean): RankedList {
    for (let title = 0; title < titles.count; title++) if (!available(title)) scores[title] = -Infinity;
    const size = best.select(scores, titles.count);
    return { titles: best.titles.slice(0, size), scores: Float32Array.from(best.scores.subarray(0, size)) };
  }

  return {
    make(standing: Standing, minPlays: number): SharedLists {
      const end = standing.windowsEnd;
      const set = titles.availability.at(end, country);
      const available = (title: number): boolean => hasTitle(set, title);
      const { plays, impressions } = totals(standing);
      const [range, window] = windows(standing);
      const least = Math.max(rules.minPlays, minPlays);
      const { expected } = standing.batch;
      for (let title = 0; title < titles.count; title++) {
        const played = window.current[title]!;
        if (played < least || played === 0) {
          scores[title] = -Infinity;
          continue;
        }
        const usual = usualOf([titles.ids[title]!, ...(window.children.get(title) ?? [])], (id) =>
          expected?.of(id, of, end - range.currentMs, end),
        );
        const ratio = range.currentMs / range.previousMs;
        const { plays: due, ratio: time } = blend(ratio * window.previous[title]!, ratio, usual);
        scores[title] = surprise(played, due, time, rules.smoothing);
      }
      const trending = list(available);
      for (let title = 0; title < titles.count; title++) scores[title] = plays[title]! || -Infinity;
      const popular = list(available);
      const { prior } = takeRatesOf(standing, rules.takeRateStrength);
      return {
        ...{ trending, popular, takeRates: ratesOf(plays, impressions, prior) },
        impressions: new Float32Array(impressions),
      };
    },
  };
}

const noSums = ({ count }: TitleTable): Sums => ({
  plays: new Float64Array(count),
  impressions: new Float64Array(count),
});

function addTotals(table: TitleTable, country: Country | undefined, from: CountSource, sums: Sums): Sums {
  const { plays, impressions } = sums;
  if (from === NO_COUNTS) return sums;
  from.eachTotal(country, (id, measures, base) => {
    const title = table.numberOf(id);
    if (title < 0) return;
    plays[title]! += measures[base + PLAYS]!;
    impressions[title]! += measures[base + IMPRESSIONS]!;
  });
  return sums;
}

/** Capped plays by title number, and the episodes they were of. */
interface WindowPlays {
  readonly current: Float64Array;
  readonly previous: Float64Array;
  readonly children: Map<number, ReadonlySet<TitleId>>;
}

const noWindows = ({ count }: TitleTable): WindowPlays => ({
  current: new Float64Array(count),
  previous: new Float64Array(count),
  children: new Map(),
});

function addWindows(
  table: TitleTable,
  country: Country | undefined,
  from: CountSource,
  { current, previous }: TrendWindows,
  plays: WindowPlays,
): WindowPlays {
  const add = ([begin, end]: readonly [Bucket, Bucket], to: Float64Array, isCurrent: boolean): void =>
    from.eachInBuckets(begin, end, country, (id, measures, base) => {
      const title = table.numberOf(id);
      if (title < 0) return;
      to[title]! += measures[base + CAPPED_PLAYS]!;
      if (!isCurrent || table.ids[title] === id || plays.children.get(title)?.has(id) === true) return;
      plays.children.set(title, new Set([...(plays.children.get(title) ?? []), id]));
    });
  add(current, plays.current, true);
  add(previous, plays.previous, false);
  return plays;
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
