/**
 * The candidates of one row with what each is scored by. A score is a weighted sum of ingredients, each in standard deviations
 * from the mean of the row's candidates, so that weights mean the same whatever is counted, and of the logarithm of the seen
 * weight: e to the score is a product of factors, of which the seen weight is one.
 *
 *   score = Σ weight · (value − mean) / deviation + seen · ln(seen weight)
 *
 * Ranking and explaining read the same columns.
 */
import type { BestFound } from './best-titles.ts';
import type { Ingredient } from './policy.ts';
import { addTitle, hasTitle, removeTitle, type TitleSet } from './types.ts';

/** Candidates of a row, at most: more than a policy may ask for, so that ties at the end find room. */
export const MOST_CANDIDATES = 2048;

export interface ListedTitles {
  readonly titles: Uint32Array;
  readonly scores?: Float32Array;
}

export interface PoolPart {
  ingredient: Ingredient;
  weight: number;
  readonly values: Float32Array;
  mean: number;
  /** 0 where all are alike: the part says nothing then. */
  deviation: number;
}

export interface Pool {
  readonly size: number;
  readonly titles: Uint32Array;
  readonly scores: Float32Array;
  /** What having been seen adds to each score. */
  readonly seen: Float32Array;
  /** Parts of the scores: the first `partCount`. */
  readonly parts: readonly PoolPart[];
  readonly partCount: number;
  clear(): void;
  /** Adds a title unless it is there; says false once there is no room for more. */
  add(title: number): boolean;
  /** As `add`, with a score that is taken as it is. */
  addScored(title: number, score: number): boolean;
  /**
   * Adds those of a list that are of the set, best first, until the pool has `wanted`; titles as good as the last of them come
   * in with it, where the list has scores.
   */
  addListed(list: ListedTitles, among: TitleSet, wanted: number): void;
  /** Adds those found that are of the set and have at least that score. */
  addBest(found: Pick<BestFound, 'titles' | 'scores' | 'size'>, least: number, among: TitleSet): void;
  has(title: number): boolean;
  /** A part of every score, by title number; one of weight 0 is left out, values that are not finite count as 0. */
  addPart(ingredient: Ingredient, weight: number, byTitle: Float32Array): void;
  /** The same, from what is written to the part's `values` by place in the pool, after all titles were added. */
  addValues(ingredient: Ingredient, weight: number, write: (values: Float32Array) => void): void;
  /**
   * A part in units of the one added before it: it is measured from 0, so that both together are what their sum would be.
   */
  addToLast(ingredient: Ingredient, share: number, byTitle: Float32Array): void;
  /** Makes the scores of the parts. `seenLogs` by title number. */
  score(seenWeight: number, seenLogs: Float32Array): void;
}

export function createPool(among: TitleSet): Pool {
  const titles = new Uint32Array(MOST_CANDIDATES);
  const scores = new Float32Array(MOST_CANDIDATES);
  const seen = new Float32Array(MOST_CANDIDATES);
  const sums = new Float64Array(MOST_CANDIDATES);
  const inside = among.slice().fill(0);
  const parts: PoolPart[] = [];
  let size = 0;
  let partCount = 0;

  const nextPart = (ingredient: Ingredient, weight: number): PoolPart => {
    const part = (parts[partCount] ??= {
      ingredient,
      weight,
      values: new Float32Array(MOST_CANDIDATES),
      mean: 0,
      deviation: 0,
    });
    part.ingredient = ingredient;
    part.weight = weight;
    partCount += 1;
    return part;
  };

  const pool: Pool = {
    titles,
    scores,
    seen,
    parts,
    get size() {
      return size;
    },
    get partCount() {
      return partCount;
    },
    clear() {
      for (let i = 0; i < size; i++) removeTitle(inside, titles[i]!);
      size = 0;
      partCount = 0;
    },
    add(title) {
      return pool.addScored(title, 0);
    },
    addScored(title, score) {
      if (size === MOST_CANDIDATES) return false;
      if (hasTitle(inside, title)) return true;
      addTitle(inside, title);
      titles[size] = title;
      scores[size] = score;
      seen[size] = 0;
      size += 1;
      return true;
    },
    addListed({ titles: listed, scores: worths }, among, wanted) {
      let last: number | undefined;
      let end = size;
      for (let rank = 0; rank < listed.length && end < MOST_CANDIDATES; rank++) {
        if (end >= wanted && (worths === undefined || worths[rank] !== last)) break;
        const title = listed[rank]!;
        if (!hasTitle(among, title)) continue;
        if (worths !== undefined) last = worths[rank]!;
        if (hasTitle(inside, title)) continue;
        addTitle(inside, title);
        titles[end] = title;
        scores[end] = 0;
        seen[end] = 0;
        end += 1;
      }
      size = end;
    },
    addBest({ titles: found, scores: worths, size: count }, least, among) {
      let end = size;
      for (let at = 0; at < count && end < MOST_CANDIDATES; at++) {
        const title = found[at]!;
        if (!(worths[at]! >= least) || !hasTitle(among, title) || hasTitle(inside, title)) continue;
        addTitle(inside, title);
        titles[end] = title;
        scores[end] = 0;
        seen[end] = 0;
        end += 1;
      }
      size = end;
    },
    has: (title) => hasTitle(inside, title),
    addPart(ingredient, weight, byTitle) {
      if (weight === 0 || size === 0) return;
      const part = nextPart(ingredient, weight);
      for (let i = 0; i < size; i++) part.values[i] = byTitle[titles[i]!]!;
      measure(part, size);
    },
    addValues(ingredient, weight, write) {
      if (weight === 0 || size === 0) return;
      const part = nextPart(ingredient, weight);
      write(part.values);
      measure(part, size);
    },
    addToLast(ingredient, share, byTitle) {
      if (share === 0 || partCount === 0) return;
      const last = parts[partCount - 1]!;
      const part = nextPart(ingredient, last.weight);
      for (let i = 0; i < size; i++) part.values[i] = share * byTitle[titles[i]!]!;
      measureTogether(last, part, size);
    },
    score(seenWeight, seenLogs) {
      sums.fill(0, 0, size);
      for (let p = 0; p < partCount; p++) {
        const { values, mean, deviation, weight } = parts[p]!;
        if (deviation === 0) continue;
        const scale = weight / deviation;
        for (let i = 0; i < size; i++) sums[i]! += scale * (values[i]! - mean);
      }
      for (let i = 0; i < size; i++) {
        const discount = seenWeight * seenLogs[titles[i]!]!;
        seen[i] = discount;
        // To 32 bits: the order in which sums were made must not decide between equals.
        scores[i] = sums[i]! + discount;
      }
    },
  };
  return pool;
}

function measure(part: PoolPart, size: number): void {
  const { values } = part;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const value = values[i]!;
    // NaN and infinities are taken off by their difference with themselves.
    if (value - value !== 0) values[i] = 0;
    sum += values[i]!;
  }
  const mean = sum / size;
  let squares = 0;
  for (let i = 0; i < size; i++) squares += (values[i]! - mean) * (values[i]! - mean);
  part.mean = mean;
  part.deviation = deviationOf(squares / size, mean);
}

/** Both by the deviation of their sum, and the mean of the sum on the first. */
function measureTogether(first: PoolPart, second: PoolPart, size: number): void {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += first.values[i]! + second.values[i]!;
  const mean = sum / size;
  let squares = 0;
  for (let i = 0; i < size; i++) squares += (first.values[i]! + second.values[i]! - mean) ** 2;
  first.mean = mean;
  second.mean = 0;
  first.deviation = deviationOf(squares / size, mean);
  second.deviation = first.deviation;
}

/** What is left of equal values by rounding is no deviation. */
function deviationOf(variance: number, mean: number): number {
  const deviation = Math.sqrt(variance);
  return deviation > 1e-7 * Math.abs(mean) && Number.isFinite(deviation) ? deviation : 0;
}
