import { DAY_MS } from '../../domain/time.ts';

/**
 * How much each thing that a profile did says of its taste, in units of one qualified play of today. All of it decays to
 * half every `halfLifeMs`. What profiles watched weighs what it says, less what they passed over, and never below `least`.
 */
export interface TrainingRules {
  /** Events before the newest by more than this are left out. */
  readonly reachMs: number;
  readonly halfLifeMs: number;
  /** A play seen to this share of its runtime is finished. */
  readonly finishedShare: number;
  readonly finished: number;
  /** 120 seconds or a quarter of the runtime were viewed. */
  readonly qualified: number;
  /** Begun, and nothing is known of its end yet. */
  readonly started: number;
  readonly abandoned: number;
  /** A day on which the title was seen and nothing came of it. */
  readonly passedOver: number;
  /** How long after a sighting a play of the title may come for the sighting not to have come to nothing. */
  readonly windowMs: number;
  /** On the profile's list. */
  readonly listed: number;
  /** Ratings are from 0 to 10: at least `goodRating`, at most `badRating`. The newest of a title counts. */
  readonly goodRating: number;
  readonly ratedGood: number;
  readonly badRating: number;
  readonly ratedBad: number;
  readonly least: number;
  /** Most that having passed over a title can weigh against it. */
  readonly mostPassed: number;
  /** Titles a profile that training looks at, the newest: nobody is worth more than this. */
  readonly mostTitles: number;
}

export const TRAINING_RULES: TrainingRules = {
  reachMs: 730 * DAY_MS,
  halfLifeMs: 180 * DAY_MS,
  finishedShare: 0.9,
  finished: 1.5,
  qualified: 1,
  started: 0.3,
  abandoned: 0.1,
  passedOver: 0.05,
  windowMs: DAY_MS,
  listed: 0.5,
  goodRating: 7,
  ratedGood: 0.5,
  badRating: 3,
  ratedBad: 1,
  least: 0.05,
  mostPassed: 1,
  mostTitles: 1000,
};
