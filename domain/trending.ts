/**
 * Trending: plays of a window against what is expected of it. The current window is the last `windowMs` of full
 * five-minute buckets plus the bucket that is under way; the one before is the `windowMs` before that.
 *
 * The score is how surprising x plays are where E were expected, in standard deviations, stabilised by the square root
 * (Anscombe 1948; Huffman 1984): with smoothing s, and r the time of the window over the time that E was counted in,
 *
 *   score = 2 (√(x + s) − √(E + r s)) / √(1 + r)
 *
 * Where nothing is known of the title but y plays in the window before, E = r y: a test of two Poisson counts of one rate.
 * With w weeks of history the same hours of those weeks say what is usual (expected-plays.ts), and E goes over to that:
 *
 *   E = (1 − v) r₁ y + v E₂,  r = (1 − v) r₁ + v / w,  v = min(1, w / 3)
 *
 * so that a title does not trend at the hour at which it is watched every day. It goes by plays capped per profile, so that
 * nobody trends what one profile plays all day. It grows with the evidence, is about 0 for a title that does what it always
 * does, whatever its size, and is finite where nothing was expected.
 */
import type { TitleId } from './ids.ts';
import type { Expectation } from './expected-plays.ts';
import { CAPPED_AFTER, IMPRESSIONS, PLAYS } from './measures.ts';
import type { CountsByTitle } from './merge.ts';
import { BUCKET_MS, bucketStart, type Bucket, type EpochMs } from './time.ts';

export interface TrendWindows {
  /** Buckets [from, to). */
  readonly current: readonly [Bucket, Bucket];
  readonly previous: readonly [Bucket, Bucket];
  /** How much of the current window has gone by, milliseconds: its full buckets and the part of the last. */
  readonly currentMs: number;
  readonly previousMs: number;
}

/** The windows that a moment looks back on. `windowMs` is a multiple of five minutes. */
export function trendWindows(windowMs: number, now: EpochMs): TrendWindows {
  const length = windowMs / BUCKET_MS;
  if (!Number.isInteger(length) || length < 1)
    throw new RangeError(`window of ${windowMs} ms is not made of buckets`);
  const underWay = Math.floor(now / BUCKET_MS);
  return {
    current: [underWay - length, underWay + 1],
    previous: [underWay - 2 * length, underWay - length],
    currentMs: windowMs + (now - bucketStart(underWay)),
    previousMs: windowMs,
  };
}

export interface TrendingRules {
  /** Titles with fewer capped plays in the current window are left out. */
  readonly minPlays: number;
  /** The s of the score; Anscombe's 3/8 stabilises best. */
  readonly smoothing: number;
}

export interface RankedTitle {
  readonly titleId: TitleId;
  /** Of the current window. */
  readonly plays: number;
  readonly impressions: number;
  /** The same capped per profile: what trending goes by. */
  readonly cappedPlays: number;
  readonly cappedImpressions: number;
  readonly score: number;
}

const CAPPED_PLAYS = PLAYS + CAPPED_AFTER;

/** From so many weeks of history on, the window before says nothing any more. */
const WHOLE_WEEKS = 3;

/** What the weeks before let expect of a title in the current window; undefined where they say nothing. */
export type ExpectationOf = (title: TitleId) => Expectation | undefined;

/** The most surprising title first; ties by capped plays, then by title id. The same counts give the same row. */
export function rankTrending(
  current: CountsByTitle,
  previous: CountsByTitle,
  { currentMs, previousMs }: Pick<TrendWindows, 'currentMs' | 'previousMs'>,
  { minPlays, smoothing }: TrendingRules,
  expectationOf: ExpectationOf = () => undefined,
): RankedTitle[] {
  const ratio = currentMs / previousMs;
  const ranked: RankedTitle[] = [];
  for (const [titleId, measures] of current) {
    const cappedPlays = measures[CAPPED_PLAYS]!;
    if (cappedPlays < minPlays) continue;
    const before = previous.get(titleId)?.[CAPPED_PLAYS] ?? 0;
    const expected = blend(ratio * before, ratio, expectationOf(titleId));
    const score = surprise(cappedPlays, expected.plays, expected.ratio, smoothing);
    ranked.push({ ...countsOf(titleId, measures), score });
  }
  return ranked.sort((a, b) => b.score - a.score || b.cappedPlays - a.cappedPlays || byTitle(a, b));
}

/** The E and r of the module's comment. */
export function blend(
  byWindow: number,
  windowRatio: number,
  usual: Expectation | undefined,
): { readonly plays: number; readonly ratio: number } {
  if (usual === undefined || usual.weeks <= 0) return { plays: byWindow, ratio: windowRatio };
  const share = Math.min(1, usual.weeks / WHOLE_WEEKS);
  return {
    plays: (1 - share) * byWindow + share * usual.plays,
    ratio: (1 - share) * windowRatio + share / usual.weeks,
  };
}

/** The score of the module's comment; `ratio` is the time of the count over the time in which `expected` was counted. */
export function surprise(plays: number, expected: number, ratio: number, smoothing: number): number {
  const difference = Math.sqrt(plays + smoothing) - Math.sqrt(expected + ratio * smoothing);
  return (2 * difference) / Math.sqrt(1 + ratio);
}

/** Most plays first; ties by impressions, then by title id. The score is the number of plays. */
export function rankPopular(totals: CountsByTitle): RankedTitle[] {
  const ranked = Array.from(totals, ([titleId, measures]) => ({
    ...countsOf(titleId, measures),
    score: measures[PLAYS]!,
  }));
  return ranked.sort((a, b) => b.plays - a.plays || b.impressions - a.impressions || byTitle(a, b));
}

const countsOf = (titleId: TitleId, measures: Float64Array): Omit<RankedTitle, 'score'> => ({
  titleId,
  plays: measures[PLAYS]!,
  impressions: measures[IMPRESSIONS]!,
  cappedPlays: measures[CAPPED_PLAYS]!,
  cappedImpressions: measures[IMPRESSIONS + CAPPED_AFTER]!,
});

function byTitle(a: RankedTitle, b: RankedTitle): number {
  if (a.titleId === b.titleId) return 0;
  return a.titleId < b.titleId ? -1 : 1;
}
