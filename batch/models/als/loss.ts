import { gramOf } from '../../../domain/fold-in.ts';
import { isWatched, ridgesOf, rowCount, type SideMatrix } from './matrix.ts';
import type { AlsSettings } from './settings.ts';

/** Row-major, `factors` to a row. */
export interface BothFactors {
  readonly profiles: Float32Array;
  readonly titles: Float32Array;
}

/**
 * What training makes small, in 64 bits: Σ c (p − x·y)² over all profiles and titles, p being 1 and c = 1 + strength where a title was watched, 0 and
 * 1 + strength where it was passed over, 0 and 1 elsewhere, plus λ of each row times the square of its factors (Hu, Koren and Volinsky 2008, equation 3).
 */
export function alsLoss(
  profilesSide: SideMatrix,
  titlesSide: SideMatrix,
  { profiles, titles }: BothFactors,
  settings: AlsSettings,
): number {
  const { factors } = settings;
  const { rowStarts, columns, strengths } = profilesSide;
  const ofProfiles = gramOf(profiles, factors);
  const ofTitles = gramOf(titles, factors);
  // Σ (x·y)² over all pairs is the trace of the product of both Grams.
  let loss = 0;
  for (let at = 0; at < ofProfiles.length; at++) loss += ofProfiles[at]! * ofTitles[at]!;
  for (let row = 0; row < rowCount(profilesSide); row++) {
    for (let entry = rowStarts[row]!; entry < rowStarts[row + 1]!; entry++) {
      let score = 0;
      const title = columns[entry]! * factors;
      for (let k = 0; k < factors; k++) score += profiles[row * factors + k]! * titles[title + k]!;
      const strength = strengths[entry]!;
      loss += isWatched(strength)
        ? (1 + strength) * (1 - score) ** 2 - score ** 2
        : Math.abs(strength) * score ** 2;
    }
  }
  const held = (ridges: Float32Array, values: Float32Array): number => {
    let sum = 0;
    for (let at = 0; at < values.length; at++) sum += ridges[Math.floor(at / factors)]! * values[at]! ** 2;
    return sum;
  };
  return (
    loss +
    held(ridgesOf(profilesSide, rowCount(titlesSide), settings), profiles) +
    held(ridgesOf(titlesSide, rowCount(profilesSide), settings), titles)
  );
}
