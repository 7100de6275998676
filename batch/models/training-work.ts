/**
 * A training that several workers share: its state between steps is in files that all of them see, so any worker can do
 * any step, a step that was lost or done twice changes nothing, and a training that died goes on from its last step.
 *
 *   initialise → for each iteration: all shards of `profiles`, then all shards of `titles` → finish
 *
 * Shards of one side of one iteration may run at the same time; a side begins when all shards of the side before it are
 * done. The tables do not depend on the number of shards, nor on who did them.
 */
import type { Model, ModelTable, TrainingData, TrainOptions } from './model.ts';

/** Bytes by name, for one training; names are of letters, digits, `-`, `.` and `/`. Who made the place empties it. */
export interface WorkingPlace {
  /** Undefined where nothing was put under the name. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** All of the bytes or none of them; a name that is put again is put with the same bytes. */
  put(name: string, bytes: Uint8Array): Promise<void>;
}

/** In the order in which an iteration solves them. */
export const TRAINING_SIDES = ['profiles', 'titles'] as const;
export type TrainingSide = (typeof TRAINING_SIDES)[number];

/** What the training will do; the same data and options give the same plan. */
export interface TrainingPlan {
  readonly iterations: number;
  readonly profiles: number;
  readonly titles: number;
  readonly entries: number;
  /** More shards than this would leave some with nothing to do. */
  readonly mostShards: Readonly<Record<TrainingSide, number>>;
}

export interface ShardStep {
  /** 1 to `iterations`. */
  readonly iteration: number;
  readonly side: TrainingSide;
  /** 0 until before `shards`. */
  readonly shard: number;
  readonly shards: number;
}

export interface ShardOptions {
  /** As in `TrainOptions`. */
  readonly threads: number;
  /** Called between pieces of the shard with the share done, 0 to 1; throws to end it. What was put stays and is used again. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** What a step did: rows solved by it, and rows that it found solved already. */
export interface ShardReport {
  readonly solvedRows: number;
  readonly foundRows: number;
}

/** Each verb may be called again at any time with the same arguments, also where an earlier call died in the middle. */
export interface TrainingWork {
  /** Puts the data and the first factors in the place. MODEL_INPUT_INVALID where nothing can be learnt from the data. */
  initialise(data: TrainingData, options: TrainOptions): Promise<TrainingPlan>;
  /** MODEL_INPUT_INVALID where the steps before it are not done. */
  solveShard(step: ShardStep, options: ShardOptions): Promise<ShardReport>;
  /** The tables, which are those of `Model.train` with the same data and options. */
  finish(): Promise<readonly ModelTable[]>;
}

/** A model whose training can be shared. */
export interface ShardedModel extends Model {
  work(place: WorkingPlace): TrainingWork;
}
