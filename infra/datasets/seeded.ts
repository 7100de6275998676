/**
 * A made-up data set of MovieLens 100k's shape, for machines that cannot fetch the real one: Zipf-like titles (the top
 * tenth takes about 41 % of ratings, there 43 %), uneven users, times over the same seven months.
 */
import { inTimeOrder, type DataSet, type RatedTitle, type Rating } from './data-set.ts';
import { createRandom, seedOf, type Random } from '../../domain/random.ts';

export interface SeededShape {
  readonly seed: number;
  readonly ratings: number;
  readonly titles: number;
  readonly users: number;
}

const MOVIELENS_SHAPE: SeededShape = { seed: 1, ratings: 100_000, titles: 1_682, users: 943 };

const START_SECONDS = 874_724_710;
const SPAN_SECONDS = 18_561_928;
const GENRES = [
  'Action',
  'Adventure',
  'Animation',
  'Comedy',
  'Crime',
  'Drama',
  'Romance',
  'Sci-Fi',
  'Thriller',
];
/** A power of a uniform number is skewed towards 0: with this one the top tenth of titles takes about 41 %. */
const TITLE_SKEW = 4.5;
const USER_SKEW = 1.6;

function makeTitle(index: number, seed: number): RatedTitle {
  const random = createRandom(seedOf(seed, 'title', index));
  const genre = (): string => GENRES[random.below(GENRES.length)] ?? 'Drama';
  return {
    titleId: String(index + 1),
    name: `Seeded title ${index + 1}`,
    year: 1930 + Math.floor(68 * random.next() ** 0.3),
    genres: [...new Set([genre(), genre()])],
  };
}

const skewed = (random: Random, limit: number, skew: number): number =>
  Math.floor(limit * random.next() ** skew);

/** Makes the data set; `reason` says why the real one is not there. */
export function seededDataSet(reason: string, shape: SeededShape = MOVIELENS_SHAPE): DataSet {
  const random = createRandom(seedOf(shape.seed, 'ratings'));
  const taken = new Set<number>();
  const ratings: Rating[] = [];
  const possible = Math.min(shape.ratings, Math.floor((shape.titles * shape.users) / 4));
  while (ratings.length < possible) {
    const title = skewed(random, shape.titles, TITLE_SKEW);
    const user = skewed(random, shape.users, USER_SKEW);
    const pair = user * shape.titles + title;
    if (taken.has(pair)) continue;
    taken.add(pair);
    ratings.push({
      userId: String(user + 1),
      titleId: String(title + 1),
      rating: 1 + Math.floor(5 * random.next() ** 0.6),
      timeSeconds: START_SECONDS + random.below(SPAN_SECONDS),
    });
  }
  return {
    source: 'seeded',
    reason,
    ratings: inTimeOrder(ratings),
    titles: Array.from({ length: shape.titles }, (_, index) => makeTitle(index, shape.seed)),
    users: Array.from({ length: shape.users }, (_, index) => String(index + 1)),
  };
}
