/** A small catalogue with two tastes: titles of even number are of the one, those of odd number of the other. */
import { titleId } from '../../../domain/ids.ts';
import { createRandom } from '../../../domain/random.ts';
import { DEFAULT_RANKING_POLICY } from '../../../domain/ranking/policy.ts';
import type { RankRequest } from '../../../domain/ranking/request.ts';
import {
  addTitle,
  emptyTitleSet,
  type ProfileView,
  type RankedList,
  type RankingModels,
  type SharedLists,
  type TitleNeighbours,
  type TitleSet,
  type TitleTable,
  type WatchedNumber,
  type WatchStatus,
} from '../../../domain/ranking/types.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';

export const NOW = Date.UTC(2026, 5, 1);
const GENRES = ['Comedy', 'Crime', 'Drama', 'Horror', 'Romance', 'Sci-Fi'];
const WIDTH = 8;

export function titleTable(count: number): TitleTable {
  const genreStarts = new Uint32Array(count + 1);
  const genreOf: number[] = [];
  for (let title = 0; title < count; title++) {
    // Even titles are of genres 0 to 2, odd ones of 3 to 5; every third has two.
    const side = 3 * (title & 1);
    genreOf.push(side + (title % 3));
    if (title % 3 === 0) genreOf.push(side + ((title + 1) % 3));
    genreStarts[title + 1] = genreOf.length;
  }
  return {
    count,
    ids: Array.from({ length: count }, (_, title) => titleId(`t${title}`)),
    numberOf: (title) => {
      const number = /^t\d+$/.test(title) ? Number(title.slice(1)) : -1;
      return number < count ? number : -1;
    },
    genres: GENRES,
    genreStarts,
    genreOf: Uint16Array.from(genreOf),
    launchedAt: Float64Array.from({ length: count }, (_, title) =>
      title % 7 === 6 ? NaN : NOW - title * DAY_MS,
    ),
    addedAt: Float64Array.from({ length: count }, (_, title) => NOW - (count - title) * DAY_MS),
  };
}

export const setOf = (count: number, titles: Iterable<number>): TitleSet => {
  const set = emptyTitleSet(count);
  for (const title of titles) addTitle(set, title);
  return set;
};

export const allOf = (count: number): TitleSet => setOf(count, Array(count).keys());

export const listOf = (entries: readonly (readonly [title: number, score: number])[]): RankedList => ({
  titles: Uint32Array.from(entries, ([title]) => title),
  scores: Float32Array.from(entries, ([, score]) => score),
});

export function models(count: number, seed = 1): RankingModels {
  const random = createRandom(seed);
  // Each taste has half of the factors to itself, with some noise on all.
  const values = Float32Array.from({ length: count * WIDTH }, (_, at) => {
    const [title, k] = [Math.floor(at / WIDTH), at % WIDTH];
    return 0.05 * random.next() + ((title & 1) === k >> 2 ? 0.3 * random.next() : 0);
  });
  const regularisation = { strength: 0.003, exponent: 1, unobservedWeight: 0.1 };
  const factors = { width: WIDTH, values, known: allOf(count), regularisation };
  return { factors, neighbours: neighboursOf(count), clusters: null };
}

/** The ten next titles of the same taste. */
function neighboursOf(count: number): TitleNeighbours {
  const near = Array.from({ length: count }, (_, title) =>
    Array.from({ length: 10 }, (_, rank) => title + 2 * (rank + 1)).filter((other) => other < count),
  );
  const starts = new Uint32Array(count + 1);
  near.forEach((of, title) => (starts[title + 1] = starts[title]! + of.length));
  return {
    starts,
    titles: Uint32Array.from(near.flat()),
    scores: Float32Array.from(near.flatMap((of) => of.map((_, rank) => 40 - 3 * rank))),
  };
}

export function sharedLists(count: number): SharedLists {
  const trending = Array.from(
    { length: Math.ceil(count / 4) },
    (_, i) => [(i * 3) % count, 20 - i * 0.1] as const,
  );
  const popular = Array.from({ length: Math.ceil(count * 0.8) }, (_, i) => [i, 1000 - i] as const);
  return {
    trending: listOf([...new Map(trending)]),
    popular: listOf(popular),
    takeRates: Float32Array.from({ length: count }, (_, title) => 0.02 + 0.001 * (title % 40)),
    impressions: Float32Array.from({ length: count }, (_, title) => (title % 50) * 20),
  };
}

export const watched = (title: number, status: WatchStatus = 'finished', hoursAgo = 1): WatchedNumber => ({
  title,
  playedId: titleId(`t${title}`),
  at: NOW - hoursAgo * HOUR_MS,
  share: status === 'finished' ? 1 : 0.5,
  positionSeconds: 100,
  status,
});

export const profileOf = (count: number, parts: Partial<ProfileView> = {}): ProfileView => ({
  watched: [],
  list: new Uint32Array(0),
  disliked: emptyTitleSet(count),
  capped: emptyTitleSet(count),
  seenWeights: new Map(),
  ...parts,
});

export const requestOf = (count: number, parts: Partial<RankRequest> = {}): RankRequest => ({
  profile: null,
  context: { now: NOW, hour: 20, country: 'DE', device: 'tv', available: allOf(count) },
  lists: sharedLists(count),
  policy: DEFAULT_RANKING_POLICY,
  rows: 20,
  limit: 20,
  ...parts,
});
