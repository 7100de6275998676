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
  /** Places of titles that wait to be scored by themselves. */
  const apart = new Uint32Array(4);
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
      let waiting = 0;
      for (let i = 0; i < size; i++) {
        const place = places[titles[i]!]!;
        if (place < looked) scores[i] = scoring.scores[place]!;
        else apart[waiting++] = i;
        if (waiting < apart.length && i < size - 1) continue;
        // What is missing of four is scored once more.
        if (waiting > 0) dotFour(query, values, titles, apart.fill(apart[0]!, waiting), scores);
        waiting = 0;
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

/** Scores of the titles at four places, in sums that do not wait for each other: of 32 bits, as the kernel has them. */
function dotFour(
  query: Float32Array,
  values: Float32Array,
  titles: Uint32Array,
  places: Uint32Array,
  scores: Float32Array,
): void {
  const width = query.length;
  let [a, b, c, d] = [0, 0, 0, 0];
  let first = titles[places[0]!]! * width;
  let second = titles[places[1]!]! * width;
  let third = titles[places[2]!]! * width;
  let fourth = titles[places[3]!]! * width;
  for (let k = 0; k < width; k++) {
    const factor = query[k]!;
    a = Math.fround(a + Math.fround(factor * values[first++]!));
    b = Math.fround(b + Math.fround(factor * values[second++]!));
    c = Math.fround(c + Math.fround(factor * values[third++]!));
    d = Math.fround(d + Math.fround(factor * values[fourth++]!));
  }
  scores[places[0]!] = a;
  scores[places[1]!] = b;
  scores[places[2]!] = c;
  scores[places[3]!] = d;
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
  const four = new Uint32Array(4);
  return {
    scores,
    score(query, from, to) {
      for (let place = from; place < to; place += 4) {
        for (let i = 0; i < 4; i++) four[i] = Math.min(place + i, to - 1);
        dotFour(query, values, order, four, scores);
      }
    },
  };
}
