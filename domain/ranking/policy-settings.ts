/**
 * Every setting of a ranking policy: what it means, its bounds and its default, which is 0 for what could be left out and was not
 * shown to help. What a row is about (surprise, similarity, freshness) has weight in it all the same.
 */
import type { RowKind } from './types.ts';

export interface NumberSetting {
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
  readonly otherwise: number;
}

export interface RowNumberSetting extends NumberSetting {
  /** Defaults of single kinds of row, before `otherwise`. */
  readonly byRow?: Partial<Record<RowKind, number>>;
  /** Kinds that what is said of all rows does not hold for. */
  readonly alone?: readonly RowKind[];
}

const WEIGHT = { least: -100, most: 100, otherwise: 0 } as const;

export const ROW_SETTINGS = {
  /** Titles in the row, at most. */
  length: { least: 1, most: 1000, whole: true, otherwise: 50, byRow: { billboard: 1 }, alone: ['billboard'] },
  /** A row with fewer titles is left out; a row of the profile's own (My List, Continue Watching) never is. */
  minimum: { least: 1, most: 1000, whole: true, otherwise: 4, byRow: { billboard: 1 }, alone: ['billboard'] },
  /** Titles that are scored for the row: the best by what the row is about; of Top Picks 256 at most. */
  candidates: {
    least: 1,
    most: 2000,
    whole: true,
    otherwise: 100,
    byRow: { 'top-picks': 200, popular: 200, billboard: 50 },
  },
  /** Rows of this kind on a page, at most; 0 leaves the kind out. */
  count: { least: 0, most: 20, whole: true, otherwise: 1, byRow: { genre: 3, 'because-you-watched': 2 } },
  /** Where the row stands before anything is known of how it performs: the larger, the higher. */
  order: {
    least: 0,
    most: 1000,
    otherwise: 1,
    byRow: {
      billboard: 100,
      'continue-watching': 10,
      'top-picks': 9,
      trending: 8,
      'because-you-watched': 7,
      'my-list': 6,
      popular: 5,
      genre: 5,
      'new-releases': 4,
      'recently-added': 3,
    },
  },
  /** Plays of the window below which a title does not trend; whoever makes the shared lists obeys it. */
  minimum_plays: { least: 0, most: 1e9, otherwise: 0, byRow: { trending: 5 } },
  /** How far back a launch, or a coming to the service, is new: days; 0 is without end. */
  window_days: { least: 0, most: 36_500, otherwise: 0, byRow: { 'new-releases': 180, 'recently-added': 90 } },
  /** After so many days freshness is half. */
  half_life_days: { least: 0.01, most: 36_500, otherwise: 30, byRow: { 'recently-added': 14 } },

  /** Weights of what scores are made of, per standard deviation among the candidates. */
  taste: {
    ...WEIGHT,
    byRow: {
      billboard: 1,
      trending: 1,
      'top-picks': 1,
      genre: 1,
      'because-you-watched': 0.5,
      'new-releases': 1,
      'recently-added': 1,
    },
  },
  surprise: { ...WEIGHT, byRow: { billboard: 1, trending: 1 } },
  popularity: { ...WEIGHT, byRow: { popular: 1 } },
  similarity: { ...WEIGHT, byRow: { 'because-you-watched': 1 } },
  take_rate: { ...WEIGHT, byRow: { 'new-releases': 0.5, 'recently-added': 0.5 } },
  freshness: { ...WEIGHT, byRow: { billboard: 0.5, 'new-releases': 1, 'recently-added': 1 } },
  context: WEIGHT,
  /**
   * How much of the way to one half the prior of a take rate is moved: 0 explores nothing. Not all of it, where 1 of 2 would
   * be as good as 50 of 100.
   */
  exploration: { least: 0, most: 0.9, otherwise: 0, byRow: { 'new-releases': 0.1, 'recently-added': 0.2 } },
  /** What the logarithm of the seen weight is multiplied by: 0 is no discount. */
  seen: { least: 0, most: 10, otherwise: 6 },
  /** What a title loses in a row that is all of its genres, in standard deviations. */
  diversity: {
    least: 0,
    most: 10,
    otherwise: 0.2,
    byRow: { popular: 0, genre: 0, 'because-you-watched': 0 },
  },
  /** 1 where titles that were shown too often of late stay out, 0 where they may stay. */
  keeps_cap: { least: 0, most: 1, whole: true, otherwise: 1 },
} as const satisfies Readonly<Record<string, RowNumberSetting>>;

export const PAGE_SETTINGS = {
  /** Newest plays that the taste is made of; 0 personalises nothing. */
  fold_in_plays: { least: 0, most: 1000, whole: true, otherwise: 50 },
  /** What each play counts of the one after it, and what it counts at least (domain/recency.ts). */
  recency_fade: { least: 0, most: 1, otherwise: 0.9 },
  recency_floor: { least: 0, most: 1, otherwise: 0.02 },
  /** What a title of My List says of taste beside a qualified play. */
  list_weight: { least: 0, most: 100, otherwise: 0 },
  /** Profiles with at most so many plays are of the taste of their cluster; 0 leaves clusters to those without factors. */
  cluster_plays: { least: 0, most: 1000, whole: true, otherwise: 0 },
  /** What a genre counts before anything was watched, in plays: few plays choose no genre rows by themselves. */
  genre_strength: { least: 0.001, most: 1e6, otherwise: 5 },
  /** What the lift of a genre in this context adds to choosing genre rows, per unit of its logarithm. */
  genre_context: { ...WEIGHT },
  /** What each further row of a kind keeps of the order of the one before. */
  repeat: { least: 0, most: 1, otherwise: 0.7 },
  /** How much of how a row performs counts in its place: 0 nothing, 1 its take rate over the mean. */
  performance: { least: 0, most: 2, otherwise: 1 },
  /** Of take rates, where whoever makes the lists does not say: the rate that is expected, and its weight in impressions. */
  prior_rate: { least: 0, most: 0.5, otherwise: 0.05 },
  prior_strength: { least: 0.001, most: 1e6, otherwise: 100 },
} as const satisfies Readonly<Record<string, NumberSetting>>;
