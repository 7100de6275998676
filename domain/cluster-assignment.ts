/**
 * Which cluster a profile belongs to, from its factors: the centre nearest to their direction. Factors are taken at length
 * 1, so that somebody who watches much is with those of the same taste and not with all who watch much. Training and
 * serving assign by this.
 */

export interface Centres {
  /** Row-major, a row for each cluster. */
  readonly values: Float32Array;
  /** Factors to a row. */
  readonly width: number;
}

/** Scales `width` factors from `at` on to length 1, in place; says false where they are all 0 or not finite. */
export function toUnitLength(values: Float32Array, at: number, width: number): boolean {
  let squares = 0;
  for (let k = 0; k < width; k++) squares += values[at + k]! * values[at + k]!;
  if (!(squares > 0) || squares === Infinity) return false;
  const scale = 1 / Math.sqrt(squares);
  for (let k = 0; k < width; k++) values[at + k]! *= scale;
  return true;
}

/** The centre nearest to the point of `width` factors from `at` on, by Euclid's distance; of equally near ones the first. −1 without centres. */
export function nearestCentre({ values, width }: Centres, point: Float32Array, at = 0): number {
  let nearest = -1;
  let least = Infinity;
  for (let base = 0, centre = 0; base < values.length; base += width, centre++) {
    let distance = 0;
    for (let k = 0; k < width; k++) {
      const difference = point[at + k]! - values[base + k]!;
      distance += difference * difference;
    }
    if (distance < least) {
      least = distance;
      nearest = centre;
    }
  }
  return nearest;
}

/** The cluster of a profile with these factors, which are scaled to length 1 in place; −1 for one that nothing is known of. */
export const clusterOf = (centres: Centres, factors: Float32Array): number =>
  toUnitLength(factors, 0, centres.width) ? nearestCentre(centres, factors) : -1;
