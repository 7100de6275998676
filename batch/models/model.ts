/** What a model is: a file of parameters made from interactions, and the rows that it gives. */
import type { ProfileId, TitleId } from '../../domain/ids.ts';
import type { Random } from '../../domain/random.ts';
import type { ViewName } from '../../domain/views.ts';

/**
 * A sparse matrix in compressed rows. Row r holds the entries `rowStarts[r]` until before `rowStarts[r + 1]`; their
 * `columns` rise and each is there once.
 */
export interface SparseRows {
  /** One more than there are rows. */
  readonly rowStarts: Uint32Array;
  readonly columns: Uint32Array;
  /** Above 0. */
  readonly weights: Float32Array;
}

/**
 * Who watched what: a row for each profile, a column for each title. The weight of an entry is the confidence in it: what
 * the profile did with the title, less what it saw and left, decayed by age.
 */
export interface Interactions extends SparseRows {
  /** By row, in the byte order of ids. */
  readonly profiles: readonly ProfileId[];
  /** By column, in the byte order of ids. */
  readonly titles: readonly TitleId[];
  /** When the profile last watched the title, milliseconds since the epoch; on a tie the later column is the newer. */
  readonly times: Float64Array;
}

/** What is known of each title beside who watched it, by column of the interactions. */
export interface TitleFeatures {
  readonly genres: readonly (readonly string[])[];
  /** 0 where it is unknown. */
  readonly years: Uint16Array;
  /** When it could first be watched, milliseconds since the epoch; NaN where it is unknown. */
  readonly launchTimes: Float64Array;
}

export interface TrainingData {
  readonly interactions: Interactions;
  /** Titles that a profile saw, passed over and never watched, with the confidence in its dislike; as the interactions' rows. */
  readonly passedOver?: SparseRows | undefined;
  readonly features: TitleFeatures;
}

export interface TrainOptions {
  /** All chance in training comes from here. */
  readonly random: Random;
  /** Threads that may be used beside this one; 0 does all the work here. */
  readonly threads: number;
  /** The parameters of the current version, for a warm start; their titles and profiles may be others. */
  readonly previous?: readonly ModelTable[] | undefined;
  /** Called between steps with the share done, 0 to 1; throws to end the training. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

export type TableColumn =
  | { readonly type: 'VARCHAR'; readonly values: readonly (string | null)[] }
  | { readonly type: 'FLOAT'; readonly values: Float32Array }
  | { readonly type: 'DOUBLE'; readonly values: Float64Array }
  | { readonly type: 'INTEGER'; readonly values: Int32Array }
  | { readonly type: 'BIGINT'; readonly values: Float64Array };

/** One part of a version, in columns; the first columns are its key and its rows are ordered by it. */
export interface ModelTable {
  readonly name: string;
  readonly rows: number;
  readonly columns: Readonly<Record<string, TableColumn>>;
}

/** A profile's own entries: columns of the interactions, rising, with the weight and time of each. */
export interface History {
  readonly columns: Uint32Array;
  readonly weights: Float32Array;
  readonly times: Float64Array;
}

/** Scores of all titles for one profile after another. */
export interface Scorer {
  /** By column of the scorer's titles. */
  readonly titles: readonly TitleId[];
  /** Fills `scores`, one for each title; the history's columns are those of `titles`. Does not leave out what was watched. */
  score(history: History, scores: Float32Array): void;
}

/**
 * A model in one file. The same data, options and code give the same tables, byte for byte, whatever the number of threads.
 */
export interface Model {
  /** As commands and policies name it. */
  readonly name: string;
  /** The view that its versions are published under. */
  readonly view: ViewName;
  /** MODEL_INPUT_INVALID where the data is not what it can learn from. */
  train(data: TrainingData, options: TrainOptions): Promise<readonly ModelTable[]>;
  /** What a version's tables say of any profile; rows precomputed for all profiles are its best of each. */
  scorer(tables: readonly ModelTable[]): Scorer;
}
