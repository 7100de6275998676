/**
 * What ranking works on: titles by number, a profile and a context, in typed arrays. A number is a position in one immutable
 * table of titles; whoever puts a table together maps everything else onto its numbers once, so that a request only counts.
 */
import type { TitleId } from '../ids.ts';
import type { EpochMs } from '../time.ts';

/** Titles that may stand in a row: films and series. Seasons and episodes have the number of their topmost parent. */
export interface TitleTable {
  readonly count: number;
  /** By number. */
  readonly ids: readonly TitleId[];
  /** The number of a title, of the series for its seasons and episodes; −1 where it is not there. */
  numberOf(title: TitleId): number;
  /** The same for who has the `shortHash` of the title at hand, but −1 for seasons and episodes as well. */
  readonly numberOfHashed?: ((title: TitleId, hash: number) => number) | undefined;
  /** Genre names by genre number, in text order. */
  readonly genres: readonly string[];
  /** Genres of title n: `genreOf[genreStarts[n] .. genreStarts[n + 1])`. */
  readonly genreStarts: Uint32Array;
  readonly genreOf: Uint16Array;
  /** When a title was launched, epoch milliseconds; NaN where that is not known. */
  readonly launchedAt: Float64Array;
  /** When a title came to this service: the start of its earliest interval of availability; NaN where that is open. */
  readonly addedAt: Float64Array;
}

/** A set of titles: bit `n & 31` of word `n >> 5`. */
export type TitleSet = Uint32Array;

export const hasTitle = (set: TitleSet, title: number): boolean =>
  ((set[title >>> 5]! >>> (title & 31)) & 1) === 1;

export function addTitle(set: TitleSet, title: number): void {
  set[title >>> 5]! |= 1 << (title & 31);
}

export function removeTitle(set: TitleSet, title: number): void {
  set[title >>> 5]! &= ~(1 << (title & 31));
}

/** How long a set of so many titles is. */
export const titleSetWords = (count: number): number => (count + 31) >>> 5;

export const emptyTitleSet = (count: number): TitleSet => new Uint32Array(titleSetWords(count));

/** Titles, best first, with what they are ordered by. Both arrays are of one length. */
export interface RankedList {
  readonly titles: Uint32Array;
  readonly scores: Float32Array;
}

/** Factors of every title of the table, rows of zeros where it has none. */
export interface TitleFactors {
  readonly width: number;
  /** Row-major, by title number. */
  readonly values: Float32Array;
  /** Titles that have factors. */
  readonly known: TitleSet;
  /** YᵀY (domain/fold-in.ts), where it is known already: making it of 10,000 titles takes some 30 ms. */
  readonly gram?: Float64Array | undefined;
  readonly regularisation: {
    readonly strength: number;
    readonly exponent: number;
    readonly unobservedWeight: number;
  };
}

/** Neighbours of title n, the nearest first: `titles[starts[n] .. starts[n + 1])`. */
export interface TitleNeighbours {
  readonly starts: Uint32Array;
  readonly titles: Uint32Array;
  readonly scores: Float32Array;
}

export const WATCH_STATUSES = ['open', 'stopped', 'finished', 'abandoned'] as const;
export type WatchStatus = (typeof WATCH_STATUSES)[number];

/** A title that a profile watched, by number. */
export interface WatchedNumber {
  readonly title: number;
  /** The title that was played: the episode of a series. */
  readonly playedId: TitleId;
  readonly at: EpochMs;
  /** How much of what was played was watched, 0 to 1; null where that is not known. */
  readonly share: number | null;
  readonly positionSeconds: number | null;
  readonly status: WatchStatus;
}

/** What is known of a profile, on the numbers of one table. A profile nothing is known of has empty lists. */
export interface ProfileView {
  /** Newest first, each title once. */
  readonly watched: readonly WatchedNumber[];
  /** My List, newest first. */
  readonly list: Uint32Array;
  /** Titles rated down: never shown. */
  readonly disliked: TitleSet;
  /** Titles shown too often of late: never shown, in rows that keep the cap. */
  readonly capped: TitleSet;
  /** What a title's score is multiplied by for having been seen often; titles that are not here have 1. */
  readonly seenWeights: SeenWeights;
  /** How often a title was shown; absent where that is not known. Slow: for explanations. */
  readonly shownOf?: ((title: number) => ShownCounts) | undefined;
}

export interface ShownCounts {
  /** In the hour of the page and the 23 before it; what the cap goes by. */
  readonly lastDay: number;
  /** Decayed over a week; what the seen weight goes by. */
  readonly week: number;
}

/** Weights by title number; a map is one. */
export interface SeenWeights {
  forEach(visit: (weight: number, title: number) => void): void;
}

export interface RankingContext {
  /** Epoch milliseconds. */
  readonly now: EpochMs;
  /** Hour of the day at the profile, 0 to 23. */
  readonly hour: number;
  readonly country: string | null;
  readonly device: string | null;
  /** Titles that may be shown in this country now. */
  readonly available: TitleSet;
  /** How much more a genre is played at this hour and on this device, by genre number (`context.ts`); nothing where left out. */
  readonly genreLifts?: Float32Array | undefined;
}

/** Lists that are the same for everybody in a country, made every second or so and shared by all requests. */
export interface SharedLists {
  /** By surprise, past the minimum activity. */
  readonly trending: RankedList;
  /** By plays. */
  readonly popular: RankedList;
  /** Smoothed take rates by title number; NaN where it is withheld. */
  readonly takeRates: Float32Array;
  /** Impressions by title number, for exploration. */
  readonly impressions: Float32Array;
  /** What the take rates are smoothed by (domain/take-rate.ts); the policy's where that is left out. */
  readonly takeRatePrior?: { readonly mean: number; readonly strength: number } | undefined;
}

/** Published models, on the numbers of one table; null where none was ever published. */
export interface RankingModels {
  readonly factors: TitleFactors | null;
  readonly neighbours: TitleNeighbours | null;
  /** Centres of clusters of profiles, row-major, with each cluster's best titles. */
  readonly clusters: {
    readonly centres: Float32Array;
    readonly width: number;
    readonly lists: readonly RankedList[];
    /**
     * The factors that the centres are of: a profile is folded into these to be assigned, since those of `factors` are of
     * another training.
     */
    readonly factors: TitleFactors;
  } | null;
}

export const ROW_KINDS = [
  'billboard',
  'trending',
  'top-picks',
  'my-list',
  'genre',
  'because-you-watched',
  'continue-watching',
  'new-releases',
  'recently-added',
  'popular',
] as const;
export type RowKind = (typeof ROW_KINDS)[number];

/** One row of a page. */
export interface RankedRow extends RankedList {
  readonly kind: RowKind;
  /** What the row is about: the number of a title for because-you-watched, of a genre for genre rows; −1 for others. */
  readonly subject: number;
}
