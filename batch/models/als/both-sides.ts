import type { TrainingData } from '../model.ts';
import { fadedInteractions } from '../recent.ts';
import type { TrainingSide } from '../training-work.ts';
import { transposed, type SideMatrix } from './matrix.ts';
import { withPassedOver } from './passed-over.ts';
import type { AlsSettings } from './settings.ts';

/** Training data from each side, with strengths for weights. MODEL_INPUT_INVALID where what was passed over counts and is torn. */
export function sidesOf(
  { interactions, passedOver }: Pick<TrainingData, 'interactions' | 'passedOver'>,
  settings: Pick<AlsSettings, 'unobservedWeight' | 'passedOver' | 'recency'>,
): Readonly<Record<TrainingSide, SideMatrix>> {
  const { recency } = settings;
  const { rowStarts, columns, weights } =
    recency === undefined ? interactions : fadedInteractions(interactions, recency);
  const titles = interactions.titles.length;
  const strengthOf = (weight: number): number => weight / settings.unobservedWeight;
  const watched = { rowStarts, columns, strengths: Float32Array.from(weights, strengthOf) };
  const profiles =
    passedOver === undefined || settings.passedOver === 0
      ? watched
      : withPassedOver(watched, passedOver, {
          titles,
          strengthOf: (weight) => settings.passedOver * strengthOf(weight),
        });
  return { profiles, titles: transposed(profiles, titles) };
}
