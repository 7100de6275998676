/**
 * Trending: plays of a window against the window before it. The current window is the last `windowMs` of full
 * five-minute buckets plus the bucket that is under way; the one before is the `windowMs` before that. Rates are
 * compared, since the two are not of one length.
 *
 * The score is how surprising x plays in time t are after y plays in time u, in standard deviations of two Poisson
 * counts of one rate, stabilised by the square root (Anscombe 1948; Huffman 1984): with r = t / u and smoothing s,
 *
 *   score = 2 (√(x + s) − √(r (y + s))) / √(1 + r)
 *
 * It goes by plays capped per profile, so that nobody trends what one profile plays all day. It grows with the evidence, is about 0 for a steady title whatever its size, and is finite where y is 0.
 */
import type { TitleId } from './ids.ts';
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

/** The most surprising title first; ties by capped plays, then by title id. The same counts give the same row. */
export function rankTrending(
  current: CountsByTitle,
  previous: CountsByTitle,
  { currentMs, previousMs }: Pick<TrendWindows, 'currentMs' | 'previousMs'>,
  { minPlays, smoothing }: TrendingRules,
): RankedTitle[] {
  const ratio = currentMs / previousMs;
  const ranked: RankedTitle[] = [];
  for (const [titleId, measures] of current) {
    const cappedPlays = measures[CAPPED_PLAYS]!;
    if (cappedPlays < minPlays) continue;
    const score = surprise(cappedPlays, previous.get(titleId)?.[CAPPED_PLAYS] ?? 0, ratio, smoothing);
    ranked.push({ ...countsOf(titleId, measures), score });
  }
  return ranked.sort((a, b) => b.score - a.score || b.cappedPlays - a.cappedPlays || byTitle(a, b));
}

/** The score of the module's comment; `ratio` is the time of the first count over that of the second. */
export function surprise(plays: number, before: number, ratio: number, smoothing: number): number {
  const difference = Math.sqrt(plays + smoothing) - Math.sqrt(ratio * (before + smoothing));
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
