/** What ranking is asked and what it answers: the public face of this folder. */
import type { TitleId } from '../ids.ts';
import type { RankingPolicy, Ingredient } from './policy.ts';
import type { ProfileView, RankedList, RankedRow, RankingContext, RowKind, SharedLists } from './types.ts';

/** Which row: its kind and what it is about (the number of a title or of a genre), −1 for rows about nothing in particular. */
export interface RowRef {
  readonly kind: RowKind;
  readonly subject: number;
}

export interface RankRequest {
  /** Null where nothing is known of who asks: the page is then the same for everybody in the country. */
  readonly profile: ProfileView | null;
  readonly context: RankingContext;
  readonly lists: SharedLists;
  readonly policy: RankingPolicy;
  /**
   * How rows perform: smoothed take rates, unbiased of position where that is known, by row name (`rowName`) or kind. Rows
   * that are not here are as good as the mean of those that are.
   */
  readonly rowRates?: ReadonlyMap<string, number> | undefined;
  /** Rows of a page, at most. */
  readonly rows: number;
  /** Titles of a row, at most; the policy may say fewer. */
  readonly limit: number;
}

/** Where the taste comes from that titles were scored by. */
export const TASTE_SOURCES = ['factors', 'clusters', 'neighbours', 'genres', 'none'] as const;
export type TasteSource = (typeof TASTE_SOURCES)[number];

export interface RankedPage {
  /** In the order in which they stand on the page; no title twice. Empty only where no title is available. */
  readonly rows: readonly RankedRow[];
  readonly tasteSource: TasteSource;
  /** Whether filters had to be given up, all but availability, because they left nothing to show. */
  readonly relaxed: boolean;
}

/** One ingredient of a score: `weight · standard` is what it adds. */
export interface ScorePart {
  readonly ingredient: Ingredient;
  readonly weight: number;
  /** What was found: a dot product, plays, a rate. */
  readonly value: number;
  /** The same in standard deviations from the mean of the row's candidates. */
  readonly standard: number;
}

/** Why a title has its place in a row. */
export interface Explanation {
  readonly title: number;
  readonly rank: number;
  /** What the row is ordered by: Σ weight · standard + seen − diversity. */
  readonly score: number;
  readonly parts: readonly ScorePart[];
  /** What being seen often adds: `weight · ln(seen weight)`, 0 or less. */
  readonly seen: number;
  /** What is taken off for being like the titles before it in the row, 0 or more. */
  readonly diversity: number;
  readonly candidates: number;
}

/** What a title had to pass for its place: the rules that its row obeys for this profile. */
export const FILTERS = ['available', 'not-disliked', 'not-watched', 'not-capped', 'active-enough'] as const;
export type Filter = (typeof FILTERS)[number];

export interface RowExplanation {
  readonly row: RankedRow;
  readonly tasteSource: TasteSource;
  readonly policyVersion: number | null;
  /** By rank, one for each title of the row. Rows that are not scored (My List, Continue Watching) have no parts. */
  readonly titles: readonly Explanation[];
}

/** Rules that keep a title out, the ones that hold for the whole page first. */
export const WHY_NOT_RULES = [
  'unknown-title',
  'unavailable',
  'disliked',
  'finished',
  'under-way',
  'abandoned',
  'capped',
  'below-minimum-activity',
  'not-a-candidate',
  'in-an-earlier-row',
  'scored-below',
  'row-left-out',
] as const;
export type WhyNotRule = (typeof WHY_NOT_RULES)[number];

export interface WhyNotReason {
  /** Null for a rule that holds for the whole page. */
  readonly row: RowRef | null;
  readonly rule: WhyNotRule;
  /** Of `scored-below`: what it has and what the last title of the row has. */
  readonly score?: number;
  readonly lastShown?: number;
  /** Of `in-an-earlier-row`: the row that had it first. */
  readonly earlier?: RowRef;
}

export interface WhyNot {
  readonly title: number;
  /** Where the title does stand on the page; null where it does not. */
  readonly shown: (RowRef & { readonly rank: number }) | null;
  /** What keeps it out of each row that was looked at; a single entry for a rule of the whole page. */
  readonly reasons: readonly WhyNotReason[];
}

/**
 * Ranks for one snapshot of titles and models. Calls share memory that was made once, so a ranker belongs to one thread;
 * what they return is theirs to keep. The same request gives the same answer. Nothing throws on what a profile or a list
 * holds.
 */
export interface Ranker {
  page(request: RankRequest): RankedPage;
  /** A row for itself, as if nothing stood before it on the page. Of a kind that has several, the first where no subject is given. */
  row(request: RankRequest, kind: RowKind, subject?: number): RankedRow;
  /** Titles like one: by co-watching, then by factors, then by genres. `available` is obeyed. Without the title itself. */
  similar(request: RankRequest, title: number): RankedList;
  /** Of each row of the page; by the very code that ranks it. */
  explain(request: RankRequest): readonly RowExplanation[];
  /** Of one row for itself. */
  explainRow(request: RankRequest, kind: RowKind, subject?: number): RowExplanation;
  whyNot(request: RankRequest, title: TitleId): WhyNot;
}
