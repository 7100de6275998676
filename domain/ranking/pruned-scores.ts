/**
 * Dot products with the factors of titles, of as many titles as it takes to know the best. Titles lie in the order of the
 * lengths of their factors, the longest first, and since x · y ≤ |x| |y| (Cauchy and Schwarz), none from the place on can be
 * among the best where |x| |y| is below the last of the best so far (Teflioudi, Gemulla & Mykytiuk, LEMP, SIGMOD 2015). Of
 * those before it sketches say which can be, first of a few leading factors and, where these keep out too few, of all; only
 * these are scored: as domain/title-scores.ts scores them, to the last bit.
 */
import { createBestSearch, type BestFound } from './best-titles.ts';
import { leadingFactorsInSlices } from './leading-factors.ts';
import { createListedScores } from './listed-scores.ts';
import { atOnce, type InSlices } from '../in-slices.ts';
import { createSortedBest, MOST_SORTED } from '../sorted-best.ts';
import { createSketches, SKETCHED, type Sketches } from './sketches.ts';
import { emptyTitleSet, hasTitle, type TitleFactors, type TitleSet } from './types.ts';

export interface PrunedScores {
  /** The query that the other calls are about; it is copied. */
  ask(query: Float32Array): void;
  /** The best `wanted` titles of a set, as `BestSearch` finds them. */
  best(among: TitleSet, wanted: number): BestFound;
  /** Writes the scores of the first `size` titles. */
  write(titles: Uint32Array, size: number, scores: Float32Array): void;
  /** How many titles were looked at for the best. */
  readonly looked: number;
}

/** The longest are scored as they are: nothing is known yet that could keep any out. */
const FIRST_LOOK = 32 * SKETCHED;
/** Places by which looking has gone so far that what is known of the best changes little. */
const SETTLED = 4 * FIRST_LOOK;
const LOOK = 128 * SKETCHED;
/** What rounding to 32 bits may add to a score. */
const ROUNDING = 1 + 1e-4;
/** Leading factors that leave a larger share are given up: a score costs many times what looking at all factors does. */
const MOST_LEFT = 0.25;

export const createPrunedScores = (factors: TitleFactors, mostWanted: number): PrunedScores =>
  atOnce(prunedScoresInSlices(factors, mostWanted));

export function* prunedScoresInSlices(factors: TitleFactors, mostWanted: number): InSlices<PrunedScores> {
  const { values, width } = factors;
  const count = values.length / width;
  const lengths = lengthsOf(values, width);
  yield;
  const order = longestFirst(lengths);
  yield;
  const sketches = yield* createLevels(factors, order);
  const listed = yield* createListedScores(values, width);
  const found = createBestSearch(mostWanted, count);
  const places = new Uint32Array(count);
  const titles = new Uint32Array(count);
  const query = new Float32Array(width);
  let length = 0;
  let looked = 0;

  /** Writes titles of the set at places [from, to) that may have as much as that; says how many there are. */
  const look = (from: number, to: number, threshold: number, among: TitleSet): number => {
    let left = 0;
    const hits = from === 0 ? undefined : sketches?.look(from, to, threshold, places);
    if (hits === undefined) {
      for (let place = from; place < to; place++)
        if (hasTitle(among, order[place]!)) titles[left++] = order[place]!;
      return left;
    }
    for (let hit = 0; hit < hits; hit++) {
      const title = order[places[hit]!]!;
      if (hasTitle(among, title)) titles[left++] = title;
    }
    return left;
  };

  return {
    get looked() {
      return looked;
    },
    ask(asked) {
      listed.ask(asked);
      length = 0;
      for (let k = 0; k < width; k++) length += asked[k]! * asked[k]!;
      length = Math.sqrt(length);
      looked = 0;
      query.set(asked);
    },
    best(among, wanted) {
      found.begin(wanted);
      sketches?.ask(query);
      for (let from = 0; from < count;) {
        const to = Math.min(count, from + (from < SETTLED ? FIRST_LOOK : LOOK));
        const left = look(from, to, found.least, among);
        listed.score(titles, left);
        found.lookListed(titles, left, listed.scores);
        looked = Math.max(looked, to);
        from = to;
        if (from < count && length * lengths[order[from]!]! * ROUNDING < found.least) break;
      }
      found.end();
      return found;
    },
    write(asked, size, scores) {
      listed.score(asked, size);
      for (let i = 0; i < size; i++) scores[i] = listed.scores[asked[i]!]!;
    },
  };
}

/** Sketches of leading factors, then of all; undefined on a machine without vectors. */
function* createLevels(
  factors: TitleFactors,
  order: Uint32Array,
): InSlices<Pick<Sketches, 'ask' | 'look'> | undefined> {
  const all = yield* createSketches(factors.values, factors.width, order);
  if (all === undefined) return undefined;
  const leading = yield* leadingFactorsInSlices(factors);
  if (leading === undefined) return all;
  const few = yield* createSketches(leading.values, leading.width, order, leading.rests);
  if (few === undefined) return all;
  let asked: Float32Array | undefined;
  let level: Sketches = few;
  return {
    ask(query) {
      asked = query;
      level = few;
      const rest = leading.ask(query);
      few.ask(leading.query, rest);
    },
    look(from, to, threshold, places) {
      const hits = level.look(from, to, threshold, places);
      if (level === few && asked !== undefined && hits > MOST_LEFT * (to - from)) {
        level = all;
        all.ask(asked);
      }
      return hits;
    },
  };
}

/** Loops: this stands between requests whenever a version comes. */
function lengthsOf(values: Float32Array, width: number): Float32Array {
  const lengths = new Float32Array(values.length / width);
  for (let title = 0, at = 0; title < lengths.length; title++) {
    let squares = 0;
    for (let k = 0; k < width; k++, at++) squares += values[at]! * values[at]!;
    lengths[title] = squares < Infinity ? Math.sqrt(squares) : 0;
  }
  return lengths;
}

function longestFirst(lengths: Float32Array): Uint32Array {
  const { length: count } = lengths;
  if (count > MOST_SORTED)
    return Uint32Array.from(lengths.keys()).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  return createSortedBest(count, count).select(lengths, emptyTitleSet(count).fill(ALL)).titles;
}

const ALL = 0xffff_ffff;
