/** What is passed between the steps of giving factors to titles that came after training. */
import type { TrainingSetPlan } from './training.ts';
import type { ViewName, ViewVersion } from './views.ts';

/** What the current version of `item-factors` does not know. */
export interface NewTitlesFound {
  readonly view: ViewName;
  readonly parent: ViewVersion;
  /** Titles of the catalogue or with plays that the version has no factors of. */
  readonly newTitles: number;
}

/** A version's factors and those of new titles, in the working place. */
export interface ExtendedFactors {
  readonly work: string;
  /** What the new factors were made from. */
  readonly plan: TrainingSetPlan;
}

/**
 * Among the metrics of a version that was extended: the version whose training it goes back to. Absent where the version
 * was trained itself.
 */
export const TRAINED_VERSION = 'trained_version';
