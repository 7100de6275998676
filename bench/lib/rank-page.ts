/** A whole page as serving asks for it: a made-up snapshot of titles of a few tastes, and profiles with plays. Same seed, same pages. */
import { titleId } from '../../domain/ids.ts';
import { createRandom, type Random } from '../../domain/random.ts';
import { DEFAULT_RANKING_POLICY } from '../../domain/ranking/policy.ts';
import { createRanker } from '../../domain/ranking/ranker.ts';
import {
  addTitle,
  emptyTitleSet,
  type ProfileView,
  type RankingModels,
  type SharedLists,
  type TitleTable,
} from '../../domain/ranking/types.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';

export const PAGE = { titles: 10_000, factors: 64, plays: 50, rows: 8, limit: 20 } as const;
const GENRES = 20;
const NEIGHBOURS = 50;
const PROFILES = 500;
const NOW = Date.UTC(2026, 5, 1);

export interface PageSide {
  /** Ranks the page of the next profile, or of nobody. */
  ranked(): void;
  unpersonalised(): void;
}

export function createPageSide(): PageSide {
  const random = createRandom(7);
  const table = titleTable(random);
  const ranker = createRanker({ titles: table, models: modelsOf(table, random) });
  const available = emptyTitleSet(table.count).fill(0);
  for (let title = 0; title < table.count; title++) addTitle(available, title);
  const profiles = Array.from({ length: PROFILES }, () => profileOf(random));
  const context = { now: NOW, hour: 20, country: 'DE', device: 'tv', available };
  const { rows, limit } = PAGE;
  const request = { context, lists: listsOf(random), policy: DEFAULT_RANKING_POLICY, rows, limit };
  let next = 0;
  return {
    ranked: () => void ranker.page({ ...request, profile: profiles[next++ % PROFILES]! }),
    unpersonalised: () => void ranker.page({ ...request, profile: null }),
  };
}

/** Titles are numbered by demand: low numbers are drawn more. */
const drawTitle = (random: Random): number => Math.floor(random.next() ** 3 * PAGE.titles);

function titleTable(random: Random): TitleTable {
  const count = PAGE.titles;
  const genreStarts = new Uint32Array(count + 1);
  const genreOf: number[] = [];
  for (let title = 0; title < count; title++) {
    const own = new Set([0, 1].map(() => Math.floor(random.next() ** 2 * GENRES)));
    genreOf.push(...own);
    genreStarts[title + 1] = genreOf.length;
  }
  return {
    count,
    ids: Array.from({ length: count }, (_, title) => titleId(`t${title}`)),
    numberOf: (title) => Number(title.slice(1)),
    genres: Array.from({ length: GENRES }, (_, genre) => `genre ${genre}`),
    genreStarts,
    genreOf: Uint16Array.from(genreOf),
    launchedAt: Float64Array.from({ length: count }, () => NOW - random.next() * 3650 * DAY_MS),
    addedAt: Float64Array.from({ length: count }, () => NOW - random.next() * 1000 * DAY_MS),
  };
}

/** Factors are those of a title's genres, shorter the fewer watch it, with some noise. */
function modelsOf({ count, genreStarts, genreOf }: TitleTable, random: Random): RankingModels {
  const width = PAGE.factors;
  const ofGenres = Float32Array.from({ length: GENRES * width }, () => Math.max(0, random.next() - 0.6));
  const values = Float32Array.from({ length: count * width }, (_, at) => {
    const title = Math.floor(at / width);
    const demand = 0.05 + 1 / (2 + title / 25);
    let value = 0.02 * random.next();
    for (let g = genreStarts[title]!; g < genreStarts[title + 1]!; g++)
      value += demand * ofGenres[genreOf[g]! * width + (at % width)]!;
    return value;
  });
  const known = emptyTitleSet(count);
  for (let title = 0; title < count; title++) addTitle(known, title);
  const regularisation = { strength: 0.003, exponent: 1, unobservedWeight: 0.1 };
  const neighbours = {
    starts: Uint32Array.from({ length: count + 1 }, (_, title) => title * NEIGHBOURS),
    titles: Uint32Array.from({ length: count * NEIGHBOURS }, () => drawTitle(random)),
    scores: Float32Array.from({ length: count * NEIGHBOURS }, (_, at) => 200 - (at % NEIGHBOURS)),
  };
  return { factors: { width, values, known, regularisation }, neighbours, clusters: null };
}

function listsOf(random: Random): SharedLists {
  const { titles: count } = PAGE;
  const trending = Uint32Array.from(new Set(Array.from({ length: 600 }, () => drawTitle(random))));
  return {
    trending: {
      titles: trending,
      scores: Float32Array.from(trending, (_, rank) => 20 * Math.exp(-rank / 50)),
    },
    popular: {
      titles: Uint32Array.from({ length: count }, (_, title) => title),
      scores: Float32Array.from({ length: count }, (_, title) => 1e6 / (20 + title)),
    },
    takeRates: Float32Array.from({ length: count }, () => 0.1 * random.next()),
    impressions: Float32Array.from({ length: count }, () => 1e4 * random.next()),
  };
}

function profileOf(random: Random): ProfileView {
  const titles = new Set<number>();
  while (titles.size < PAGE.plays) titles.add(drawTitle(random));
  return {
    watched: Array.from(titles, (title, place) => ({
      title,
      playedId: titleId(`t${title}`),
      at: NOW - place * HOUR_MS,
      share: 1,
      positionSeconds: 60,
      status: place % 6 === 0 ? 'stopped' : 'finished',
    })),
    list: Uint32Array.from(new Set(Array.from({ length: 10 }, () => drawTitle(random)))),
    disliked: emptyTitleSet(PAGE.titles),
    capped: emptyTitleSet(PAGE.titles),
    seenWeights: new Map(Array.from({ length: 100 }, () => [drawTitle(random), 0.5 + 0.5 * random.next()])),
  };
}
