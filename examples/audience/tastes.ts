/**
 * Who the audience is. Tastes are real: what a user of the data set rated, and how. When and where they watch is not in
 * it, and is seeded: country, device, how often, and which genres belong to which part of the day.
 */
import { createRandom, seedOf } from '../../domain/random.ts';
import type { DataSet, RatedTitle, Rating } from '../../infra/datasets/data-set.ts';
import { profileOf } from '../demo/audience.ts';
import { dayPartFactor } from './day-parts.ts';

export interface Viewer {
  readonly profileId: string;
  readonly country: string;
  readonly device: string;
  readonly appVersion: string;
  /** Sessions a day, on average. */
  readonly sessionsPerDay: number;
  /** What was watched before the audience opens the app, the oldest first. */
  readonly history: readonly Rating[];
  /** Titles that will be liked, once they are found, by the rating they got. */
  readonly wanted: ReadonlyMap<string, number>;
  /** The chance that a title is played when it is looked at for the first time at this hour, 0 to 1. */
  appeal(titleId: string, hour: number): number;
}

export interface AudienceOptions {
  readonly seed: number;
  /** Users of the data set that take part, drawn by the seed. Default: all. */
  readonly viewers?: number | undefined;
  /** Share of each user's ratings, from the oldest, that lie in the past. Default one half. */
  readonly pastShare?: number | undefined;
}

/** The chance of a play by rating: those rated well are what somebody opens the app for. */
const APPEAL_OF_RATING: Readonly<Record<number, number>> = { 5: 0.3, 4: 0.2, 3: 0.07, 2: 0.02, 1: 0.005 };
/** Of a title that was never rated, before the genres say more. */
const APPEAL_OF_UNKNOWN = 0.008;
/** Of a title that was watched already. */
const APPEAL_OF_WATCHED = 0.01;
const LEAST_LEAN = 0.25;
const MOST_LEAN = 4;
const LIKED_FROM = 4;
/** How many ratings the mean of all genres weighs in that of one. */
const LEAN_STRENGTH = 5;

/** The same data set and options give the same audience, ordered by profile id. */
export function createAudience(data: DataSet, { seed, viewers, pastShare = 0.5 }: AudienceOptions): Viewer[] {
  const titles = new Map(data.titles.map((title) => [title.titleId, title]));
  const byUser = Map.groupBy(data.ratings, ({ userId }) => userId);
  return [...byUser]
    .map(([userId, ratings]) => ({
      userId,
      ratings,
      draw: createRandom(seedOf(seed, 'drawn', userId)).next(),
    }))
    .sort((a, b) => a.draw - b.draw)
    .slice(0, viewers ?? byUser.size)
    .map(({ userId, ratings }) => viewerOf(userId, ratings, titles, seed, pastShare))
    .sort((a, b) => (a.profileId < b.profileId ? -1 : 1));
}

function viewerOf(
  userId: string,
  ratings: readonly Rating[],
  titles: ReadonlyMap<string, RatedTitle>,
  seed: number,
  pastShare: number,
): Viewer {
  const history = ratings.slice(0, Math.ceil(ratings.length * pastShare));
  const watched = new Set(history.map(({ titleId }) => titleId));
  const future = ratings.filter(({ titleId }) => !watched.has(titleId));
  const wanted = new Map(future.map(({ titleId, rating }) => [titleId, rating]));
  const leans = leansOf(ratings, titles);
  const { profileId, country, device, appVersion } = profileOf(userId, seed);
  const random = createRandom(seedOf(seed, 'activity', userId));
  return {
    ...{ profileId, country, device, appVersion, history, wanted },
    sessionsPerDay: 0.2 + 1.3 * random.next() ** 2,
    appeal(titleId, hour) {
      const genres = titles.get(titleId)?.genres ?? [];
      if (watched.has(titleId)) return APPEAL_OF_WATCHED;
      const rating = wanted.get(titleId);
      const base = rating === undefined ? unknownAppeal(genres, leans) : (APPEAL_OF_RATING[rating] ?? 0);
      return Math.min(1, base * dayPartFactor(genres, hour));
    },
  };
}

/** How much more a user likes a genre than others do: liked ratings over ratings, against the same of all genres. */
function leansOf(
  ratings: readonly Rating[],
  titles: ReadonlyMap<string, RatedTitle>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, { all: number; liked: number }>();
  let liked = 0;
  for (const { titleId, rating } of ratings) {
    if (rating >= LIKED_FROM) liked += 1;
    for (const genre of titles.get(titleId)?.genres ?? []) {
      const count = counts.get(genre) ?? { all: 0, liked: 0 };
      count.all += 1;
      count.liked += rating >= LIKED_FROM ? 1 : 0;
      counts.set(genre, count);
    }
  }
  const mean = Math.max(0.05, liked / Math.max(1, ratings.length));
  const total = Math.max(1, ratings.length);
  return new Map(
    [...counts].map(([genre, { all, liked: likedOf }]) => {
      const smoothed = (likedOf + LEAN_STRENGTH * mean) / (all + LEAN_STRENGTH);
      // A genre that is rated often is one that is sought.
      const sought = Math.sqrt((all / total) * counts.size);
      return [genre, Math.min(MOST_LEAN, Math.max(LEAST_LEAN, (smoothed / mean) * sought))];
    }),
  );
}

function unknownAppeal(genres: readonly string[], leans: ReadonlyMap<string, number>): number {
  if (genres.length === 0) return APPEAL_OF_UNKNOWN;
  const lean = genres.reduce((sum, genre) => sum + (leans.get(genre) ?? LEAST_LEAN), 0) / genres.length;
  return APPEAL_OF_UNKNOWN * lean;
}
