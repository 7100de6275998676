/** Shared lists laid out by title number, once for all requests that share them. */
import type { PagePolicy } from './policy.ts';
import type { RankedList, SharedLists, TitleTable } from './types.ts';

export interface ListColumns {
  /** Scores of the trending list; 0 for titles that are not in it. */
  readonly surprise: Float32Array;
  /** ln(1 + plays). */
  readonly popularity: Float32Array;
  /** Smoothed take rates, the prior's mean where they are withheld. */
  readonly takeRate: Float32Array;
  /**
   * What a title's take rate would gain if the prior's mean were one half, the most that a prior may be (domain/take-rate.ts):
   * s (½ − mean) / (impressions + s). Rates that are lifted by a share of it are those of a more hopeful prior, so the hardly
   * shown come first until they disappoint, and 1 of 2 still never outranks 50 of 100.
   */
  readonly hope: Float32Array;
  /** The most popular titles of a genre, best first; at most `MOST_OF_GENRE`. */
  popularOf(genre: number): Uint32Array;
}

export const MOST_OF_GENRE = 400;

/** Columns are made when they are first asked for, and forgotten with the lists. */
export function createListColumns(
  titles: TitleTable,
): (lists: SharedLists, policy: PagePolicy) => ListColumns {
  const made = new WeakMap<SharedLists, { readonly policy: PagePolicy; readonly columns: ListColumns }>();
  return (lists, policy) => {
    const found = made.get(lists);
    if (found?.policy === policy) return found.columns;
    const columns = layOut(titles, lists, policy);
    made.set(lists, { policy, columns });
    return columns;
  };
}

function layOut(titles: TitleTable, lists: SharedLists, policy: PagePolicy): ListColumns {
  const { count } = titles;
  const { mean, strength } = lists.takeRatePrior ?? {
    mean: policy.prior_rate,
    strength: policy.prior_strength,
  };
  const ofGenres = lazily(() => popularByGenre(titles, lists.popular));
  const surprise = lazily(() => spread(lists.trending, count));
  const popularity = lazily(() => {
    const plays = spread(lists.popular, count);
    for (let title = 0; title < count; title++)
      if (plays[title] !== 0) plays[title] = Math.log1p(Math.max(0, plays[title]!));
    return plays;
  });
  // Loops: lists come every second, and a request waits for what it is the first to ask for.
  const takeRate = lazily(() => {
    const rates = new Float32Array(count);
    for (let title = 0; title < count; title++) rates[title] = orElse(lists.takeRates[title], mean);
    return rates;
  });
  const hope = lazily(() => {
    const shares = new Float32Array(count);
    const most = strength * Math.max(0, 0.5 - mean);
    for (let title = 0; title < count; title++) {
      const impressions = Math.max(0, orElse(lists.impressions[title], 0));
      shares[title] = most / (impressions + strength);
    }
    return shares;
  });
  return {
    get surprise() {
      return surprise();
    },
    get popularity() {
      return popularity();
    },
    get takeRate() {
      return takeRate();
    },
    get hope() {
      return hope();
    },
    popularOf: (genre) => ofGenres()[genre] ?? new Uint32Array(0),
  };
}

const orElse = (value: number | undefined, otherwise: number): number =>
  value !== undefined && Number.isFinite(value) ? value : otherwise;

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function spread(list: RankedList, count: number): Float32Array {
  const scores = new Float32Array(count);
  list.titles.forEach((title, rank) => {
    if (title < count) scores[title] = orElse(list.scores[rank], 0);
  });
  return scores;
}

function popularByGenre(titles: TitleTable, popular: RankedList): readonly Uint32Array[] {
  const found = titles.genres.map((): number[] => []);
  for (const title of popular.titles) {
    if (title >= titles.count) continue;
    for (let at = titles.genreStarts[title]!; at < titles.genreStarts[title + 1]!; at++) {
      const ofGenre = found[titles.genreOf[at]!]!;
      if (ofGenre.length < MOST_OF_GENRE) ofGenre.push(title);
    }
  }
  return found.map((ofGenre) => Uint32Array.from(ofGenre));
}
