/** What a rating data set is to Marquee, wherever it came from. */

/** `movielens-100k` is the real thing; `seeded` is made up in the same shape and must be called so wherever it shows. */
export type DataSetSource = 'movielens-100k' | 'seeded';

export interface Rating {
  readonly userId: string;
  readonly titleId: string;
  /** 1 to 5. */
  readonly rating: number;
  /** Seconds since the epoch. */
  readonly timeSeconds: number;
}

export interface RatedTitle {
  readonly titleId: string;
  readonly name: string;
  readonly year: number | null;
  readonly genres: readonly string[];
}

export interface DataSet {
  readonly source: DataSetSource;
  /** Why the data is seeded; absent for the real data set. */
  readonly reason?: string;
  /** In time order; equal times in file order. */
  readonly ratings: readonly Rating[];
  readonly titles: readonly RatedTitle[];
  readonly users: readonly string[];
}

/** Orders ratings by time; ratings of the same second keep the order they were stored in. */
export function inTimeOrder(ratings: readonly Rating[]): Rating[] {
  return ratings.toSorted((a, b) => a.timeSeconds - b.timeSeconds);
}
