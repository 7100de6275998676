/** What is passed between the steps of training: plain data that goes through workflows and the CLI. */
import type { TableInput } from './manifest.ts';
import type { PublishOutcome } from './publishing.ts';
import type { ViewName, ViewVersion } from './views.ts';

/** What a training set is made from. The same plan gives the same bytes. */
export interface TrainingSetPlan {
  /** Tables that had rows, with the snapshot to read. */
  readonly inputs: readonly TableInput[];
  /** The version of the catalogue that tells what is known of titles, or null. */
  readonly catalogue: ViewVersion | null;
  /** ISO instant: events from here on are left out, and ages are told from here. */
  readonly asOf: string;
}

/** A model that is asked for, as the view stands that it is published under. */
export interface ModelTarget {
  readonly model: string;
  readonly view: ViewName;
  /** The current version, or null before the first. */
  readonly parent: ViewVersion | null;
  /** The current version was trained from the same inputs, with the same seed, by the same code. */
  readonly unchanged: boolean;
  /** Whether workers can share its training. */
  readonly isSharded: boolean;
  /** How often it was begun anew, since another version was announced while it was trained; absent: never. */
  readonly attempt?: number;
}

export interface TrainingRunPlan {
  readonly plan: TrainingSetPlan;
  /** Nothing has come into the lake yet. */
  readonly isEmpty: boolean;
  readonly targets: readonly ModelTarget[];
}

/** The training set in the working place. */
export interface PreparedSet {
  readonly profiles: number;
  readonly titles: number;
  readonly entries: number;
  /** Shards that a training on so much is cut into; 0 where one activity does it all. */
  readonly shards: number;
  /** Shards under way at a time. */
  readonly window: number;
}

/** What models are asked about before they may be announced: see `batch/evaluation/splits.ts`. */
export const EVALUATION_SPLITS = ['leave-last-out', 'time'] as const;
export type EvaluationSplit = (typeof EVALUATION_SPLITS)[number];

/** By split and metric (`time_ndcg_at_10`), and over rivals (`time_ratio_vs_popularity`): on plays that were kept back. */
export type Scores = Readonly<Record<string, number>>;

/** A trained model in the working place, ready to be published. */
export interface TrainedModel {
  readonly model: string;
  readonly scores: Scores;
  readonly work: string;
  readonly plan: TrainingSetPlan;
  /** As of its target. */
  readonly attempt?: number | undefined;
}

export type ModelOutcome = {
  readonly model: string;
  readonly scores: Scores;
} & (PublishOutcome | { readonly outcome: 'failed'; readonly view: ViewName; readonly reason: string });

export interface TrainResult {
  /** In the order in which they were trained. */
  readonly models: readonly ModelOutcome[];
  /** Somebody ended it before all models were trained. */
  readonly cancelled: boolean;
}

/** By what rows are ordered that are made ahead. */
interface RowsOrder {
  readonly model: string;
  readonly modelView: ViewName;
  readonly modelVersion: ViewVersion;
  /** Parts of the version, each a range of profiles. */
  readonly shards: number;
}

export interface RowsPlan extends RowsOrder {
  readonly view: ViewName;
  /** The current version of the rows, or null before the first. */
  readonly parent: ViewVersion | null;
  /** The current version is young and of the same model. */
  readonly unchanged: boolean;
  /** Shards under way at a time. */
  readonly window: number;
}

/** Rows made ahead, in the working place. */
export interface PrecomputedRows extends RowsOrder {
  readonly work: string;
  readonly plan: TrainingSetPlan;
}

/** A training that takes longer is ended. */
export const TRAINING_TIMEOUT_MS = 12 * 3_600_000;
