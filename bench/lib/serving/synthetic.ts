/** A catalogue, models, counts and profiles of any size, made from a seed in the shapes that loaders give. */
import type { CatalogueEntry } from '../../../domain/catalogue.ts';
import { hashProfile } from '../../../domain/hash.ts';
import type { profileId } from '../../../domain/ids.ts';
import { titleId } from '../../../domain/ids.ts';
import {
  createMemoryState,
  addEntry,
  openMarks,
  openSlot,
  SUMS,
  MARKS,
  type MemoryState,
} from '../../../domain/memory/state.ts';
import { hourOf } from '../../../domain/memory/day-count.ts';
import { createRandom, type Random } from '../../../domain/random.ts';
import type { NeighbourPairs, TrainedFactors } from '../../../domain/ranking/model-columns.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import {
  createWatchingState,
  MARKS as WATCHED_MARKS,
  type WatchingState,
} from '../../../domain/watching/state.ts';
import type { ClusterColumns } from '../../../infra/views/clusters.ts';
import { profileRowColumns, type ProfileRowColumns } from '../../../infra/views/profile-rows.ts';
import { toArrow } from '../../../serving/popularity/columns.ts';
import {
  createPopularityView,
  MEASURE_COLUMNS,
  type PopularityView,
} from '../../../serving/popularity/view.ts';

export const COUNTRIES = ['US', 'DE', 'FR', 'GB', 'JP', 'BR', 'IN', 'MX'];
const GENRES = 20;
const FACTORS = 64;
const CLUSTER_FACTORS = 16;
const CLUSTERS = 30;
const NEIGHBOURS = 50;
const ROW_TITLES = 60;

export const titleOf = (number: number): string => `title-${String(number).padStart(6, '0')}`;
export const profileOf = (number: number): string => `profile-${number}`;

export function catalogueOf(
  titles: number,
  now: number,
): ReadonlyMap<CatalogueEntry['titleId'], CatalogueEntry> {
  const random = createRandom(1);
  const entries = Array.from({ length: titles }, (_, i): CatalogueEntry => {
    const launched = now - Math.floor(random.next() * 2000 * DAY_MS);
    const genres = new Set([i % GENRES, random.below(GENRES)]);
    return {
      titleId: titleId(titleOf(i)),
      kind: i % 5 === 0 ? 'series' : 'film',
      name: `The ${i}th Story of a Long Night`,
      genres: [...genres].map((genre) => `Genre ${genre}`),
      year: 1970 + (i % 55),
      runtimeSeconds: 6000,
      launchTime: launched,
      parentId: null,
      // One in ten is not to be had in some country.
      availability: {
        '*': [{ from: launched, to: null }],
        ...(i % 10 === 0 ? { [COUNTRIES[i % 7]!]: [] } : {}),
      },
    };
  });
  return new Map(entries.map((entry) => [entry.titleId, entry]));
}

const idsOf = (titles: number): string[] => Array.from({ length: titles }, (_, i) => titleOf(i));

function values(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => (random.next() - 0.5) / 4);
}

const REGULARISATION = { strength: 0.003, exponent: 1, unobservedWeight: 0.1 };

/** Those of a title's genre with some noise, shorter the fewer watch it: as in `bench -- rank`. */
export function factorsOf(titles: number, seed: number): TrainedFactors {
  const random = createRandom(seed);
  const ofGenres = Float32Array.from({ length: GENRES * FACTORS }, () => Math.max(0, random.next() - 0.6));
  return {
    ids: idsOf(titles),
    width: FACTORS,
    values: Float32Array.from({ length: titles * FACTORS }, (_, at) => {
      const title = Math.floor(at / FACTORS);
      const demand = 0.05 + 1 / (2 + title / 25);
      return demand * ofGenres[(title % GENRES) * FACTORS + (at % FACTORS)]! + 0.02 * random.next();
    }),
    regularisation: REGULARISATION,
  };
}

export function neighboursOf(titles: number, seed: number): NeighbourPairs {
  const random = createRandom(seed);
  const count = titles * NEIGHBOURS;
  return {
    ids: idsOf(titles),
    titles: Int32Array.from({ length: count }, (_, pair) => Math.floor(pair / NEIGHBOURS)),
    neighbours: Int32Array.from({ length: count }, () => random.below(titles)),
    scores: Float32Array.from({ length: count }, (_, pair) => 500 / (1 + (pair % NEIGHBOURS))),
  };
}

export function clustersOf(titles: number, seed: number): ClusterColumns {
  const random = createRandom(seed);
  return {
    centres: values(random, CLUSTERS * CLUSTER_FACTORS),
    width: CLUSTER_FACTORS,
    lists: Array.from({ length: CLUSTERS }, () => ({
      ids: Array.from({ length: 200 }, () => titleOf(random.below(titles))),
      scores: Array.from({ length: 200 }, (_, rank) => 1 / (rank + 1)),
    })),
    factors: { ids: idsOf(titles), width: CLUSTER_FACTORS, values: values(random, titles * CLUSTER_FACTORS) },
  };
}

export function profileRowsOf(titles: number, profiles: number): ProfileRowColumns {
  const random = createRandom(5);
  const hashes = Float64Array.from({ length: profiles }, (_, i) => hashProfile(profileOf(i)));
  const starts = Uint32Array.from({ length: profiles + 1 }, (_, i) => i * ROW_TITLES);
  const rows = Int32Array.from({ length: profiles * ROW_TITLES }, () => random.below(titles));
  return profileRowColumns(idsOf(titles), hashes, rows, starts);
}

/** Most plays are of few titles. */
export const popularTitle = (random: Random, titles: number): number =>
  Math.floor(titles * random.next() ** 3);

export function popularityOf(titles: number, now: number): PopularityView {
  const random = createRandom(7);
  const countries = titles * COUNTRIES.length;
  const bucket = Math.floor(now / (5 * MINUTE_MS));
  const measured = (count: number, of: (row: number) => number) =>
    Object.fromEntries(
      MEASURE_COLUMNS.map((name) => {
        const share = name.includes('impressions') ? 20 : name.includes('seconds') ? 1000 : 1;
        return [
          name,
          {
            kind: 'numeric' as const,
            values: Float64Array.from({ length: count }, (_, row) => of(row) * share),
          },
        ];
      }),
    );
  const texts = (count: number, of: (row: number) => string) => ({
    kind: 'text' as const,
    values: Array.from({ length: count }, (_, row) => of(row)),
  });
  // The popular tenth was played in each of the last six hours.
  const hot = Math.ceil(titles / 10);
  const recent = hot * 6;
  return createPopularityView({
    totals: toArrow({
      rowCount: countries,
      columns: {
        title_id: texts(countries, (row) => titleOf(Math.floor(row / COUNTRIES.length))),
        country: texts(countries, (row) => COUNTRIES[row % COUNTRIES.length]!),
        ...measured(countries, (row) =>
          Math.ceil(5000 / (1 + Math.floor(row / COUNTRIES.length)) + random.below(20)),
        ),
      },
    }),
    recent: toArrow({
      rowCount: recent,
      columns: {
        title_id: texts(recent, (row) => titleOf(Math.floor(row / 6))),
        country: texts(recent, (row) => COUNTRIES[row % COUNTRIES.length]!),
        bucket: {
          kind: 'numeric',
          values: Int32Array.from({ length: recent }, (_, row) => bucket - (row % 6) * 12),
        },
        ...measured(recent, () => random.below(9)),
      },
    }),
    rows: toArrow({
      rowCount: 0,
      columns: {
        title_id: texts(0, () => ''),
        row: texts(0, () => ''),
        impressions: { kind: 'numeric', values: new Float64Array() },
        capped_impressions: { kind: 'numeric', values: new Float64Array() },
      },
    }),
    distinct: toArrow({
      rowCount: 0,
      columns: {
        title_id: texts(0, () => ''),
        register: { kind: 'numeric', values: new Int32Array() },
        rank: { kind: 'numeric', values: new Int32Array() },
      },
    }),
  });
}

/** What a store would answer of a profile: 8 to 40 titles watched, a short list, one rating; made anew as a store decodes it. */
export function watchingOf(profile: number, titles: number, now: number): WatchingState {
  const random = createRandom(profile + 1);
  const state = createWatchingState();
  const watched = new Set<number>();
  const size = 8 + random.below(33);
  while (watched.size < size) watched.add(popularTitle(random, titles));
  let at = now - random.below(HOUR_MS);
  for (const title of watched) {
    const position = random.below(6000);
    const isFinished = random.chance(0.6);
    state.titles.push(titleOf(title));
    state.roots.push('');
    state.marks.push(
      at,
      1,
      at - HOUR_MS,
      at,
      isFinished ? 5950 : position,
      5950,
      isFinished ? at : -1,
      at,
      6000,
      -1,
    );
    at -= random.below(2 * DAY_MS);
  }
  if (state.marks.length !== watched.size * WATCHED_MARKS) throw new Error('marks are of another shape');
  for (let i = 0; i < 12; i++) {
    state.list.titles.push(titleOf(popularTitle(random, titles)));
    state.list.times.push(now - i * DAY_MS);
    state.list.values.push(1);
  }
  state.ratings.titles.push(titleOf(random.below(titles)));
  state.ratings.times.push(now);
  state.ratings.values.push(1);
  return state;
}

/** 120 titles shown in the last weeks. */
export function memoryOf(profile: number, titles: number, now: number): MemoryState {
  const random = createRandom(profile + 7);
  const state = createMemoryState();
  state.rows.push('trending', 'top-picks', 'popular');
  for (let i = 0; i < 120; i++) {
    const title = titleOf(popularTitle(random, titles));
    const row = 1 + random.below(3);
    const time = now - random.below(14 * DAY_MS);
    const base = openMarks(state, addEntry(state, openSlot(state, title, hourOf(time)), row, time));
    for (let span = SUMS; span < MARKS; span++) state.marks[base + span] = 1 + random.below(6);
  }
  return state;
}

export const numberOf = (profile: ReturnType<typeof profileId>): number =>
  Number(profile.slice('profile-'.length)) || 0;
