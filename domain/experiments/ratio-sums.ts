/** What an arm's profiles add up to, for a ratio of two things that each profile has. */

/** Sums over profiles; x is what a profile was given, y what it played of it. */
export interface RatioSums {
  readonly profiles: number;
  readonly x: number;
  readonly y: number;
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
}

/**
 * Σ (y − rate · x)², what the delta method takes the spread of Σy / Σx from: profiles were drawn, not what they were given (Deng,
 * Knoblich and Lu 2018, Applying the Delta Method in Metric Analytics, KDD, section 3.1). Never below 0, whatever rounding does.
 */
export const squaresAbout = ({ xx, xy, yy }: RatioSums, rate: number): number =>
  Math.max(0, yy - 2 * rate * xy + rate * rate * xx);
