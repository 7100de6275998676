/** All that the rows of one request are ranked by, in memory that the next request uses again. */
import type { BestFound } from './best-titles.ts';
import { createGenreGroups, type TitleRun } from './genre-groups.ts';
import { createListColumns, type ListColumns } from './list-columns.ts';
import type { InSlices } from '../in-slices.ts';
import { createPool, type Pool } from './pool.ts';
import type { RankingPolicy } from './policy.ts';
import type { RankRequest } from './request.ts';
import { MOST_BY_TASTE, tasteReaderInSlices, type Taste } from './taste.ts';
import { titleOrdersInSlices, type TitleOrders } from './title-orders.ts';
import {
  emptyTitleSet,
  removeTitle,
  type ProfileView,
  type RankingModels,
  type SeenWeights,
  type TitleSet,
  type TitleTable,
} from './types.ts';

/** What a snapshot is ranked with: the same for every request. */
export interface Shelf {
  readonly titles: TitleTable;
  readonly models: RankingModels;
  readonly orders: TitleOrders;
}

export interface Frame extends Shelf {
  readonly request: RankRequest;
  readonly policy: RankingPolicy;
  readonly profile: ProfileView;
  readonly taste: Taste;
  readonly columns: ListColumns;
  /** Titles that a row may show that keeps the cap: available, not watched, not rated down, not on the page yet. */
  readonly open: TitleSet;
  /** The same with those that were shown too often of late. */
  readonly openUncapped: TitleSet;
  /** Available, not rated down, not on the page yet: what rows of the profile's own may show. */
  readonly own: TitleSet;
  /** Logarithms of seen weights by title number. */
  readonly seenLogs: Float32Array;
  readonly pool: Pool;
  /** The titles best by taste of those that were open when they were first asked for. */
  bestByTaste(): BestFound;
  /** Those of a genre among them. */
  bestOfGenre(genre: number): TitleRun;
  /** Takes a title off the sets: it is on the page. */
  place(title: number): void;
  /** Opens rows to what the profile watched and was shown too often, and after that to what it rated down. */
  relax(toDisliked: boolean): void;
}

/** Somebody of whom nothing is known. */
const NOBODY: Omit<ProfileView, 'disliked' | 'capped'> = {
  watched: [],
  list: new Uint32Array(0),
  seenWeights: new Map(),
};

/** A weight of 0 would be the logarithm of nothing. */
const LEAST_SEEN_WEIGHT = 1e-3;

export interface Framing extends Shelf {
  /** The frame of a request; it ends that of the request before. */
  open(request: RankRequest): Frame;
}

export function* framingInSlices(titles: TitleTable, models: RankingModels): InSlices<Framing> {
  const shelf: Shelf = { titles, models, orders: yield* titleOrdersInSlices(titles) };
  const nothing = emptyTitleSet(titles.count);
  const nobody: ProfileView = { ...NOBODY, disliked: nothing, capped: nothing };
  const tastes = yield* tasteReaderInSlices(titles, models);
  const columnsOf = createListColumns(titles);
  const sets = { open: nothing.slice(), openUncapped: nothing.slice(), own: nothing.slice() };
  const seenLogs = new Float32Array(titles.count);
  const pool = createPool(nothing);
  const byGenre = createGenreGroups(titles);
  let seen: SeenWeights = NOBODY.seenWeights;

  // What is written past the table's end stays nowhere.
  const forget = (_: number, title: number): void => {
    seenLogs[title] = 0;
  };
  const layOut = (weight: number, title: number): void => {
    seenLogs[title] = logOf(weight);
  };
  const layOutSeen = (weights: SeenWeights): void => {
    seen.forEach(forget);
    weights.forEach(layOut);
    seen = weights;
  };

  return {
    ...shelf,
    open(request) {
      const profile = request.profile ?? nobody;
      fillSets(sets, request, profile, titles.count);
      layOutSeen(profile.seenWeights);
      pool.clear();
      const taste = tastes.of(request.profile, request.policy.page);
      let best: BestFound | undefined;
      let isGrouped = false;
      const bestByTaste = (): BestFound => (best ??= taste.best(sets.openUncapped, MOST_BY_TASTE));
      return {
        ...shelf,
        ...sets,
        request,
        policy: request.policy,
        profile,
        taste,
        columns: columnsOf(request.lists, request.policy.page),
        seenLogs,
        pool,
        bestByTaste,
        bestOfGenre(genre) {
          if (!isGrouped) byGenre.group(bestByTaste());
          isGrouped = true;
          return byGenre.of(genre);
        },
        place(title) {
          removeTitle(sets.open, title);
          removeTitle(sets.openUncapped, title);
          removeTitle(sets.own, title);
        },
        relax(toDisliked) {
          const { available } = request.context;
          if (toDisliked)
            for (let word = 0; word < sets.own.length; word++) sets.own[word] = available[word] ?? 0;
          clearPastEnd(sets.own, titles.count);
          sets.openUncapped.set(sets.own);
          sets.open.set(sets.own);
        },
      };
    },
  };
}

/** At most 0; what is no weight says nothing. */
const logOf = (weight: number): number =>
  Number.isNaN(weight) ? 0 : Math.log(Math.min(1, Math.max(LEAST_SEEN_WEIGHT, weight)));

interface Sets {
  readonly open: TitleSet;
  readonly openUncapped: TitleSet;
  readonly own: TitleSet;
}

function fillSets(
  { open, openUncapped, own }: Sets,
  { context: { available } }: RankRequest,
  { disliked, capped, watched }: ProfileView,
  count: number,
): void {
  for (let word = 0; word < own.length; word++) own[word] = (available[word] ?? 0) & ~(disliked[word] ?? 0);
  clearPastEnd(own, count);
  openUncapped.set(own);
  for (const { title } of watched) if (title >= 0 && title < count) removeTitle(openUncapped, title);
  for (let word = 0; word < own.length; word++) open[word] = openUncapped[word]! & ~(capped[word] ?? 0);
}

/** Numbers past the table's end are no titles. */
function clearPastEnd(set: TitleSet, count: number): void {
  if ((count & 31) !== 0) set[set.length - 1]! &= (1 << (count & 31)) - 1;
}

/** The titles that a row of this policy may show. */
export const openOf = (frame: Frame, keepsCap: number): TitleSet =>
  keepsCap > 0 ? frame.open : frame.openUncapped;
