/**
 * Dot products with the factors of titles, of as many titles as it takes to know the best: titles lie in the order of the
 * lengths of their factors, the longest first, and since x · y ≤ |x| |y| (Cauchy and Schwarz), none from the place on can be
 * among the best where |x| |y| is below the last of the best so far (Teflioudi, Gemulla & Mykytiuk, LEMP, SIGMOD 2015). Titles
 * that few watched have short factors, so most of a catalogue is never looked at. Scores are those of domain/title-scores.ts
 * to the last bit.
 */
import { createScoringKernel, LANES } from '../scoring-kernel.ts';
import { createBestSearch, type BestFound } from './best-titles.ts';
import type { TitleFactors, TitleSet } from './types.ts';

export interface PrunedScores {
  /** The query that the other calls are about; it is copied. */
  ask(query: Float32Array): void;
  /** The best `wanted` titles of a set, as `BestSearch` finds them. */
  best(among: TitleSet, wanted: number): BestFound;
  /** Writes the scores of the first `size` titles. */
  write(titles: Uint32Array, size: number, scores: Float32Array): void;
  /** How many titles have been scored at once for this query. */
  readonly looked: number;
}

/** Titles that are scored at once: a multiple of the lanes. */
const LOOK = 64 * LANES;
/** What rounding to 32 bits may add to a score. */
const ROUNDING = 1 + 1e-4;

export function createPrunedScores({ values, width }: TitleFactors, mostWanted: number): PrunedScores {
  const count = values.length / width;
  const lengths = lengthsOf(values, width);
  const order = Uint32Array.from(lengths.keys()).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const places = new Uint32Array(count);
  order.forEach((title, place) => (places[title] = place));
  const scoring = createOrderedScoring(values, width, order);
  const found = createBestSearch(mostWanted, count);
  const query = new Float32Array(width);
  let length = 0;
  let looked = 0;

  const lookTo = (end: number): void => {
    if (end > looked) scoring.score(query, looked, end);
    looked = Math.max(looked, end);
  };

  return {
    get looked() {
      return looked;
    },
    ask(asked) {
      query.set(asked);
      length = Math.sqrt(asked.reduce((sum, factor) => sum + factor * factor, 0));
      looked = 0;
    },
    best(among, wanted) {
      found.begin(wanted);
      let from = 0;
      for (let end = LOOK; ; end += LOOK) {
        lookTo(Math.min(end, count));
        found.look(scoring.scores, from, looked, among, order);
        from = looked;
        const most = looked < count ? length * lengths[order[looked]!]! * ROUNDING : 0;
        if (looked === count || most < found.cutoff(wanted)) break;
      }
      found.end();
      return found;
    },
    write(titles, size, scores) {
      for (let i = 0; i < size; i++) {
        const title = titles[i]!;
        const place = places[title]!;
        scores[i] = place < looked ? scoring.scores[place]! : dot(query, values, title * width);
      }
    },
  };
}

function lengthsOf(values: Float32Array, width: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, title) => {
    let squares = 0;
    for (let at = title * width; at < (title + 1) * width; at++) squares += values[at]! * values[at]!;
    return Number.isFinite(squares) ? Math.sqrt(squares) : 0;
  });
}

/** As the kernel has it: products and sums of 32 bits, factor by factor. */
function dot(query: Float32Array, values: Float32Array, from: number): number {
  let sum = 0;
  for (let k = 0; k < query.length; k++) sum = Math.fround(sum + Math.fround(query[k]! * values[from + k]!));
  return sum;
}

interface OrderedScoring {
  /** By place in the order. */
  readonly scores: Float32Array;
  /** Scores places [from, to); `from` is a multiple of the lanes. */
  score(query: Float32Array, from: number, to: number): void;
}

function createOrderedScoring(values: Float32Array, width: number, order: Uint32Array): OrderedScoring {
  const blocks = Math.ceil(order.length / LANES);
  const itemsAt = Math.ceil(width / LANES) * LANES;
  const outAt = itemsAt + blocks * LANES * width;
  const kernel = createScoringKernel((outAt + blocks * LANES) * Float32Array.BYTES_PER_ELEMENT);
  if (kernel === undefined) return createPlainScoring(values, order);
  const memory = new Float32Array(kernel.buffer);
  order.forEach((title, place) => {
    const block = itemsAt + Math.floor(place / LANES) * LANES * width + (place % LANES);
    for (let k = 0; k < width; k++) memory[block + k * LANES] = values[title * width + k]!;
  });
  return {
    scores: memory.subarray(outAt, outAt + order.length),
    score(query, from, to) {
      if (to <= from) return;
      memory.set(query);
      const end = outAt + Math.ceil(to / LANES) * LANES;
      kernel.scoreBlocks(0, 4 * (itemsAt + from * width), 4 * (outAt + from), 4 * end, 4 * width);
    },
  };
}

function createPlainScoring(values: Float32Array, order: Uint32Array): OrderedScoring {
  const scores = new Float32Array(order.length);
  return {
    scores,
    score(query, from, to) {
      for (let place = from; place < to; place++)
        scores[place] = dot(query, values, order[place]! * query.length);
    },
  };
}
